"""While a monitor is down or suspected: which rounds count, and which are waited for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.change import Ask, Decision
from sentinelmesh.domain.decision import decide, initial_state
from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.result import Outcome, Purpose, Result
from sentinelmesh.domain.rounds import late_before, rounds_of
from sentinelmesh.domain.span import Span
from sentinelmesh.domain.state import Rule, State
from tests.building import REGIONS, a_monitor, a_result, a_slot

P, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN
EU, US, AP = REGIONS
MONITOR = a_monitor()
SECOND = timedelta(seconds=1)
SLOT, NEXT, THIRD, FOURTH = (a_slot(MONITOR, count) for count in range(1, 5))
DOWN = replace(initial_state(MONITOR), version=4, status=Status.DOWN, watermark=a_slot(MONITOR, 0))
SUSPECTED = replace(DOWN, status=Status.VERIFYING, suspect_slot=SLOT)


def votes(slot: datetime, monitor: Monitor = MONITOR, **seen: Outcome) -> list[Result]:
    """Have regions vote, the first as planned and the others to verify."""
    regions = dict(zip(("eu", "us", "ap"), REGIONS, strict=True))
    purposes = [Purpose.SCHEDULED, Purpose.VERIFICATION, Purpose.VERIFICATION]
    return [
        a_result(monitor, slot, regions[name], outcome=outcome, purpose=purpose)
        for (name, outcome), purpose in zip(seen.items(), purposes, strict=False)
    ]


def decided(
    results: Sequence[Result],
    at: datetime,
    state: State = DOWN,
    monitor: Monitor = MONITOR,
    quiet: Sequence[Span] = (),
) -> Decision:
    return decide(monitor, state, results, at, quiet)


def rule_of(decision: Decision) -> Rule | None:
    return decision.change.rule if decision.change else None


def test_a_failing_probe_of_a_monitor_that_is_down_asks_nobody_and_is_not_waited_for() -> None:
    failing = votes(SLOT, eu=F)
    assert decided(failing, SLOT + SECOND).asks == ()
    working = votes(NEXT, us=P, eu=P, ap=P)
    assert rule_of(decided([*failing, *working], NEXT + SECOND)) is Rule.RECOVERED


def test_while_it_is_down_only_rounds_that_work_are_verified() -> None:
    seen = [*votes(SLOT, eu=F), *votes(NEXT, us=P)]
    assert decided(seen, NEXT + SECOND).asks == (Ask(slot=NEXT, regions=(EU, AP)),)


def test_a_failing_round_is_not_waited_for_although_nobody_has_verified_it() -> None:
    slow = replace(MONITOR, timeout_ms=30_000)
    seen = [*votes(SLOT, slow, eu=F), *votes(NEXT, slow, us=P, eu=P, ap=P)]
    (failing, _) = rounds_of(slow, seen)
    assert failing.deadline > NEXT + SECOND
    assert rule_of(decided(seen, NEXT + SECOND, monitor=slow)) is Rule.RECOVERED


def test_with_strategy_all_a_round_that_fails_in_one_region_is_waited_for() -> None:
    monitor = replace(MONITOR, strategy="all")
    waiting = decided(votes(SLOT, eu=F), SLOT + SECOND, monitor=monitor)
    assert (waiting.change, waiting.wake_at) == (None, SLOT + monitor.timeout + ARRIVAL_SLACK)


def test_a_round_that_abstains_neither_recovers_nor_stands_in_the_way() -> None:
    silent = [*votes(SLOT, eu=U), *votes(NEXT, us=U), *votes(THIRD, ap=U)]
    assert rule_of(decided(silent, THIRD + SECOND)) is None
    working = votes(FOURTH, eu=P, us=P, ap=P)
    assert rule_of(decided([*silent, *working], FOURTH + SECOND)) is Rule.RECOVERED


@pytest.mark.parametrize(("state", "outcome"), [(DOWN, P), (SUSPECTED, F)])
def test_what_comes_too_late_changes_nothing(state: State, outcome: Outcome) -> None:
    seen = votes(SLOT, eu=outcome, us=outcome, ap=outcome)
    allowed = SLOT + (SLOT - late_before(MONITOR, SLOT))
    assert decided(seen, allowed, state).change is not None
    assert decided(seen, allowed + timedelta(microseconds=1), state).change is None


def test_while_a_monitor_is_down_no_region_is_a_trouble_of_its_own() -> None:
    known = replace(SUSPECTED, failing_regions=(EU,))
    change = decided(votes(SLOT, eu=F, us=F, ap=P), SLOT + SECOND, known).change
    assert change is not None
    assert (change.to_status, change.failing_regions) == (Status.DOWN, ())


def test_a_window_ends_a_suspicion_and_nobody_is_asked_in_it() -> None:
    window = [Span(NEXT, NEXT + SECOND)]
    seen = [*votes(SLOT, eu=F), *votes(NEXT, us=F)]
    at = NEXT + 50 * SECOND
    given_up = decided(seen, at, SUSPECTED, quiet=window)
    assert all(ask.slot == SLOT for ask in given_up.asks)
    done = [*votes(SLOT, eu=F, us=U, ap=U), *votes(NEXT, us=F)]
    change = decided(done, at, SUSPECTED, quiet=window).change
    assert change is not None
    assert (change.to_status, change.rule) == (Status.PENDING, Rule.MAINTENANCE)


def test_a_window_waits_for_a_slot_before_it_that_may_still_be_answered() -> None:
    monitor = replace(MONITOR, interval_seconds=30, timeout_ms=30_000)
    first, second, third = (a_slot(monitor, count) for count in range(1, 4))
    suspected = replace(SUSPECTED, suspect_slot=first, watermark=a_slot(monitor, 0))
    seen = [*votes(first, monitor, eu=F, us=U, ap=U), *votes(third, monitor, ap=F)]
    window, patience = [Span(third, third + SECOND)], second + monitor.timeout + ARRIVAL_SLACK
    waiting = decided(seen, patience - SECOND, suspected, monitor, window)
    assert (waiting.change, waiting.wake_at) == (None, patience)
    over = decided(seen, patience, suspected, monitor, window)
    assert rule_of(over) is Rule.MAINTENANCE
