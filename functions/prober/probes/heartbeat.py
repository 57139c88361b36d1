"""The heartbeat probe: looks at what a job has told of itself, instead of calling it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from functions.prober.evaluation import evaluate
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.options import read_options
from functions.prober.probes.context import Assignment, ProbeContext
from sentinelmesh.domain.monitors.heartbeat import Expectation, Pings, Pulse, judge
from sentinelmesh.domain.probing.assertion import Answer
from sentinelmesh.domain.values.interval import Interval, merge
from sentinelmesh.errors import MeshError
from sentinelmesh.messages import CheckMessage
from sentinelmesh.recurrence import occurrences
from sentinelmesh.timetable import InvalidTimetable, cron_after

T = TypeVar("T")
# What announced times can excuse; a failure that a job reports stays one.
EXCUSABLE = {"heartbeat_missed", "heartbeat_overrun"}
# Before that no announced time matters: windows are shorter, periods are not longer.
MAX_REACH = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatOptions:
    """When a job has to tell; the API documents each field."""

    ping_id: str
    period_seconds: int = 86_400
    cron: str | None = None
    time_zone: str = "UTC"
    grace_seconds: int = 300


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Judge a job as of the slot of the check: a late look invents no silence.

    Raises:
        ProbeFailed: what the job told could not be read, or it need not have told anything yet,
            or nobody can say when it has to.
    """
    check, watch = assignment.check, assignment.watch
    options = read_options(HeartbeatOptions, check.probe)
    heard = await _heard(options.ping_id, context)
    try:
        pulse = await _pulse(assignment, options, heard, context)
    except InvalidTimetable as error:
        raise ProbeFailed("heartbeat_unreadable", str(error)) from error
    watch.stop()
    failure = None if pulse.error is None else ProbeFailed(pulse.error, pulse.detail or "")
    if pulse.error == "heartbeat_waiting" and failure:
        raise failure
    answer = Answer(latency_ms=pulse.duration_ms or 0.0, body=heard.evidence)
    return evaluate(assignment, answer, failure)


async def _pulse(
    assignment: Assignment, options: HeartbeatOptions, heard: Pings, context: ProbeContext
) -> Pulse:
    """Judge a job; maintenance windows are read only where they could excuse it.

    Raises:
        ProbeFailed: they could not be read: nothing is said about the job.
    """
    at = assignment.check.slot
    expected = Expectation(
        due_after=_due_after(options),
        grace=timedelta(seconds=options.grace_seconds),
    )
    pulse = judge(heard, expected, at)
    if pulse.error not in EXCUSABLE:
        return pulse
    last = max(filter(None, (heard.waiting_since, heard.finished_at)))
    within = Interval(max(min(last, at), at - MAX_REACH), at)
    excused = await _find_excuses(assignment.check, within, context)
    return judge(heard, replace(expected, excused=excused), at) if excused else pulse


async def _find_excuses(
    check: CheckMessage, within: Interval, context: ProbeContext
) -> Sequence[Interval]:
    if context.maintenance is None:
        return ()
    windows = await _read(context.maintenance.list, context)
    covering = (each for each in windows if each.includes(check.monitor_id, check.tags))
    return merge(span for window in covering for span in occurrences(window, within))


async def _heard(ping_id: str, context: ProbeContext) -> Pings:
    """Read what a job told.

    Raises:
        ProbeFailed: that cannot be read: nothing is said about the job.
    """
    if context.pings is None:
        raise ProbeFailed("heartbeat_unreadable", "this prober does not read heartbeats")
    pings = context.pings
    heard = await _read(lambda: pings.get(ping_id), context)
    if heard is None:
        raise ProbeFailed("heartbeat_unreadable", "there is no record of this heartbeat")
    return heard


async def _read(read: Callable[[], T], context: ProbeContext) -> T:
    """Read from the directory on a thread.

    Raises:
        ProbeFailed: the directory does not answer.
    """
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(context.threads, read)
    except MeshError as error:
        raise ProbeFailed("heartbeat_unreadable", f"it could not be read: {error}") from error


def _due_after(options: HeartbeatOptions) -> Callable[[datetime], datetime]:
    cron = options.cron
    if cron is None:
        period = timedelta(seconds=options.period_seconds)
        return lambda last: last + period
    return lambda last: cron_after(cron, options.time_zone, last)
