"""A suspect is checked again between slots: how often, how soon, and what comes of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.recheck import (
    ARRIVAL_SLACK,
    MAX_RECHECKS,
    recheck_slots,
    recheck_step,
)
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

ONE = REGIONS[:1]
LONE = a_monitor(regions=ONE, timeout_ms=5_000)
WIDE = a_monitor(policy=Policy(quorum=2, confirm_after=2), timeout_ms=5_000)
SLOT = a_slot(LONE, 1)
SECOND = timedelta(seconds=1)
STEP = 10 * SECOND


def suspected(monitor: Monitor, **changes: Any) -> State:
    plain = replace(initial_state(monitor), version=2, status=Status.VERIFYING, suspect_slot=SLOT)
    return replace(plain, **changes)


def failed(monitor: Monitor, slot: datetime, outcome: Outcome = Outcome.FAILURE) -> list[Result]:
    """Have every region vote in a slot: the first as planned, or none of them."""
    planned = slot == SLOT
    return [
        a_result(
            monitor,
            slot,
            region,
            outcome=outcome,
            purpose=Purpose.SCHEDULED if planned and not place else Purpose.VERIFICATION,
        )
        for place, region in enumerate(monitor.regions)
    ]


@pytest.mark.parametrize(
    ("timeout_ms", "seconds"), [(1_000, 10), (5_000, 10), (5_001, 20), (10_000, 20), (30_000, 40)]
)
def test_a_check_has_ended_before_the_next_is_due(timeout_ms: int, seconds: int) -> None:
    monitor = a_monitor(timeout_ms=timeout_ms)
    assert recheck_step(monitor) == timedelta(seconds=seconds)
    assert recheck_step(monitor) >= monitor.timeout + ARRIVAL_SLACK


def test_a_suspect_is_checked_five_times_at_most_and_never_where_the_timetable_looks() -> None:
    assert recheck_slots(LONE, suspected(LONE)) == tuple(SLOT + n * STEP for n in range(1, 6))
    sparse = replace(LONE, interval_seconds=300)
    assert len(recheck_slots(sparse, suspected(sparse))) == MAX_RECHECKS
    dense = replace(LONE, interval_seconds=20)
    assert recheck_slots(dense, suspected(dense)) == tuple(SLOT + n * STEP for n in (1, 3, 5))
    assert len(recheck_slots(LONE, suspected(LONE))) == MAX_RECHECKS


@pytest.mark.parametrize(
    ("monitor", "changes"),
    [
        (LONE, {"status": Status.UP}),
        (LONE, {"status": Status.DOWN}),
        (LONE, {"suspect_slot": None}),
        (replace(LONE, policy=replace(LONE.policy, quick_detection=False)), {}),
        (replace(LONE, kind="heartbeat"), {}),
        (replace(LONE, interval_seconds=10), {}),
        (replace(LONE, interval_seconds=30, timeout_ms=25_000), {}),
        (replace(LONE, interval_seconds=30, timeout_ms=30_000), {}),
    ],
)
def test_nothing_is_checked_between_slots_where_that_is_of_no_use(
    monitor: Monitor, changes: dict[str, Any]
) -> None:
    assert recheck_slots(monitor, suspected(monitor, **changes)) == ()


def test_all_regions_are_asked_when_it_is_time_and_woken_up_for_it() -> None:
    state, seen = suspected(WIDE), failed(WIDE, SLOT)
    early = decide(WIDE, state, seen, SLOT + 3 * SECOND)
    assert (early.asks, early.wake_at) == ((), SLOT + STEP)
    due = decide(WIDE, state, seen, SLOT + STEP)
    assert due.asks == (VerificationRequest(slot=SLOT + STEP, regions=REGIONS),)
    assert due.wake_at == SLOT + 2 * STEP


def test_whoever_has_answered_is_not_asked_again_and_what_is_missed_is_left_out() -> None:
    state = suspected(WIDE)
    seen = [*failed(WIDE, SLOT), failed(WIDE, SLOT + STEP)[1]]
    again = decide(WIDE, state, seen, SLOT + STEP + SECOND)
    assert again.asks == (VerificationRequest(slot=SLOT + STEP, regions=(REGIONS[0], REGIONS[2])),)
    late = decide(WIDE, state, failed(WIDE, SLOT), SLOT + STEP + ARRIVAL_SLACK)
    assert (late.asks, late.wake_at) == ((), SLOT + 2 * STEP)


def test_nothing_is_checked_in_a_maintenance_window() -> None:
    quiet = [Interval(SLOT + STEP, SLOT + STEP + SECOND)]
    assert decide(WIDE, suspected(WIDE), failed(WIDE, SLOT), SLOT + STEP, quiet).asks == ()


def test_checks_between_slots_confirm_an_outage_without_waiting_for_the_timetable() -> None:
    state, seen = suspected(LONE), failed(LONE, SLOT)
    for count in (1, 2):
        at = SLOT + count * STEP + SECOND
        assert decide(LONE, state, seen, at).change is None
        seen += failed(LONE, SLOT + count * STEP)
    change = decide(LONE, state, seen, at).change
    assert change is not None
    assert (change.to_status, change.rule) == (Status.DOWN, Rule.QUORUM)
    assert change.began is not None
    assert change.began.slot == SLOT, "it began with the first failing probe"


def test_a_check_that_passes_ends_the_suspicion() -> None:
    seen = [*failed(LONE, SLOT), *failed(LONE, SLOT + STEP, Outcome.SUCCESS)]
    change = decide(LONE, suspected(LONE), seen, SLOT + STEP + SECOND).change
    assert change is not None
    assert (change.to_status, change.rule) == (Status.UP, Rule.DISMISSED)


@pytest.mark.parametrize("missing", [Outcome.UNKNOWN, None])
def test_persistence_is_told_by_the_timetable_alone(missing: Outcome | None) -> None:
    """One failing vote and nobody else: however often, that is not three slots of it."""
    monitor = replace(WIDE, policy=Policy(quorum=2))
    seen = []
    for count in range(MAX_RECHECKS + 1):
        first, *others = failed(monitor, SLOT + count * STEP)
        seen.append(first)
        if missing is not None:
            seen += [replace(each, outcome=missing, error="expired") for each in others]
    at = SLOT + 58 * SECOND
    assert decide(monitor, suspected(monitor), seen, at).change is None


def test_votes_between_slots_mean_nothing_once_the_suspicion_is_over() -> None:
    seen = failed(LONE, SLOT + STEP)
    for status in (Status.UP, Status.DOWN, Status.PENDING):
        state = suspected(LONE, status=status, suspect_slot=None, watermark=SLOT)
        assert decide(LONE, state, seen, SLOT + 2 * STEP).change is None


def test_a_later_slot_waits_for_a_check_between_that_may_still_arrive() -> None:
    monitor = replace(LONE, timeout_ms=30_000)
    state, later = suspected(monitor), SLOT + monitor.interval
    between = SLOT + recheck_step(monitor)
    seen = [*failed(monitor, SLOT), a_result(monitor, later, ONE[0])]
    early = decide(monitor, state, seen, later + SECOND)
    assert (early.change, early.wake_at) == (None, between + monitor.timeout + ARRIVAL_SLACK)
    given_up = decide(monitor, state, seen, between + monitor.timeout + ARRIVAL_SLACK)
    assert given_up.change is not None
    assert given_up.change.rule is Rule.DISMISSED
