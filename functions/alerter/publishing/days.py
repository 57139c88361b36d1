"""The days of a status page: how a monitor did on each of the last ninety."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sentinelmesh.domain.availability import availability
from sentinelmesh.domain.incident import OUTAGE, Incident
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.span import Span, common, total, without

DAYS = 90
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day (UTC); without an uptime nothing was watched or known on it."""

    date: date
    uptime_percent: float | None = None
    down_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """The last ninety days, the oldest first, and their uptime together."""

    days: tuple[Day, ...] = ()
    uptime_percent: float | None = None


def quarter_of(
    monitor: Monitor, incidents: Iterable[Incident], maintenance: Sequence[Span], now: datetime
) -> Quarter:
    """Work out how it went; time before a monitor was created is not its fault."""
    outages = [each for each in incidents if each.severity == OUTAGE]
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight - back * DAY for back in reversed(range(DAYS))]
    first = max(starts[0], monitor.created_at)
    whole = availability(outages, first, now, maintenance) if first < now else None
    days = tuple(
        _day(outages, start.date(), Span(max(start, monitor.created_at), min(start + DAY, now)),
             maintenance)
        for start in starts
    )  # fmt: skip
    return Quarter(days=days, uptime_percent=whole)


def _day(outages: Sequence[Incident], name: date, span: Span, maintenance: Sequence[Span]) -> Day:
    if span.start >= span.end:
        return Day(date=name)
    spells = [spell for each in outages for spell in each.down_spells(span.end)]
    down = total(common(spells, without([span], maintenance)))
    return Day(
        date=name,
        uptime_percent=availability(outages, span.start, span.end, maintenance),
        down_seconds=round(down.total_seconds()),
    )
