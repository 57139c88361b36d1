"""What became of a stretch of a monitor's time, in numbers that can be added up.

A stretch is at most an hour, lies within one hour of UTC, and within one timetable of the monitor:
an edit of the interval, a pause or a resumption begin a new one. Days are sums of their stretches.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.uptime.unknown import SILENT_INTERVALS
from sentinelmesh.domain.values.histogram import Histogram
from sentinelmesh.domain.values.interval import Interval, merge

HOUR = timedelta(hours=1)
# A silence may begin before a stretch and end behind it: so far its neighbours are looked at.
REACH_INTERVALS = SILENT_INTERVALS + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of an hour in which one timetable of a monitor was valid.

    Args:
        began: when that timetable began; nothing was planned before.
        closed: the monitor was paused at its end: what comes then is a new stretch.
        grace: the grace period that the stretch overlaps, if it does.
    """

    start: datetime
    end: datetime
    interval_seconds: int
    began: datetime
    closed: bool = False
    grace: Interval | None = None

    @property
    def span(self) -> Interval:
        """Its time."""
        return Interval(self.start, self.end)

    @property
    def reach(self) -> timedelta:
        """How far results may be away that say something about its time."""
        return REACH_INTERVALS * timedelta(seconds=self.interval_seconds)


@dataclass(slots=True)
class RegionCount:
    """What one region saw; latency of the probes that passed."""

    success: int = 0
    failure: int = 0
    unknown: int = 0
    degraded: int = 0
    latency: Histogram = field(default_factory=Histogram)

    def merge(self, other: "RegionCount") -> None:
        """Add another count."""
        self.success += other.success
        self.failure += other.failure
        self.unknown += other.unknown
        self.degraded += other.degraded
        self.latency.merge(other.latency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """The counts of a stretch, or of several that were added up. See docs/uptime.md.

    Args:
        planned: slots of the timetable; covered: of these, those with a result that saw anything.
        watched_ms: time in which the monitor was not paused and existed; the following are parts
            of it, none of them twice.
        maintenance_ms: announced.
        unknown_ms: not announced, and without a result for three intervals, or in the grace period
            of a monitor that had not worked yet.
        down_ms: neither of these, and in a confirmed incident.
        opened: incidents that began here; is_down_before: one was open when it began.
        silent: the unknown time, in order.
        revision: counts how often this was written; 0 means that it is not stored.
    """

    stretch: Stretch
    regions: Mapping[str, RegionCount] = field(default_factory=dict)
    planned: int = 0
    covered: int = 0
    watched_ms: int = 0
    maintenance_ms: int = 0
    unknown_ms: int = 0
    down_ms: int = 0
    opened: int = 0
    is_down_before: bool = False
    silent: tuple[Interval, ...] = ()
    revision: int = 0

    @property
    def known_ms(self) -> int:
        """Time that is either up or down."""
        return self.watched_ms - self.maintenance_ms - self.unknown_ms

    def counted(self, outcome: str) -> int:
        """Count results of all regions by an outcome, or those that were `degraded`."""
        return sum(getattr(each, outcome) for each in self.regions.values())


def add_rollups(rollups: Iterable[Rollup]) -> Rollup:
    """Add up rollups, which must not overlap; the order does not matter.

    Raises:
        ValueError: there are none.
    """
    ordered = sorted(rollups, key=lambda each: each.stretch.start)
    if not ordered:
        raise ValueError("nothing to add up")
    regions: dict[str, RegionCount] = {}
    for rollup in ordered:
        for name, count in rollup.regions.items():
            regions.setdefault(name, RegionCount()).merge(count)
    first, last = ordered[0], ordered[-1]
    return Rollup(
        stretch=replace(last.stretch, start=first.stretch.start),
        regions=regions,
        planned=sum(each.planned for each in ordered),
        covered=sum(each.covered for each in ordered),
        watched_ms=sum(each.watched_ms for each in ordered),
        maintenance_ms=sum(each.maintenance_ms for each in ordered),
        unknown_ms=sum(each.unknown_ms for each in ordered),
        down_ms=sum(each.down_ms for each in ordered),
        opened=sum(each.opened for each in ordered),
        is_down_before=first.is_down_before,
        silent=tuple(merge(span for each in ordered for span in each.silent)),
    )


def hour_of(instant: datetime) -> datetime:
    """Return the beginning of the hour of an instant."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def day_of(instant: datetime) -> datetime:
    """Return the beginning of the day of an instant, in UTC."""
    return hour_of(instant).replace(hour=0)


def stretches(
    monitor: Monitor,
    last: Stretch | None,
    until: datetime,
    earliest: datetime,
    *,
    is_final: bool = True,
) -> list[Stretch]:
    """Return which stretches have to be counted so that nothing is missing up to an instant.

    The last one that was counted is among them if its hour goes on.

    Args:
        last: the newest stretch that was counted; None if nothing was yet.
        until: results of earlier slots have arrived, as far as anybody knows.
        earliest: nothing before is counted; the results may be gone.
        is_final: only time about whose silence later results cannot say anything any more.
    """
    until = whole_ms(until)

    def end_of(timetable: Stretch) -> datetime:
        return until - timetable.reach if is_final else until

    began = whole_ms(monitor.scheduled_since)
    now = Stretch(
        start=began,
        end=until,
        interval_seconds=monitor.interval_seconds,
        began=began,
        closed=monitor.paused,
        grace=Interval(whole_ms(monitor.enabled_at), whole_ms(monitor.grace_ends_at)),
    )
    now = replace(now, end=whole_ms(monitor.updated_at) if monitor.paused else end_of(now))
    if last is None:
        return list(_cut(now, earliest))
    goes_on = last.end if last.end == hour_of(last.end) else last.start
    if last.began == now.began and last.interval_seconds == now.interval_seconds:
        now = now if monitor.paused else replace(now, end=max(now.end, last.end))
        return [] if last.closed else list(_cut(now, max(earliest, goes_on)))
    if last.closed:
        return list(_cut(now, earliest))
    # An edit ended the timetable before: up to then it was valid.
    end = min(max(end_of(last), last.end), now.began)
    before = list(_cut(replace(last, start=last.began, end=end), max(earliest, goes_on)))
    return [*before, *_cut(now, earliest)] if end == now.began else before


def whole_ms(moment: datetime) -> datetime:
    """Take off what is less than a millisecond: it is not stored, and a name has to stay one."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _cut(whole: Stretch, earliest: datetime) -> Iterator[Stretch]:
    """Cut a stretch at full hours, from the hour of an instant on."""
    start = max(whole.start, hour_of(earliest))
    while start < whole.end:
        end = min(hour_of(start) + HOUR, whole.end)
        grace = whole.grace if whole.grace and start <= whole.grace.end else None
        closed = whole.closed and end == whole.end
        yield replace(whole, start=start, end=end, closed=closed, grace=grace)
        start = end
