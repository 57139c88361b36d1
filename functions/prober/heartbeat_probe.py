"""The heartbeat probe: looks at what a job has told of itself, instead of calling it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.prober.context import Assignment, ProbeContext
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.options import read_options
from functions.prober.verdict import judged
from sentinelmesh.domain.assertion import Answer
from sentinelmesh.domain.heartbeat import Expectation, Pings, judge
from sentinelmesh.errors import MeshError
from sentinelmesh.timetable import cron_after


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
        ProbeFailed: what the job told could not be read, or it need not have told anything yet.
    """
    check, watch = assignment.check, assignment.watch
    options = read_options(HeartbeatOptions, check.probe)
    heard = await _heard(options.ping_id, context)
    expected = Expectation(
        due_after=_due_after(options), grace=timedelta(seconds=options.grace_seconds)
    )
    pulse = judge(heard, expected, check.slot)
    watch.stop()
    failure = None if pulse.error is None else ProbeFailed(pulse.error, pulse.detail or "")
    if pulse.error == "heartbeat_waiting" and failure:
        raise failure
    answer = Answer(latency_ms=pulse.duration_ms or 0.0, body=heard.note or "")
    return judged(assignment, answer, failure)


async def _heard(ping_id: str, context: ProbeContext) -> Pings:
    """Read what a job told.

    Raises:
        ProbeFailed: that cannot be read: nothing is said about the job.
    """
    if context.pings is None:
        raise ProbeFailed("heartbeat_unreadable", "this prober does not read heartbeats")
    loop = asyncio.get_running_loop()
    try:
        heard = await loop.run_in_executor(context.threads, context.pings.get, ping_id)
    except MeshError as error:
        raise ProbeFailed("heartbeat_unreadable", f"it could not be read: {error}") from error
    if heard is None:
        raise ProbeFailed("heartbeat_unreadable", "there is no record of this heartbeat")
    return heard


def _due_after(options: HeartbeatOptions) -> Callable[[datetime], datetime]:
    cron = options.cron
    if cron is None:
        period = timedelta(seconds=options.period_seconds)
        return lambda last: last + period
    return lambda last: cron_after(cron, options.time_zone, last)
