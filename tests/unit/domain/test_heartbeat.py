"""Heartbeats: when a job is late, hangs, failed, or need not have told anything yet."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.heartbeat import Expectation, Pings, judge
from tests.building import START

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
        ({"started_at": after(minutes=64)}, after(minutes=68), "heartbeat_waiting"),
        (
            {"finished_at": START, "started_at": after(minutes=64)},
            after(minutes=68),
            None,
        ),
        (
            {"finished_at": START, "started_at": after(minutes=64)},
            after(minutes=70),
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
        "the job was due at 2026-01-01T13:01:00Z, but it was last heard of at 2026-01-01T12:01:00Z"
    )
    failed = judge(replace(NEW, finished_at=START, failed=True, exit_code=3), HOURLY, START)
    assert failed.detail == "the job told at 2026-01-01T12:00:00Z that it failed with exit code 3"
    silent = judge(NEW, HOURLY, after(hours=3))
    assert silent.detail is not None
    assert silent.detail.endswith("but it was never heard of")


def test_a_run_that_told_of_both_ends_has_a_duration() -> None:
    told = replace(NEW, run_started_at=after(minutes=1), finished_at=after(minutes=3))
    assert judge(told, HOURLY, after(minutes=4)).duration_ms == 120_000
    assert judge(replace(told, run_started_at=None), HOURLY, after(minutes=4)).duration_ms is None


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_job_that_tells_in_time_is_never_called_late(last: int, now: int) -> None:
    told = replace(NEW, finished_at=after(seconds=last))
    late = judge(told, HOURLY, after(seconds=now)).error is not None
    assert late == (now > last + 3900)
