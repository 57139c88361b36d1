"""Checks, between slots, of whether what is down works again."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.deadlines import verified_within
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.monitors.schedule import slot_at
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.recheck import (
    ARRIVAL_SLACK,
    recovery_slots,
    recovery_step,
)
from sentinelmesh.domain.verification.round import UNVERIFIED_ROUNDS
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

WIDE = a_monitor(policy=Policy(quorum=2, confirm_after=2), timeout_ms=5_000)
SLOT = a_slot(WIDE, 1)
SECOND = timedelta(seconds=1)
STEP = 10 * SECOND
# The first check when the votes on the outage are in: two timeouts and half a minute later.
FIRST_LOOK = SLOT + 40 * SECOND


def is_down(monitor: Monitor, **changes: Any) -> State:
    plain = replace(initial_state(monitor), version=3, status=Status.DOWN, watermark=SLOT)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("timeout_ms", "seconds"), [(1_000, 10), (10_000, 10), (10_001, 20), (30_000, 30)]
)
def test_what_is_down_is_checked_every_ten_seconds_or_every_timeout(
    timeout_ms: int, seconds: int
) -> None:
    assert recovery_step(a_monitor(timeout_ms=timeout_ms)) == timedelta(seconds=seconds)


def test_what_is_down_is_checked_between_slots_for_half_an_hour_by_one_region_in_turn() -> None:
    state = is_down(WIDE)
    found = recovery_slots(WIDE, state, SLOT, SLOT + timedelta(hours=2))
    assert min(found) == FIRST_LOOK == SLOT + verified_within(WIDE)
    assert SLOT + timedelta(minutes=29) < max(found) <= SLOT + timedelta(minutes=30)
    assert not any(slot_at(WIDE.id, 60, slot) == slot for slot in found)
    assert {each.region for each in found.values()} == set(REGIONS)


@pytest.mark.parametrize(
    ("interval", "minutes"), [(600, 5), (3600, 5), (21_600, 7.5), (86_400, 30)]
)
def test_what_stays_down_is_checked_every_few_minutes_or_a_48th_of_its_interval(
    interval: int, minutes: float
) -> None:
    monitor = a_monitor(interval_seconds=interval, timeout_ms=10_000)
    begins = SLOT + timedelta(minutes=30)
    found = recovery_slots(monitor, is_down(monitor), begins, SLOT + timedelta(hours=20))
    slots = sorted(found)
    steps = {after - before for before, after in pairwise(slots)}
    # One of two may be the timetable's own.
    assert steps <= {timedelta(minutes=minutes), 2 * timedelta(minutes=minutes)}
    assert slots[-1] > SLOT + timedelta(hours=20) > slots[-3]
    assert {each.region for each in found.values()} == set(monitor.regions)


def test_a_later_check_may_be_asked_for_by_the_sweep_of_the_next_minute() -> None:
    monitor = a_monitor(interval_seconds=3600, timeout_ms=10_000)
    begins, state = SLOT + timedelta(minutes=40), is_down(monitor)
    slot = min(recovery_slots(monitor, state, begins, begins))
    asks = decide(monitor, state, [], slot + timedelta(seconds=70)).asks
    assert [(ask.slot, len(ask.regions)) for ask in asks] == [(slot, 1)]
    assert decide(monitor, state, [], slot + timedelta(seconds=75)).asks == ()
    first = a_result(monitor, slot, asks[0].regions[0], purpose=Purpose.VERIFICATION)
    asks = decide(monitor, state, [first], slot + timedelta(seconds=90)).asks
    assert [(ask.slot, len(ask.regions)) for ask in asks] == [(slot, len(monitor.regions) - 1)]


@pytest.mark.parametrize(
    ("monitor", "changes"),
    [
        (WIDE, {"status": Status.UP}),
        (WIDE, {"watermark": None}),
        (replace(WIDE, policy=replace(WIDE.policy, quick_detection=False)), {}),
        (replace(WIDE, kind="heartbeat"), {}),
        (replace(WIDE, interval_seconds=10), {}),
    ],
)
def test_what_is_down_is_left_to_the_timetable_where_looking_more_often_is_of_no_use(
    monitor: Monitor, changes: dict[str, Any]
) -> None:
    assert recovery_slots(monitor, is_down(monitor, **changes), SLOT, FIRST_LOOK) == {}


def test_one_region_looks_again_and_whoever_asks_wakes_up_for_the_next_look() -> None:
    state, slot = is_down(WIDE), FIRST_LOOK
    early = decide(WIDE, state, [], SLOT + SECOND)
    assert (early.asks, early.wake_at, early.recheck_at) == ((), None, slot)
    due = decide(WIDE, state, [], slot)
    asked = due.recheck
    assert asked is not None
    assert (asked.slot, len(asked.regions), due.asks) == (slot, 1, ())
    assert (due.wake_at, due.recheck_at) == (None, slot + STEP)
    vote = a_result(
        WIDE, slot, asked.regions[0], outcome=Outcome.FAILURE, purpose=Purpose.VERIFICATION
    )
    failed_again = decide(WIDE, state, [vote], slot + SECOND)
    assert (failed_again.asks, failed_again.wake_at, failed_again.change) == ((), None, None)
    assert failed_again.recheck is None


def test_a_thread_of_checks_is_lost_when_no_region_answered_in_its_turn() -> None:
    state, patience = is_down(WIDE), ARRIVAL_SLACK + WIDE.timeout
    slots = [*recovery_slots(WIDE, state, SLOT, FIRST_LOOK + 40 * SECOND).items()]

    def is_lost(at: datetime, *answered: int) -> bool:
        votes = [
            a_result(WIDE, *answer, outcome=Outcome.FAILURE, purpose=Purpose.VERIFICATION)
            for answer in ((slots[place][0], slots[place][1].region) for place in answered)
        ]
        return decide(WIDE, state, votes, at).is_recheck_lost

    first, third, fourth = slots[0][0], slots[2][0], slots[3][0]
    assert not is_lost(first + patience - SECOND)
    assert is_lost(first + patience)
    assert not is_lost(third + patience, 0, 1)
    assert not is_lost(third + patience, 2)
    # Two of three regions may be away.
    assert not is_lost(third + patience, 0)
    assert is_lost(fourth + patience, 0)


@pytest.mark.parametrize("strategy", ["rotate", "all"])
def test_when_one_region_sees_it_work_all_look_at_once_and_the_outage_is_over(
    strategy: str,
) -> None:
    monitor = replace(WIDE, strategy=strategy)  # type: ignore[arg-type]
    state, slot = is_down(monitor), FIRST_LOOK
    asked = decide(monitor, state, [], slot).recheck
    assert asked is not None
    first = asked.regions[0]
    others = tuple(each for each in REGIONS if each != first)
    vote = a_result(monitor, slot, first, purpose=Purpose.VERIFICATION)
    assert (
        VerificationRequest(slot=slot, regions=others)
        in decide(monitor, state, [vote], slot + SECOND).asks
    )
    votes = [replace(vote, region=each) for each in REGIONS]
    change = decide(monitor, state, votes, slot + 2 * SECOND).change
    assert change is not None
    assert (change.to_status, change.rule) == (Status.UP, Rule.RECOVERED)


def test_a_look_between_slots_that_decides_nothing_counts_for_nothing() -> None:
    """Three slots of the timetable end an outage without a quorum, not half a minute."""
    state, votes = is_down(WIDE), []
    end = FIRST_LOOK + 50 * SECOND
    for slot, check in recovery_slots(WIDE, state, SLOT, end).items():
        votes.append(a_result(WIDE, slot, check.region, purpose=Purpose.VERIFICATION))
    assert len(votes) > UNVERIFIED_ROUNDS
    assert decide(WIDE, state, votes, end).change is None
