"""Counting a stretch from its raw results: any order of arrival gives the same counts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import OUTAGE, Incident
from sentinelmesh.domain.monitors.schedule import count_slots
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.uptime.rollup import RegionCount, Rollup, Stretch, whole_ms
from sentinelmesh.domain.uptime.unknown import silences
from sentinelmesh.domain.uptime.warm_up import find_first_pass, warm_up
from sentinelmesh.domain.values.instant import milliseconds
from sentinelmesh.domain.values.interval import Interval, intersect, merge, subtract, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that is known about a monitor around the time that is counted.

    Args:
        results: at least those of the stretch and of its reach on both sides, and all since the
            grace period began that it overlaps.
        incidents: at least those that reach into it, and all since that grace period began.
        maintenance: announced times.
        until: nothing is known of slots from here on.
        settled: slots from here on may still get their result, and are not missed.
    """

    monitor_id: str
    results: Sequence[Result]
    incidents: Sequence[Incident]
    maintenance: Sequence[Interval]
    until: datetime
    settled: datetime


def count(stretch: Stretch, facts: Facts) -> Rollup:
    """Count one stretch."""
    scheduled = [each for each in facts.results if each.purpose is Purpose.SCHEDULED]
    inside = [each for each in scheduled if stretch.span.holds(each.slot)]
    slots = {each.slot for each in scheduled if each.outcome is not Outcome.UNKNOWN}
    announced = intersect([stretch.span], facts.maintenance)
    silences = _silences(stretch, slots, facts.until)
    unjudged = merge([*silences, *_warm_up(stretch.grace, facts)])
    unknown = subtract(intersect([stretch.span], unjudged), announced)
    known = subtract([stretch.span], [*unknown, *announced])
    outages = [
        each
        for each in facts.incidents
        if each.severity == OUTAGE and each.opened_at < (each.resolved_at or stretch.end)
    ]
    spells = down_spells(outages, stretch.end)
    settled = Interval(stretch.start, min(stretch.end, facts.settled))
    planned = count_slots(facts.monitor_id, stretch.interval_seconds, settled.start, settled.end)
    return Rollup(
        stretch=stretch,
        regions=_by_region(inside),
        planned=planned,
        covered=min(planned, sum(1 for slot in slots if settled.holds(slot))),
        watched_ms=milliseconds(stretch.end - stretch.start),
        maintenance_ms=milliseconds(total(announced)),
        unknown_ms=milliseconds(total(unknown)),
        down_ms=milliseconds(total(intersect(spells, known))),
        opened=sum(1 for each in outages if stretch.span.holds(each.opened_at)),
        is_down_before=any(
            each.opened_at < stretch.start < (each.resolved_at or stretch.end) for each in outages
        ),
        silent=tuple(Interval(whole_ms(each.start), whole_ms(each.end)) for each in unknown),
    )


def down_spells(incidents: Iterable[Incident], end: datetime) -> list[Interval]:
    """Return the time in confirmed outages; one that flaps is down only in parts of its time.

    Args:
        end: of what is still open.
    """
    outages = (each for each in incidents if each.severity == OUTAGE)
    return [span for each in outages for span in each.down_spells(end)]


def _silences(stretch: Stretch, slots: Iterable[datetime], until: datetime) -> list[Interval]:
    start = max(stretch.start - stretch.reach, stretch.began)
    end = stretch.end if stretch.closed else min(stretch.end + stretch.reach, until)
    interval = timedelta(seconds=stretch.interval_seconds)
    # A probe ends within its interval: so long the newest result may still be on its way.
    return list(silences(interval, slots, Interval(start, max(start, end)), on_its_way=interval))


def _warm_up(grace: Interval | None, facts: Facts) -> list[Interval]:
    if grace is None:
        return []
    return [warm_up(grace, find_first_pass(grace, facts.results), facts.incidents)]


def _by_region(results: Iterable[Result]) -> dict[str, RegionCount]:
    found: dict[str, RegionCount] = defaultdict(RegionCount)
    for each in results:
        counted = found[each.region]
        setattr(counted, each.outcome, getattr(counted, each.outcome) + 1)
        counted.degraded += each.degraded
        if each.outcome is Outcome.SUCCESS and each.latency_ms is not None:
            counted.latency.add(each.latency_ms)
    return dict(found)
