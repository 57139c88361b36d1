"""Rollups, as they are left when all is calm, against a recount of the raw results."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.uptime.gaps import OPEN_END
from sentinelmesh.domain.uptime.rollup import Rollup, add_rollups, day_of
from sentinelmesh.domain.uptime.rollup_builder import Facts, count
from sentinelmesh.domain.values.interval import Interval, merge
from sentinelmesh.storage.rollups import gaps_of, rollup_of
from tests.fake_aws.account import NAME
from tests.simulation.oracle.remains import Remains
from tests.support.moto_mesh import HOME

# Twice the visibility timeout of an order whose function crashed.
MAX_WAIT = timedelta(minutes=12)


def rollups(remains: Remains) -> Iterator[str]:
    """I9: every rollup equals a recount, and every day the sum of its hours."""
    kept = remains.life.cloud.table("rollups").items.values()
    for monitor in remains.monitors.values():
        mine = [each for each in kept if each["monitor_id"]["S"] == monitor.id]
        hours = [rollup_of(each) for each in mine if each["bucket"]["S"].startswith("hour")]
        again = [_recount(remains, monitor, each) for each in hours]
        for stored, counted in zip(hours, again, strict=True):
            if replace(counted, revision=stored.revision) != stored:
                yield f"I9: of {monitor.name} is kept {stored}, a recount says {counted}"
        for stored in (rollup_of(each) for each in mine if each["bucket"]["S"].startswith("day")):
            parts = [each for each in again if _day(each) == _day(stored)]
            if not parts or replace(add_rollups(parts), revision=stored.revision) != stored:
                yield f"I9: a day of {monitor.name} is not the sum of its hours: {stored}"
        if hours and _gaps(remains, monitor) != _gaps_of(hours):
            yield f"I9: gaps of {monitor.name} are not those of its hours"


def _gaps(remains: Remains, monitor: Monitor) -> list[Interval]:
    kept = remains.life.cloud.table("rollups").items.values()
    found = [each for each in kept if each["bucket"]["S"] == monitor.id]
    return merge(span for each in found for span in gaps_of(each).spans)


def _gaps_of(hours: Sequence[Rollup]) -> list[Interval]:
    """Return the silent and the paused time of a life that lies within one day."""
    ordered = sorted((each.stretch for each in hours), key=lambda each: each.start)
    ends = [*(each.start for each in ordered[1:]), OPEN_END]
    paused = [
        Interval(each.end, end) for each, end in zip(ordered, ends, strict=True) if each.closed
    ]
    return merge([*paused, *(span for each in hours for span in each.silent)])


def orders_carried_out(remains: Remains) -> Iterator[str]:
    """No order to count waits for long once all is calm: what fails for ever counts nothing."""
    for message in remains.life.cloud.queues[HOME][f"{NAME}-recounts"].messages:
        is_order = '"monitor_id"' in message.body
        if is_order and message.due_at < remains.now - MAX_WAIT:
            yield f"I9: an order to count waits since {message.due_at}: {message.body}"


def _day(rollup: Rollup) -> object:
    return day_of(rollup.stretch.start)


def _recount(remains: Remains, monitor: Monitor, stored: Rollup) -> Rollup:
    stretch = stored.stretch
    facts = Facts(
        monitor_id=monitor.id,
        results=remains.results.get(monitor.id, []),
        incidents=[each for each in remains.incidents if each.monitor_id == monitor.id],
        maintenance=remains.announced(monitor),
        until=stretch.end + stretch.reach,
        settled=stretch.end,
    )
    return count(stretch, facts)
