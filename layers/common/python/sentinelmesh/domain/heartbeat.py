"""Heartbeats: what a job has told of itself, and whether it should have told more by now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.instant import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pings:
    """What was heard of a job.

    Args:
        waiting_since: from when on it is expected to tell; what was heard before counts no more.
        started_at: when its present run began; None when it has told of none.
        finished_at: when it last told of an end, good or bad.
        run_started_at: when the run began that ended then; None when it did not tell.
        failed: that end was a bad one.
        exit_code: of that run, if it told.
        note: what it sent along, cut.
    """

    monitor_id: str
    waiting_since: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    run_started_at: datetime | None = None
    failed: bool = False
    exit_code: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """When a job has to tell.

    Args:
        due_after: gives the next instant at which it should, behind an instant.
        grace: how much later it may be, and how long a run may take.
    """

    due_after: Callable[[datetime], datetime]
    grace: timedelta


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a job does.

    Args:
        error: reason code; None when all is well.
        detail: the sentence to it.
        duration_ms: of the last run that told of its beginning and end.
    """

    error: str | None = None
    detail: str | None = None
    duration_ms: float | None = None


def judge(pings: Pings, expected: Expectation, at: datetime) -> Pulse:
    """Say how a job does at an instant, from what was heard of it.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> hourly = Expectation(due_after=lambda last: last + timedelta(hours=1),
    ...                      grace=timedelta(minutes=5))
    >>> heard = Pings(monitor_id="mon_1", waiting_since=noon, finished_at=noon)
    >>> judge(heard, hourly, noon + timedelta(minutes=65)).error
    >>> judge(heard, hourly, noon + timedelta(minutes=66)).error
    'heartbeat_missed'
    """
    since = pings.waiting_since
    finished = _counting(pings.finished_at, since)
    started = _counting(pings.started_at, since)
    duration = _duration(pings) if finished else None
    if finished and pings.failed:
        how = "" if pings.exit_code is None else f" with exit code {pings.exit_code}"
        told = f"the job told at {text(finished)} that it failed{how}"
        return Pulse("heartbeat_failed", told, duration)
    if started:
        if at > started + expected.grace:
            seconds = expected.grace.total_seconds()
            told = f"the job began at {text(started)} and has not ended within {seconds:g} s"
            return Pulse("heartbeat_overrun", told, duration)
    elif at > expected.due_after(finished or since) + expected.grace:
        due = text(expected.due_after(finished or since))
        last = f"it was last heard of at {text(finished)}" if finished else "it was never heard of"
        return Pulse("heartbeat_missed", f"the job was due at {due}, but {last}", duration)
    if not finished:
        return Pulse("heartbeat_waiting", "the job has not told of an end yet, and need not have")
    return Pulse(duration_ms=duration)


def _counting(heard_at: datetime | None, since: datetime) -> datetime | None:
    """Leave out what was heard before the monitor was made, or resumed."""
    return heard_at if heard_at is not None and heard_at >= since else None


def _duration(pings: Pings) -> float | None:
    if pings.run_started_at is None or pings.finished_at is None:
        return None
    return max(0.0, (pings.finished_at - pings.run_started_at).total_seconds() * 1000)
