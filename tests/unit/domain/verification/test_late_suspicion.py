"""A suspicion that is raised late, for its failure could not be decided about before."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.deadlines import VERIFICATION_GRACE
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import Decision
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.recheck import MAX_RECHECKS, recheck_slots, recheck_step
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

HERE, *OTHERS = REGIONS
HOURLY = a_monitor(interval_seconds=3600)
SLOT = a_slot(HOURLY, 0)
FAILED = a_result(HOURLY, SLOT, HERE, outcome=Outcome.FAILURE)
GIVEN_UP = FAILED.started_at + 2 * HOURLY.timeout + VERIFICATION_GRACE


def suspected(since: datetime) -> State:
    plain = replace(initial_state(HOURLY), version=2, status=Status.VERIFYING)
    return replace(plain, since=since, suspect_slot=SLOT)


def asked(decision: Decision) -> list[tuple[datetime, tuple[str, ...]]]:
    """Name whom a decision asks about slots of the timetable."""
    planned = [a_slot(HOURLY, 0), a_slot(HOURLY, -1)]
    return [(ask.slot, ask.regions) for ask in decision.asks if ask.slot in planned]


def vote(region: str) -> Result:
    return a_result(HOURLY, SLOT, region, outcome=Outcome.FAILURE, purpose=Purpose.VERIFICATION)


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=5), timedelta(hours=2)])
def test_others_are_asked_although_their_votes_would_have_been_given_up(late: timedelta) -> None:
    at = GIVEN_UP + late
    assert (SLOT, tuple(OTHERS)) in asked(decide(HOURLY, suspected(at), [FAILED], at))


def test_their_votes_are_waited_for_as_long_as_ever_from_then_on() -> None:
    since = GIVEN_UP + timedelta(minutes=5)
    until = since + HOURLY.timeout + VERIFICATION_GRACE
    almost = until - timedelta(microseconds=1)
    assert (SLOT, tuple(OTHERS)) in asked(decide(HOURLY, suspected(since), [FAILED], almost))
    assert asked(decide(HOURLY, suspected(since), [FAILED], until)) == []


def test_one_that_was_raised_in_time_is_given_up_as_ever() -> None:
    since = GIVEN_UP - timedelta(microseconds=1)
    assert asked(decide(HOURLY, suspected(since), [FAILED], GIVEN_UP)) == []


def test_a_quorum_of_their_votes_confirms() -> None:
    since = GIVEN_UP + timedelta(minutes=5)
    at = since + timedelta(seconds=3)
    decision = decide(HOURLY, suspected(since), [FAILED, *map(vote, OTHERS)], at)
    assert decision.change is not None
    assert (decision.change.to_status, decision.change.rule) == (Status.DOWN, Rule.QUORUM)


def test_only_the_round_that_raised_it_is_waited_for_anew() -> None:
    since = GIVEN_UP + timedelta(minutes=5)
    other = replace(FAILED, slot=SLOT - HOURLY.interval, started_at=SLOT - HOURLY.interval)
    found = asked(decide(HOURLY, suspected(since), [other, FAILED], since))
    assert [slot for slot, _ in found] == [SLOT]


def test_checks_between_slots_follow_the_moment_at_which_it_was_raised() -> None:
    step = recheck_step(HOURLY)
    in_time = SLOT + MAX_RECHECKS * step - timedelta(microseconds=1)
    assert recheck_slots(HOURLY, suspected(in_time))[0] == SLOT + step
    late = SLOT + MAX_RECHECKS * step + timedelta(milliseconds=250)
    slots = recheck_slots(HOURLY, suspected(late))
    assert slots[0] == SLOT + (MAX_RECHECKS + 1) * step
    assert len(slots) == MAX_RECHECKS
