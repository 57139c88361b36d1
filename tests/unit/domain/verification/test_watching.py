"""Pending or up: the first round that changes anything, and which rounds are looked at early."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import Decision, VerificationRequest
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.verification.round import late_before
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

P, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN
EU, US, AP = REGIONS
MONITOR = a_monitor(policy=Policy(quorum=2))
EVERYWHERE = replace(MONITOR, strategy="all")
REGIONAL = replace(MONITOR, policy=Policy(quorum=2, regional_incidents=True))
SECOND, MOMENT = timedelta(seconds=1), timedelta(microseconds=1)
SLOT, NEXT = a_slot(MONITOR, 1), a_slot(MONITOR, 2)
NEW = replace(initial_state(MONITOR), watermark=a_slot(MONITOR, 0))
UP = replace(NEW, version=3, status=Status.UP)


def votes(slot: datetime, monitor: Monitor = MONITOR, **seen: Outcome) -> list[Result]:
    """Have regions answer as the timetable asked them to."""
    names = dict(zip(("eu", "us", "ap"), REGIONS, strict=True))
    return [a_result(monitor, slot, names[name], outcome=outcome) for name, outcome in seen.items()]


def decided(
    results: list[Result], state: State = UP, monitor: Monitor = MONITOR, **when: Any
) -> Decision:
    at = when.get("at", results[-1].slot + SECOND)
    return decide(monitor, state, results, at, when.get("quiet", ()))


def rule_of(decision: Decision) -> Rule | None:
    return decision.change.rule if decision.change else None


def test_a_failure_is_suspected_and_the_others_are_asked() -> None:
    found = decided(votes(SLOT, eu=F))
    assert rule_of(found) is Rule.SUSPECTED
    assert found.asks == (VerificationRequest(slot=SLOT, regions=(US, AP)),)


def test_while_it_waits_for_an_earlier_slot_a_suspicion_has_asked_already() -> None:
    monitor = replace(MONITOR, interval_seconds=30, timeout_ms=30_000)
    first, second = a_slot(monitor, 1), a_slot(monitor, 2)
    state = replace(UP, watermark=a_slot(monitor, 0))
    found = decided(votes(second, monitor, eu=F), state, monitor)
    assert found.change is None
    assert found.wake_at == first + monitor.timeout + ARRIVAL_SLACK
    assert found.asks == (VerificationRequest(slot=second, regions=(US, AP)),)


@pytest.mark.parametrize(
    ("seen", "state", "rule"),
    [
        ({"eu": F}, UP, Rule.SUSPECTED),
        ({"eu": F, "us": P}, UP, Rule.SUSPECTED),
        ({"eu": F}, NEW, None),
        ({"eu": F, "us": P, "ap": P}, NEW, Rule.FIRST_PASS),
        ({"eu": P}, NEW, None),
        ({"eu": P, "us": P, "ap": P}, NEW, Rule.FIRST_PASS),
        ({"eu": F, "us": F, "ap": P}, NEW, Rule.SUSPECTED),
        ({"eu": F, "us": F}, NEW, Rule.SUSPECTED),
        ({"eu": F, "us": P, "ap": U}, NEW, Rule.SUSPECTED),
    ],
)
def test_where_all_probe_a_failure_is_suspected_at_once_but_a_new_monitor_hears_all_first(
    seen: dict[str, Outcome], state: State, rule: Rule | None
) -> None:
    assert rule_of(decided(votes(SLOT, MONITOR, **seen), state, EVERYWHERE)) is rule


def test_where_all_probe_nobody_wakes_up_for_a_round_that_can_change_nothing() -> None:
    deadline = SLOT + EVERYWHERE.timeout + ARRIVAL_SLACK
    quiet = decided(votes(SLOT, eu=P), UP, EVERYWHERE)
    assert (quiet.change, quiet.wake_at) == (None, None)
    pending = decided(votes(SLOT, eu=P), NEW, EVERYWHERE)
    assert pending.wake_at == deadline
    slow = [replace(votes(SLOT, eu=P)[0], degraded=True)]
    assert decided(slow, UP, EVERYWHERE).wake_at == deadline
    tight = replace(EVERYWHERE, interval_seconds=10, timeout_ms=10_000)
    first, second = a_slot(tight, 1), a_slot(tight, 2)
    state = replace(UP, watermark=a_slot(tight, 0))
    both = [*votes(first, tight, eu=P), *votes(second, tight, eu=P)]
    waiting = decided(both, state, tight)
    assert waiting.wake_at == first + tight.timeout + ARRIVAL_SLACK, "the later one waits for it"


def test_what_comes_too_late_opens_nothing() -> None:
    allowed = SLOT + (SLOT - late_before(MONITOR, SLOT))
    assert rule_of(decided(votes(SLOT, eu=F), at=allowed)) is Rule.SUSPECTED
    assert rule_of(decided(votes(SLOT, eu=F), at=allowed + MOMENT)) is None


def test_a_failure_counts_from_the_end_of_the_grace_period_on() -> None:
    def failing(grace_ends_at: datetime) -> Rule | None:
        seconds = int((grace_ends_at - MONITOR.enabled_at).total_seconds())
        monitor = replace(MONITOR, grace_period_seconds=seconds)
        return rule_of(decided(votes(SLOT, eu=F), NEW, monitor))

    assert failing(SLOT) is Rule.SUSPECTED
    assert failing(SLOT + SECOND) is Rule.FAILING_IN_GRACE


def test_in_a_window_nothing_is_suspected_or_regional() -> None:
    quiet = [Interval(SLOT, SLOT + SECOND)]
    assert rule_of(decided(votes(SLOT, eu=F), quiet=quiet)) is None
    known = replace(UP, failing_regions=(EU,))
    assert rule_of(decided(votes(SLOT, eu=F), known, REGIONAL)) is Rule.REGIONAL
    assert rule_of(decided(votes(SLOT, eu=F), known, REGIONAL, quiet=quiet)) is None


def test_a_region_that_fails_again_is_news_once_and_where_it_is_asked_for() -> None:
    known = replace(UP, failing_regions=(EU,))
    again = votes(SLOT, eu=F)
    assert rule_of(decided(again, known, MONITOR)) is None
    assert rule_of(decided(again, replace(known, regional=True), REGIONAL)) is None
    pending = replace(NEW, failing_regions=(EU,))
    assert rule_of(decided(again, pending, REGIONAL)) is None


def test_a_regional_trouble_ends_with_its_region_or_with_the_next_that_works() -> None:
    known = replace(UP, failing_regions=(EU,), regional=True)
    over = decided(votes(SLOT, eu=P), known).change
    assert over is not None
    assert (over.rule, over.failing_regions) == (Rule.REGION_RECOVERED, ())
    assert rule_of(decided(votes(SLOT, us=P), known)) is None
    gone = replace(UP, regional=True)
    assert rule_of(decided(votes(SLOT, us=P), gone)) is Rule.REGION_RECOVERED
    assert rule_of(decided(votes(SLOT, us=U), gone)) is None


def test_a_monitor_that_never_worked_has_no_pace() -> None:
    slow = [replace(each, degraded=True) for each in votes(SLOT, EVERYWHERE, eu=P, us=P, ap=P)]
    assert rule_of(decided(slow, UP, EVERYWHERE)) is Rule.DEGRADED
    assert rule_of(decided(slow, NEW, EVERYWHERE)) is Rule.FIRST_PASS
    silent = votes(SLOT, eu=U)
    assert decided(silent, NEW).change is None
