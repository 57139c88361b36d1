"""Uptime, success and coverage: three figures that must not be confused.

* uptime: the share of time in which no confirmed incident was open, of the time about which
  anything is known: time without results and announced maintenance are neither up nor down.
* success: the share of probes that passed, among those that saw anything.
* coverage: the share of planned slots that have a result; a gap is never counted as up.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from sentinelmesh.domain.incident import OUTAGE, Incident
from sentinelmesh.domain.instant import text
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Outcome, Purpose, Result
from sentinelmesh.domain.schedule import count_slots
from sentinelmesh.domain.silence import silences
from sentinelmesh.domain.span import Span, common, total, without

DAY = 86_400
WINDOWS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
POINTS = 120
T = TypeVar("T", float, timedelta)


@dataclass(slots=True)
class _Point:
    success: int = 0
    failure: int = 0
    unknown: int = 0
    measured: int = 0
    latency_sum: float = 0.0


@dataclass(slots=True)
class Tally:
    """Results of a window, counted as they come; keeps numbers, not results.

    Args:
        counted_from: results from here on are counted; behind `start` where there are too many.
    """

    start: datetime
    end: datetime
    counted_from: datetime = field(init=False)
    outcomes: dict[Outcome, int] = field(default_factory=lambda: defaultdict(int))
    slots: set[datetime] = field(default_factory=set)
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    points: dict[int, _Point] = field(default_factory=lambda: defaultdict(_Point))

    def __post_init__(self) -> None:
        self.counted_from = self.start

    def add(self, result: Result) -> None:
        """Count a scheduled result; verifying and manual ones were not planned."""
        if result.purpose is not Purpose.SCHEDULED or not self.start <= result.slot < self.end:
            return
        self.outcomes[result.outcome] += 1
        point = self.points[self._place(result.slot)]
        setattr(point, result.outcome, getattr(point, result.outcome) + 1)
        if result.outcome is not Outcome.UNKNOWN:
            self.slots.add(result.slot)
        if result.outcome is Outcome.SUCCESS and result.latency_ms is not None:
            self.latencies[result.region].append(result.latency_ms)
            point.measured += 1
            point.latency_sum += result.latency_ms

    @property
    def step(self) -> timedelta:
        """Length of one point of the series."""
        return max((self.end - self.start) / POINTS, timedelta(seconds=1))

    def _place(self, slot: datetime) -> int:
        return int((slot - self.start) / self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """The figures of a window; None where there is nothing to count."""

    uptime_percent: float | None
    success_percent: float | None
    coverage_percent: float | None
    downtime_seconds: int
    unknown_seconds: int
    maintenance_seconds: int
    incidents: int
    counted_from: datetime
    latency_ms: dict[str, dict[str, float]]
    series: tuple[dict[str, Any], ...]


def uptime(
    monitor: Monitor,
    tally: Tally,
    incidents: Iterable[Incident],
    maintenance: Iterable[Span] = (),
) -> Uptime:
    """Work out the figures of a window from its results and incidents.

    Args:
        maintenance: announced times of the monitor.
    """
    whole = [Span(tally.start, tally.end)]
    unknown = list(silences(monitor, tally.slots, _counted(monitor, tally)))
    announced = common(whole, maintenance)
    known = without(whole, [*unknown, *announced])
    outages = (each for each in incidents if each.severity == OUTAGE)
    spells = [list(outage.down_spells(tally.end)) for outage in outages]
    spells = [each for each in spells if common(each, whole)]
    down = total(common((each for spell in spells for each in spell), known))
    passed = tally.outcomes[Outcome.SUCCESS]
    seen = passed + tally.outcomes[Outcome.FAILURE]
    return Uptime(
        uptime_percent=_percent(total(known) - down, total(known)) if seen else None,
        success_percent=_percent(passed, seen),
        coverage_percent=_coverage(monitor, tally),
        downtime_seconds=round(down.total_seconds()),
        unknown_seconds=round(total(without(unknown, announced)).total_seconds()),
        maintenance_seconds=round(total(announced).total_seconds()),
        incidents=len(spells),
        counted_from=tally.counted_from,
        latency_ms={region: _quantiles(taken) for region, taken in sorted(tally.latencies.items())},
        series=tuple(_series(monitor, tally)),
    )


def _percent(part: T, whole: T) -> float | None:
    """Give a percentage with three digits; never 100 when something is missing.

    >>> _percent(1, 0) is None, _percent(2, 3), _percent(999_999_999, 1_000_000_000)
    (True, 66.667, 99.999)
    """
    if not whole:
        return None
    exact = 100 * (part / whole)
    rounded = round(exact, 3)
    return 99.999 if rounded >= 100 and exact < 100 else rounded  # noqa: PLR2004


def _counted(monitor: Monitor, tally: Tally) -> Span:
    """Give the stretch in which each slot of the present timetable was looked at."""
    return Span(max(tally.counted_from, monitor.scheduled_since), tally.end)


def _coverage(monitor: Monitor, tally: Tally) -> float | None:
    """Compare planned slots with those that have a result, since the timetable began.

    The newest slot counts only once its probe must have ended.
    """
    if monitor.paused:
        return None
    counted = _counted(monitor, tally)
    settled = Span(counted.start, counted.end - monitor.timeout)
    planned = count_slots(monitor.id, monitor.interval_seconds, settled.start, settled.end)
    covered = sum(1 for slot in tally.slots if settled.holds(slot))
    return _percent(min(covered, planned), planned)


def _quantiles(latencies: Sequence[float]) -> dict[str, float]:
    """Give p50, p95 and p99 by the nearest rank."""
    ordered = sorted(latencies)
    last = len(ordered) - 1
    return {f"p{share}": ordered[round(last * share / 100)] for share in (50, 95, 99)}


def _series(monitor: Monitor, tally: Tally) -> Iterable[dict[str, Any]]:
    """Give the points in which anything was planned or seen: a gap is a point without results."""
    counted = _counted(monitor, tally)
    for place in range(ceil((tally.end - tally.start) / tally.step)):
        start = tally.start + place * tally.step
        end = min(start + tally.step, tally.end - monitor.timeout)
        planned = 0
        if not monitor.paused:
            since = max(start, counted.start)
            planned = count_slots(monitor.id, monitor.interval_seconds, since, end)
        point = tally.points.get(place)
        if point is None and not planned:
            continue
        yield {"at": text(start), "planned": planned, **_written(point or _Point())}


def _written(point: _Point) -> dict[str, Any]:
    return {
        "success": point.success,
        "failure": point.failure,
        "unknown": point.unknown,
        "latency_ms": round(point.latency_sum / point.measured, 1) if point.measured else None,
    }
