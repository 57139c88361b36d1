"""While a monitor is down or suspected: which rounds count, and which are waited for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.deadlines import VERIFICATION_GRACE
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.monitors.schedule import regions_of
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import Decision, VerificationRequest
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.verification.round import late_before, rounds_of
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

P, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN
EU, US, AP = REGIONS
MONITOR = a_monitor(policy=Policy(quorum=2, quick_detection=False))
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
    quiet: Sequence[Interval] = (),
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
    assert decided(seen, NEXT + SECOND).asks == (VerificationRequest(slot=NEXT, regions=(EU, AP)),)


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


def test_a_suspicion_that_is_not_confirmed_when_a_window_begins_is_given_up() -> None:
    begins = SLOT + 3 * SECOND
    window = [Interval(begins, begins + 600 * SECOND)]
    seen = votes(SLOT, eu=F, us=F)
    confirmed = decided(seen, begins - SECOND, SUSPECTED, quiet=window).change
    assert confirmed is not None
    assert confirmed.rule is Rule.QUORUM
    given_up = decided(seen, begins, SUSPECTED, quiet=window).change
    assert given_up is not None
    assert (given_up.to_status, given_up.rule) == (Status.UP, Rule.MAINTENANCE)
    assert given_up.settled_until is not None
    assert SLOT <= given_up.settled_until < begins
    up = replace(SUSPECTED, status=Status.UP, suspect_slot=None)
    assert decided(seen, begins, up, quiet=window).change is None, "nor is it raised again"


def test_a_window_that_was_over_before_a_suspicion_does_not_end_it() -> None:
    window = [Interval(SLOT - 60 * SECOND, SLOT)]
    change = decided(votes(SLOT, eu=F, us=F), SLOT + SECOND, SUSPECTED, quiet=window).change
    assert change is not None
    assert change.rule is Rule.QUORUM


@pytest.mark.parametrize("status", [Status.UP, Status.PENDING])
def test_a_suspicion_that_is_given_up_leaves_the_status_from_before(status: Status) -> None:
    never_up = status is Status.PENDING
    state = replace(SUSPECTED, never_up=never_up, failing_regions=(AP,), regional=True)
    quiet = [Interval(SLOT, SLOT + SECOND)]
    edited = replace(MONITOR, revision=2)
    lapsed_at = FOURTH + timedelta(seconds=50)
    for change in (
        decided(votes(SLOT, eu=F), SLOT + SECOND, state, quiet=quiet).change,
        decided(votes(SLOT, eu=F), SLOT + SECOND, state, edited).change,
        decided(votes(SLOT, eu=F), lapsed_at, state).change,
    ):
        assert change is not None
        assert (change.to_status, change.failing_regions) == (status, (AP,)), change.rule


def test_three_missing_slots_end_a_suspicion_and_two_do_not() -> None:
    lone = replace(
        MONITOR, regions=(EU,), policy=Policy(quorum=1, confirm_after=2, quick_detection=False)
    )
    fifth = a_slot(lone, 5)
    two_missing = [*votes(SLOT, lone, eu=F), *votes(FOURTH, lone, eu=F)]
    change = decided(two_missing, FOURTH + SECOND, SUSPECTED, lone).change
    assert change is not None
    assert (change.rule, change.began and change.began.slot) == (Rule.QUORUM, SLOT)
    three_missing = [*votes(SLOT, lone, eu=F), *votes(fifth, lone, eu=F)]
    change = decided(three_missing, fifth + SECOND, SUSPECTED, lone).change
    assert change is not None
    assert (change.rule, change.settled_until) == (Rule.LAPSED, SLOT)


def test_a_suspicion_is_given_up_by_the_clock_where_nothing_comes_any_more() -> None:
    """The third missing slot is waited for as long as its votes may take."""
    seen = votes(SLOT, eu=F)
    given_up_at = FOURTH + 2 * MONITOR.timeout + VERIFICATION_GRACE
    at = given_up_at - SECOND
    assert rule_of(decided(seen, at, SUSPECTED)) is None
    assert rule_of(decided(seen, given_up_at, SUSPECTED)) is Rule.LAPSED


def test_three_missing_slots_end_a_run_of_rounds_that_work() -> None:
    lone = replace(
        MONITOR, regions=(EU,), policy=Policy(quorum=1, recover_after=2, quick_detection=False)
    )
    fifth = a_slot(lone, 5)
    two_missing = [*votes(SLOT, lone, eu=P), *votes(FOURTH, lone, eu=P)]
    assert rule_of(decided(two_missing, FOURTH + SECOND, DOWN, lone)) is Rule.RECOVERED
    three_missing = [*votes(SLOT, lone, eu=P), *votes(fifth, lone, eu=P)]
    assert rule_of(decided(three_missing, fifth + SECOND, DOWN, lone)) is None


def test_in_doubt_the_others_are_asked_about_a_slot_whose_region_is_away() -> None:
    """The region in turn is asked by the timetable, whether or not it is there."""
    for state, first in ((SUSPECTED, votes(SLOT, eu=F)), (DOWN, votes(SLOT, eu=P))):
        (turn,) = regions_of(MONITOR.id, 60, REGIONS, "rotate", NEXT)
        found = decided(first, NEXT, state)
        assert (
            VerificationRequest(slot=NEXT, regions=tuple(each for each in REGIONS if each != turn))
            in found.asks
        )
        assert found.wake_at is not None
        assert found.wake_at <= THIRD


def test_rounds_that_a_probe_contradicts_end_an_outage_after_three() -> None:
    rounds = [
        *votes(SLOT, us=P, eu=F),
        *votes(NEXT, eu=F, us=P),
        *(replace(each, purpose=Purpose.VERIFICATION) for each in votes(THIRD, eu=F, us=P)),
    ]
    at = THIRD + 2 * MONITOR.timeout + VERIFICATION_GRACE
    assert rule_of(decided(rounds[:4], at)) is None
    change = decided(rounds, at).change
    assert change is not None
    assert (change.to_status, change.rule) == (Status.UP, Rule.RECOVERED_UNVERIFIED)
    assert change.failing_regions == (EU,)
