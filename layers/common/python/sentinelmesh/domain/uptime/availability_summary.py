"""Uptime from incidents and gaps, for lists: a glance at many monitors reads no results.

The definition is that of docs/uptime.md, and so is the figure.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.uptime.gaps import OPEN_END
from sentinelmesh.domain.uptime.rollup_builder import down_spells
from sentinelmesh.domain.uptime.unknown import silences
from sentinelmesh.domain.uptime.uptime import percent
from sentinelmesh.domain.values.interval import Interval, intersect, subtract, total


def availability(
    incidents: Iterable[Incident],
    start: datetime,
    end: datetime,
    unknown: Iterable[Interval] = (),
) -> float | None:
    """Return the share of a span in which no confirmed outage was open; None if nothing is known.

    Args:
        unknown: time that is neither up nor down: announced maintenance, silence, pauses.

    >>> from datetime import UTC
    >>> availability([], datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    100.0
    """
    known = subtract([Interval(start, end)], unknown)
    down = total(intersect(down_spells(incidents, end), known))
    return percent((total(known) - down).total_seconds(), total(known).total_seconds())


def gaps_until(
    monitor: Monitor, gaps: Sequence[Interval], last_slot: datetime | None, now: datetime
) -> list[Interval]:
    """Complete the gaps that were counted by what is known of the present.

    Args:
        last_slot: the last one whose result says something about the target.
    """
    if monitor.paused:
        return [*gaps, Interval(monitor.updated_at, now)]
    # It was resumed, and nobody has counted since.
    ended = [
        Interval(each.start, monitor.scheduled_since) if each.end == OPEN_END else each
        for each in gaps
    ]
    began = monitor.scheduled_since
    heard = [last_slot] if last_slot is not None and last_slot >= began else []
    rest = Interval(max([began, *heard]), now)
    silent = silences(monitor.interval, heard, rest, on_its_way=monitor.interval)
    return [*ended, *silent]
