"""The days of a status page: how a monitor did on each of the last ninety, as `/uptime` counts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sentinelmesh.domain.uptime.rollup import Rollup, add_rollups, day_of
from sentinelmesh.domain.uptime.uptime import uptime_percent

DAYS = 90
DAY = timedelta(days=1)
SECOND_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day (UTC); without an uptime nothing was watched or known on it."""

    date: date
    uptime_percent: float | None = None
    down_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """The last ninety days, the oldest first, and their uptime together.

    Args:
        since: the day on which watching began, if that was within them.
    """

    days: tuple[Day, ...] = ()
    uptime_percent: float | None = None
    since: date | None = None


def first_day(now: datetime) -> datetime:
    """Return the beginning of the ninety days."""
    return day_of(now) - (DAYS - 1) * DAY


def quarter_of(rollups: Sequence[Rollup], now: datetime) -> Quarter:
    """Work out how it went from the rollups of these days."""
    parts: dict[datetime, list[Rollup]] = defaultdict(list)
    for each in rollups:
        parts[day_of(each.stretch.start)].append(each)
    began = min((day_of(each.stretch.start) for each in rollups), default=first_day(now))
    starts = [first_day(now) + count * DAY for count in range(DAYS)]
    return Quarter(
        days=tuple(_day(start.date(), parts.get(start, ())) for start in starts),
        uptime_percent=uptime_percent(add_rollups(rollups)) if rollups else None,
        since=began.date() if began > first_day(now) else None,
    )


def _day(name: date, rollups: Sequence[Rollup]) -> Day:
    if not rollups:
        return Day(date=name)
    whole = add_rollups(rollups)
    return Day(
        date=name,
        uptime_percent=uptime_percent(whole),
        down_seconds=round(whole.down_ms / SECOND_MS),
    )
