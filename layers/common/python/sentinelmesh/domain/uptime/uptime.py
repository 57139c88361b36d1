"""Uptime, success and coverage: three figures that must not be confused. See docs/uptime.md.

* uptime: the share of time in which no confirmed incident was open, of the time about which
  anything is known: time without results and announced maintenance are neither up nor down.
* success: the share of probes that passed, among those that saw anything.
* coverage: the share of planned slots that have a result; a gap is never counted as up.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sentinelmesh.domain.uptime.rollup import Rollup, add_rollups, day_of, hour_of
from sentinelmesh.domain.values.histogram import Histogram
from sentinelmesh.domain.values.instant import text

HOUR_SECONDS = 3600
DAY = 86_400
WINDOWS = {"1h": HOUR_SECONDS, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
# Longer windows are read and drawn by days.
MAX_BY_HOURS = timedelta(days=8)
SECOND_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """The figures of a window; None where there is nothing to count."""

    uptime_percent: float | None
    success_percent: float | None
    coverage_percent: float | None
    watched_seconds: int
    downtime_seconds: int
    unknown_seconds: int
    maintenance_seconds: int
    incidents: int
    counted_from: datetime
    latency_ms: dict[str, dict[str, float]]
    series: tuple[dict[str, Any], ...]


def is_by_day(window: timedelta) -> bool:
    """Return whether a window is told by days, not by hours."""
    return window > MAX_BY_HOURS


def uptime(rollups: Sequence[Rollup], start: datetime, *, by_day: bool = False) -> Uptime:
    """Work out the figures of a window from the rollups of its time.

    Args:
        start: of the window; without rollups nothing is counted from there on.
        by_day: length of the points of the series.
    """
    if not rollups:
        return _nothing(start)
    whole = add_rollups(rollups)
    return Uptime(
        uptime_percent=uptime_percent(whole),
        success_percent=percent(whole.counted("success"), _seen(whole)),
        coverage_percent=percent(whole.covered, whole.planned),
        watched_seconds=round(whole.watched_ms / SECOND_MS),
        downtime_seconds=round(whole.down_ms / SECOND_MS),
        unknown_seconds=round(whole.unknown_ms / SECOND_MS),
        maintenance_seconds=round(whole.maintenance_ms / SECOND_MS),
        incidents=whole.opened + whole.is_down_before,
        counted_from=whole.stretch.start,
        latency_ms={
            region: dict(count.latency.quantiles())
            for region, count in sorted(whole.regions.items())
            if count.latency.total
        },
        series=tuple(_series(rollups, by_day=by_day)),
    )


def _nothing(start: datetime) -> Uptime:
    """Return the figures of a window about which there is nothing to say."""
    return Uptime(
        uptime_percent=None,
        success_percent=None,
        coverage_percent=None,
        watched_seconds=0,
        downtime_seconds=0,
        unknown_seconds=0,
        maintenance_seconds=0,
        incidents=0,
        counted_from=start,
        latency_ms={},
        series=(),
    )


def uptime_percent(rollup: Rollup) -> float | None:
    """Return the share of the known time that was up; None where nobody saw it up or down.

    Failing probes alone say neither: a new monitor may have to be set right first.
    """
    if not rollup.counted("success") and not rollup.down_ms:
        return None
    return percent(rollup.known_ms - rollup.down_ms, rollup.known_ms)


def percent(part: float, whole: float) -> float | None:
    """Return a percentage with three digits; never 100 when something is missing.

    >>> percent(1, 0) is None, percent(2, 3), percent(999_999_999, 1_000_000_000)
    (True, 66.667, 99.999)
    """
    if not whole:
        return None
    exact = 100 * (part / whole)
    rounded = round(exact, 3)
    return 99.999 if rounded >= 100 and exact < 100 else rounded  # noqa: PLR2004


def _seen(rollup: Rollup) -> int:
    return rollup.counted("success") + rollup.counted("failure")


def _series(rollups: Iterable[Rollup], *, by_day: bool) -> Iterator[dict[str, Any]]:
    """Return the hours or days in which anything was watched: a gap is a point without results."""
    place = day_of if by_day else hour_of
    points: dict[datetime, list[Rollup]] = defaultdict(list)
    for each in rollups:
        points[place(each.stretch.start)].append(each)
    for start, parts in sorted(points.items()):
        point = add_rollups(parts)
        latency = Histogram()
        for count in point.regions.values():
            latency.merge(count.latency)
        yield {
            "at": text(start),
            "planned": point.planned,
            **{name: point.counted(name) for name in ("success", "failure", "unknown")},
            "latency_ms": latency.mean_ms,
            "uptime_percent": uptime_percent(point),
            "downtime_seconds": round(point.down_ms / SECOND_MS),
        }
