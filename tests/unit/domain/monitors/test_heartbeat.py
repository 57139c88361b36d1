"""Heartbeats: when a job is late, hangs, failed, or need not have told anything yet."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.heartbeat import Expectation, Pings, judge
from sentinelmesh.domain.values.interval import Interval
from tests.support.builders import START

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PERIOD, GRACE = timedelta(hours=1), timedelta(minutes=5)
HOURLY = Expectation(due_after=lambda last: last + PERIOD, grace=GRACE)
NEW = Pings(monitor_id="mon_1", waiting_since=START)


def after(**span: float) -> datetime:
    return START + timedelta(**span)


@pytest.mark.parametrize(
    ("changes", "at", "error"),
    [
        ({}, after(minutes=1), "heartbeat_waiting"),
        ({}, after(minutes=65), "heartbeat_waiting"),
        ({}, after(minutes=65, seconds=1), "heartbeat_missed"),
        ({"finished_at": after(minutes=10)}, after(minutes=75), None),
        ({"finished_at": after(minutes=10)}, after(minutes=76), "heartbeat_missed"),
        ({"finished_at": after(minutes=10)}, after(minutes=9), None),
        ({"finished_at": START, "failed": True}, after(minutes=1), "heartbeat_failed"),
        ({"started_at": after(minutes=10)}, after(minutes=15), "heartbeat_waiting"),
        ({"started_at": after(minutes=10)}, after(minutes=16), "heartbeat_overrun"),
        ({"started_at": after(minutes=64)}, after(minutes=65), "heartbeat_waiting"),
        ({"started_at": after(minutes=64)}, after(minutes=66), "heartbeat_missed"),
        ({"finished_at": START, "started_at": after(minutes=58)}, after(minutes=63), None),
        (
            {"finished_at": START, "started_at": after(minutes=58)},
            after(minutes=64),
            "heartbeat_overrun",
        ),
        ({"finished_at": after(hours=-3)}, after(minutes=10), "heartbeat_waiting"),
        ({"finished_at": after(hours=-3), "failed": True}, after(minutes=10), "heartbeat_waiting"),
        ({"started_at": after(hours=-3)}, after(minutes=10), "heartbeat_waiting"),
    ],
)
def test_a_job_is_judged_by_what_it_told_since_it_is_waited_for(
    changes: dict[str, object], at: datetime, error: str | None
) -> None:
    pulse = judge(replace(NEW, **changes), HOURLY, at)  # type: ignore[arg-type]
    assert pulse.error == error
    assert (pulse.detail is None) == (error is None)


def test_sentences_say_what_was_due_and_what_came() -> None:
    missed = judge(replace(NEW, finished_at=after(minutes=1)), HOURLY, after(hours=3))
    assert missed.detail == (
        "the job was due at 2026-01-01T13:01:00Z, but it last finished at 2026-01-01T12:01:00Z"
    )
    failed = judge(replace(NEW, finished_at=START, failed=True, exit_code=3), HOURLY, START)
    assert failed.detail == (
        "the job reported at 2026-01-01T12:00:00Z that it failed with exit code 3"
    )
    silent = judge(NEW, HOURLY, after(hours=3))
    assert silent.detail is not None
    assert silent.detail.endswith("but it has never finished")
    begun = judge(replace(NEW, started_at=after(minutes=64)), HOURLY, after(minutes=66))
    assert begun.detail is not None
    assert begun.detail.endswith(
        "but the run that started at 2026-01-01T13:04:00Z has not finished"
    )


def test_a_run_that_told_of_both_ends_has_a_duration() -> None:
    told = replace(NEW, run_started_at=after(minutes=1), finished_at=after(minutes=3))
    assert judge(told, HOURLY, after(minutes=4)).duration_ms == 120_000
    assert judge(replace(told, run_started_at=None), HOURLY, after(minutes=4)).duration_ms is None
    assert judge(replace(told, duration_ms=5), HOURLY, after(minutes=4)).duration_ms == 5


def test_a_job_that_crashes_in_a_loop_is_missed_however_often_it_starts() -> None:
    """It starts every four minutes, has five for a run, and never ends."""
    for minute in range(66, 60 * 24, 7):
        looping = replace(NEW, started_at=after(minutes=minute // 4 * 4))
        assert judge(looping, HOURLY, after(minutes=minute)).error == "heartbeat_missed"


NIGHTLY = Expectation(due_after=lambda last: START + ((last - START) // DAY + 1) * DAY, grace=GRACE)


@pytest.mark.parametrize(
    ("early", "due"), [(timedelta(seconds=0.5), 2), (timedelta(minutes=1), 2), (MINUTE * 1.1, 1)]
)
def test_an_end_up_to_a_minute_early_counts_for_the_instant_behind_it(
    early: timedelta, due: int
) -> None:
    told = replace(NEW, finished_at=START + DAY - early)
    assert judge(told, NIGHTLY, START + due * DAY + GRACE).error is None
    late = judge(told, NIGHTLY, START + due * DAY + GRACE + MINUTE)
    assert late.error == "heartbeat_missed"


def test_where_instants_are_a_minute_apart_an_end_belongs_to_the_nearest() -> None:
    each_minute = Expectation(
        due_after=lambda last: START + ((last - START) // MINUTE + 1) * MINUTE,
        grace=timedelta(),
    )
    just_after, just_before = (replace(NEW, finished_at=after(seconds=each)) for each in (10, 50))
    assert judge(just_after, each_minute, after(seconds=61)).error == "heartbeat_missed"
    assert judge(just_before, each_minute, after(seconds=61)).error is None
    assert judge(just_before, each_minute, after(seconds=121)).error == "heartbeat_missed"


def test_a_job_that_waits_is_not_taken_for_one_that_ended_early() -> None:
    waiting = replace(NEW, waiting_since=START + DAY - MINUTE / 2)
    assert judge(waiting, NIGHTLY, START + DAY + GRACE + MINUTE).error == "heartbeat_missed"


@pytest.mark.parametrize(
    ("expected", "next_due"),
    [(NIGHTLY, after(hours=48)), (HOURLY, after(hours=27))],
    ids=["cron", "period"],
)
def test_what_was_due_in_maintenance_is_excused_and_raises_no_alarm_at_its_end(
    expected: Expectation, next_due: datetime
) -> None:
    """The window takes from 23 hours after the start to 26 hours; an hourly job ran until then."""
    window = Interval(after(hours=23), after(hours=26))
    excused = replace(expected, excused=[window])
    last = replace(NEW, finished_at=after(hours=22, minutes=30))
    for at in (window.end, window.end + GRACE + MINUTE, next_due + GRACE):
        assert judge(last, excused, at).error is None
    assert judge(last, excused, next_due + GRACE + MINUTE).error == "heartbeat_missed"


def test_an_instant_at_the_very_end_of_maintenance_is_due_again() -> None:
    window = Interval(after(hours=23), after(hours=48))
    excused = replace(NIGHTLY, excused=[window])
    last = replace(NEW, finished_at=after(hours=1))
    assert judge(last, excused, window.end + GRACE).error is None
    assert judge(last, excused, window.end + GRACE + MINUTE).error == "heartbeat_missed"


def test_a_grace_that_runs_out_in_maintenance_begins_anew_at_its_end() -> None:
    window = Interval(after(minutes=62), after(minutes=120))
    excused = replace(HOURLY, excused=[window])
    missed = replace(NEW, finished_at=START)
    running = replace(missed, started_at=after(minutes=58))
    for told, error in ((missed, "heartbeat_missed"), (running, "heartbeat_overrun")):
        assert judge(told, excused, window.end + GRACE).error is None
        assert judge(told, excused, window.end + GRACE + MINUTE).error == error


def test_a_reported_failure_stays_one_in_maintenance() -> None:
    excused = replace(HOURLY, excused=[Interval(START, after(hours=9))])
    failed = replace(NEW, finished_at=after(minutes=1), failed=True)
    assert judge(failed, excused, after(minutes=2)).error == "heartbeat_failed"


@pytest.mark.parametrize(
    ("failed", "note", "logged", "evidence"),
    [
        (True, "disk full", "cleaning up", "disk full"),
        (True, "", "cleaning up", "cleaning up"),
        (False, "fine", "half done", "half done"),
        (False, "fine", None, "fine"),
        (False, None, None, ""),
    ],
)
def test_a_line_of_log_never_hides_why_a_job_failed(
    note: str | None, logged: str | None, evidence: str, *, failed: bool
) -> None:
    assert replace(NEW, failed=failed, note=note, logged=logged).evidence == evidence


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_job_that_tells_in_time_is_never_called_late(last: int, now: int) -> None:
    told = replace(NEW, finished_at=after(seconds=last))
    late = judge(told, HOURLY, after(seconds=now)).error is not None
    assert late == (now > last + 3900)
