"""Results put together into rounds: who votes, until when votes are waited for, what is late."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.monitors.deadlines import VERIFICATION_GRACE
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.verification.quorum import Verdict
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.verification.round import (
    Round,
    awaited_until,
    late_before,
    rounds_of,
)
from sentinelmesh.domain.verification.vote import began_at, vote_of
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

EU, US, AP = REGIONS
MONITOR = a_monitor()
SLOT = a_slot(MONITOR, 0)
NEXT = a_slot(MONITOR, 1)


def a_round(*results: Result, monitor: Monitor = MONITOR) -> Round:
    (only,) = rounds_of(monitor, results)
    return only


def failing(region: str, purpose: Purpose = Purpose.SCHEDULED, **changes: object) -> Result:
    return a_result(MONITOR, SLOT, region, outcome=Outcome.FAILURE, purpose=purpose, **changes)


def passing(region: str, purpose: Purpose = Purpose.SCHEDULED) -> Result:
    return a_result(MONITOR, SLOT, region, purpose=purpose)


def test_votes_of_different_slots_are_never_compared() -> None:
    later = a_result(MONITOR, NEXT, US, outcome=Outcome.FAILURE)
    rounds = rounds_of(MONITOR, [later, failing(EU)])
    assert [(each.slot, set(each.votes)) for each in rounds] == [(SLOT, {EU}), (NEXT, {US})]
    assert {each.verdict for each in rounds} == {Verdict.UNDECIDED}


def test_results_of_another_revision_do_not_vote() -> None:
    old = failing(EU, revision=0)
    newer = failing(US, revision=2)
    assert rounds_of(MONITOR, [old, newer]) == []


def test_results_of_a_region_that_was_taken_off_the_monitor_do_not_vote() -> None:
    assert rounds_of(a_monitor(regions=(US, AP)), [failing(EU)]) == []


@pytest.mark.parametrize(
    ("error", "voting"), [("prober_offline", {EU}), ("region_distrusted", {EU, US})]
)
def test_who_was_asked_early_does_not_vote_when_the_slow_probe_abstains_in_the_end(
    error: str, voting: set[str]
) -> None:
    abstained = a_result(MONITOR, SLOT, EU, outcome=Outcome.UNKNOWN, error=error)
    early = passing(US, Purpose.VERIFICATION)
    assert set(a_round(abstained, early).votes) == voting


def test_manual_probes_do_not_vote() -> None:
    assert rounds_of(MONITOR, [failing(EU, Purpose.MANUAL)]) == []
    assert set(a_round(passing(US), failing(EU, Purpose.MANUAL)).votes) == {US}


def test_verifying_votes_wait_for_the_scheduled_one_that_they_are_about() -> None:
    verifying = failing(US, Purpose.VERIFICATION)
    assert rounds_of(MONITOR, [verifying]) == []
    assert set(a_round(verifying, failing(EU)).votes) == {EU, US}


def test_a_region_votes_once_and_its_scheduled_probe_counts() -> None:
    both = a_round(passing(EU, Purpose.VERIFICATION), failing(EU))
    assert both.regions_with(Outcome.FAILURE) == {EU}
    assert both.regions_with(Outcome.SUCCESS) == frozenset()


def test_duplicates_of_a_result_are_one_vote() -> None:
    assert a_round(failing(EU), failing(EU), failing(EU)).verdict is Verdict.UNDECIDED


def test_a_quorum_confirms_and_is_told_before_the_last_vote() -> None:
    confirmed = a_round(failing(EU), failing(US, Purpose.VERIFICATION))
    assert confirmed.verdict is Verdict.CONFIRMED_DOWN
    assert confirmed.missing == (AP,)
    assert confirmed.is_final(SLOT)


def test_a_dismissal_waits_for_the_last_vote() -> None:
    """Which regions fail while others see it work must not depend on who answered first."""
    dismissed = a_round(
        failing(EU), passing(US, Purpose.VERIFICATION), passing(AP, Purpose.VERIFICATION)
    )
    assert dismissed.is_final(SLOT)
    early = a_round(failing(EU), passing(US, Purpose.VERIFICATION))
    assert not early.is_final(early.deadline - timedelta(microseconds=1))
    assert early.is_final(early.deadline)


def test_missing_votes_are_given_up_half_a_minute_after_the_verifying_probes_timeout() -> None:
    began = SLOT + timedelta(milliseconds=120)
    expected = began + MONITOR.timeout + MONITOR.timeout + VERIFICATION_GRACE
    assert a_round(failing(EU)).deadline == expected


def test_with_strategy_all_nobody_is_asked_so_the_deadline_is_that_of_the_probes() -> None:
    monitor = a_monitor(strategy="all")
    assert a_round(failing(EU), monitor=monitor).deadline == SLOT + monitor.timeout + ARRIVAL_SLACK


def test_when_the_region_in_turn_abstains_nobody_else_is_waited_for() -> None:
    silent = a_round(a_result(MONITOR, SLOT, EU, outcome=Outcome.UNKNOWN))
    assert silent.is_silent
    assert silent.is_complete(SLOT)


def test_with_strategy_all_an_abstention_does_not_end_the_waiting() -> None:
    monitor = a_monitor(strategy="all")
    silent = a_round(a_result(MONITOR, SLOT, EU, outcome=Outcome.UNKNOWN), monitor=monitor)
    assert not silent.is_complete(SLOT)


def test_the_first_vote_is_that_of_the_probe_that_began_first() -> None:
    early = failing(US, Purpose.VERIFICATION, started_at=SLOT + timedelta(seconds=1))
    late = failing(EU, started_at=SLOT + timedelta(seconds=3))
    assert a_round(late, early).first_with(Outcome.FAILURE) is early


def test_the_ledger_keeps_votes_in_the_order_of_the_probes() -> None:
    results = [
        failing(EU, started_at=SLOT + timedelta(seconds=3)),
        failing(US, Purpose.VERIFICATION, started_at=SLOT + timedelta(seconds=1)),
    ]
    assert [vote.region for vote in a_round(*results).as_votes()] == [US, EU]


def test_the_first_failing_vote_is_no_passing_one_that_began_before() -> None:
    early = passing(EU)
    late = failing(US, Purpose.VERIFICATION, started_at=SLOT + timedelta(seconds=3))
    assert a_round(early, late).first_with(Outcome.FAILURE) is late


def test_one_vote_that_found_it_slow_makes_a_round_slow() -> None:
    slow = replace(passing(US, Purpose.VERIFICATION), degraded=True)
    assert a_round(passing(EU), slow).is_slow
    assert not a_round(passing(EU), passing(US, Purpose.VERIFICATION)).is_slow


def test_a_check_between_slots_is_waited_for_as_long_as_a_probe_may_take() -> None:
    silent = a_result(MONITOR, SLOT, EU, outcome=Outcome.UNKNOWN, purpose=Purpose.VERIFICATION)
    (between,) = rounds_of(MONITOR, [silent], rechecks=[SLOT])
    assert between.deadline == SLOT + MONITOR.timeout + ARRIVAL_SLACK
    assert not between.is_complete(between.deadline - timedelta(microseconds=1))
    assert not between.counts, "nobody saw anything"


def test_two_probes_of_one_slot_are_waited_for_from_the_first_on() -> None:
    early = failing(EU, started_at=SLOT + timedelta(seconds=1))
    late = failing(US, started_at=SLOT + timedelta(seconds=3))
    waits = 2 * MONITOR.timeout + VERIFICATION_GRACE
    assert a_round(late, early).deadline == early.started_at + waits


def test_those_who_were_asked_count_unless_all_in_turn_abstained_and_take_turns() -> None:
    abstained = a_result(MONITOR, SLOT, EU, outcome=Outcome.UNKNOWN)
    early = passing(AP, Purpose.VERIFICATION)
    assert set(a_round(abstained, early).votes) == {EU}
    assert set(a_round(abstained, failing(US), early).votes) == {EU, US, AP}
    everywhere = a_monitor(strategy="all")
    assert set(a_round(abstained, early, monitor=everywhere).votes) == {EU, AP}


def test_a_vote_keeps_what_explains_it() -> None:
    vote = vote_of(failing(EU, status_code=503, error="status_mismatch", detail="503 came"))
    assert (vote.region, vote.status_code, vote.error) == (EU, 503, "status_mismatch")
    assert (vote.outcome, vote.purpose) == (Outcome.FAILURE, Purpose.SCHEDULED)
    assert (vote.detail, vote.latency_ms) == ("503 came", 35.5)


@pytest.mark.parametrize(
    ("skew", "began"),
    [
        (timedelta(minutes=5), SLOT + timedelta(seconds=60)),
        (timedelta(minutes=-5), SLOT),
        (timedelta(seconds=2), SLOT + timedelta(seconds=2)),
    ],
)
def test_a_wrong_clock_moves_a_probe_by_no_more_than_its_slot(
    skew: timedelta, began: datetime
) -> None:
    assert began_at(MONITOR, failing(EU, started_at=SLOT + skew)) == began


def test_a_verifying_probe_may_begin_after_the_next_slot_when_it_was_asked_so_late() -> None:
    asked = SLOT + timedelta(seconds=75)
    vote = failing(
        US, Purpose.VERIFICATION, scheduled_at=asked, started_at=asked + timedelta(hours=1)
    )
    assert began_at(MONITOR, vote) == asked


def test_late_is_what_lies_three_slots_behind_the_verification_of_the_newest() -> None:
    expected = SLOT - MONITOR.timeout - VERIFICATION_GRACE - 3 * MONITOR.interval
    assert late_before(MONITOR, SLOT) == expected


def test_a_round_waits_for_an_earlier_slot_whose_probe_may_still_be_running() -> None:
    at = NEXT + timedelta(seconds=1)
    monitor = a_monitor(interval_seconds=60, timeout_ms=30_000)
    wait = awaited_until(monitor, [NEXT], None, NEXT, SLOT + timedelta(seconds=34))
    assert wait == SLOT + monitor.timeout + ARRIVAL_SLACK
    assert awaited_until(monitor, [SLOT, NEXT], None, NEXT, SLOT + timedelta(seconds=34)) is None
    assert awaited_until(monitor, [NEXT], None, NEXT, at) is None


def test_a_slot_is_waited_for_up_to_the_moment_at_which_it_is_given_up() -> None:
    patience = MONITOR.timeout + ARRIVAL_SLACK
    moment = timedelta(microseconds=1)
    assert awaited_until(MONITOR, [NEXT], None, NEXT, SLOT + patience - moment) == SLOT + patience
    assert awaited_until(MONITOR, [NEXT], None, NEXT, SLOT + patience) is None


def test_checks_between_slots_are_waited_for_likewise() -> None:
    patience, moment = MONITOR.timeout + ARRIVAL_SLACK, timedelta(microseconds=1)
    between = SLOT + timedelta(seconds=20)

    def wait(at: datetime, patience: timedelta) -> datetime | None:
        given_up = {between: between + patience}
        return awaited_until(MONITOR, [SLOT, NEXT], None, NEXT, at, between=given_up)

    assert wait(between + patience - moment, patience) == between + patience
    assert wait(between + patience, patience) is None
    # One that may be asked late is waited for longer than any slot of the timetable.
    assert wait(between + timedelta(minutes=4), timedelta(minutes=5)) is not None
    later = a_slot(MONITOR, 2)
    given_up = {later: later + patience}
    assert awaited_until(MONITOR, [SLOT, NEXT], None, later, NEXT, between=given_up) is None


def test_slots_up_to_the_watermark_and_before_the_timetable_are_not_waited_for() -> None:
    at = SLOT + timedelta(seconds=10)
    assert awaited_until(MONITOR, [NEXT], SLOT, NEXT, at) is None
    young = a_monitor(scheduled_since=SLOT + timedelta(seconds=1))
    assert awaited_until(young, [NEXT], None, NEXT, at) is None
    assert awaited_until(MONITOR, [NEXT], None, NEXT, at) == SLOT + timedelta(seconds=15)
