"""Heartbeats: what a job has signaled, and whether it should have signaled more by now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinelmesh.domain.values.instant import text
from sentinelmesh.domain.values.interval import Interval

# The clock of a job may be fast: what ends so shortly before an instant of cron is that run. No
# period comes into question: it counts from the end before.
MAX_EARLY = timedelta(minutes=1)
RESOLUTION = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pings:
    """What was heard of a job.

    Args:
        waiting_since: from when on it is expected to tell; what was heard before counts no more.
        started_at: when the run began that began last; None when that has ended, or told of none.
        started_run: the name of that run.
        runs: when runs began that have not ended, by their names.
        finished_at: when it last told of an end, good or bad.
        finished_run: the id of the run that ended then, if it has one.
        run_started_at: when the run began that ended then; None when it did not tell.
        duration_ms: how long that run took, where the job said so itself.
        failed: that end was a bad one.
        exit_code: of that run, if it told.
        note: what it sent along, cut.
        logged: the last line that it logged, cut; it never replaces the note of a failure.
        version: counts the changes.
    """

    monitor_id: str
    waiting_since: datetime
    started_at: datetime | None = None
    started_run: str | None = None
    runs: Mapping[str, datetime] = field(default_factory=dict)
    finished_at: datetime | None = None
    finished_run: str | None = None
    run_started_at: datetime | None = None
    duration_ms: float | None = None
    failed: bool = False
    exit_code: int | None = None
    note: str | None = None
    logged: str | None = None
    version: int = 0

    @property
    def evidence(self) -> str:
        """What the job said that explains its state best."""
        order = (self.note, self.logged) if self.failed else (self.logged, self.note)
        return order[0] or order[1] or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """When a job has to tell.

    Args:
        due_after: gives the next instant at which it should, behind an instant.
        grace: how much later it may be, and how long a run may take.
        excused: announced times, joined and in order: nothing is due in them.
    """

    due_after: Callable[[datetime], datetime]
    grace: timedelta
    excused: Sequence[Interval] = ()


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
    """Return how a job does at an instant, from what was heard of it.

    A start does not move the moment at which the job is due: one that crashes in a loop is missed.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> hourly = Expectation(due_after=lambda last: last + timedelta(hours=1),
    ...                      grace=timedelta(minutes=5))
    >>> heard = Pings(monitor_id="mon_1", waiting_since=noon, finished_at=noon)
    >>> judge(heard, hourly, noon + timedelta(minutes=65)).error
    >>> judge(heard, hourly, noon + timedelta(minutes=66)).error
    'heartbeat_missed'
    """
    finished = _counting(pings.finished_at, pings.waiting_since)
    started = _counting(pings.started_at, pings.waiting_since)
    duration = _duration(pings) if finished else None
    if finished and pings.failed:
        how = "" if pings.exit_code is None else f" with exit code {pings.exit_code}"
        detail = f"the job reported at {text(finished)} that it failed{how}"
        return Pulse("heartbeat_failed", detail, duration)
    if started and at > _deadline(expected, started):
        seconds = expected.grace.total_seconds()
        detail = f"the job started at {text(started)} and did not finish within {seconds:g} s"
        return Pulse("heartbeat_overrun", detail, duration)
    due = _find_due(expected, pings.waiting_since, finished)
    if at > _deadline(expected, due):
        detail = f"the job was due at {text(due)}, but {_last_signal(finished, started)}"
        return Pulse("heartbeat_missed", detail, duration)
    if not finished:
        return Pulse("heartbeat_waiting", "the job has not finished yet, and need not have")
    return Pulse(duration_ms=duration)


def _find_due(expected: Expectation, since: datetime, finished: datetime | None) -> datetime:
    """Return the instant at which the next end is due, none that is excused."""
    due = expected.due_after(finished or since)
    if finished and due - finished <= MAX_EARLY:
        following = expected.due_after(due)
        # Where instants are close together an end belongs to the nearest one.
        if due - finished <= (following - due) / 2:
            due = following
    for window in expected.excused:
        if window.holds(due):
            # An instant at the very end is due, and a period counts from the end.
            due = expected.due_after(window.end - RESOLUTION) + RESOLUTION
    return due


def _deadline(expected: Expectation, begin: datetime) -> datetime:
    """Return when the grace that begins at an instant ends: anew after an announced time."""
    deadline = begin + expected.grace
    for window in expected.excused:
        if window.holds(deadline):
            deadline = window.end + expected.grace
    return deadline


def _last_signal(finished: datetime | None, started: datetime | None) -> str:
    if started:
        return f"the run that started at {text(started)} has not finished"
    return f"it last finished at {text(finished)}" if finished else "it has never finished"


def _counting(heard_at: datetime | None, since: datetime) -> datetime | None:
    """Leave out what was heard before the monitor was made, or resumed."""
    return heard_at if heard_at is not None and heard_at >= since else None


def _duration(pings: Pings) -> float | None:
    if pings.duration_ms is not None:
        return pings.duration_ms
    if pings.run_started_at is None or pings.finished_at is None:
        return None
    return max(0.0, (pings.finished_at - pings.run_started_at).total_seconds() * 1000)
