"""Bringing the rollups of a monitor up to date: read, count, put; again if others were faster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.uptime.gaps import renew
from sentinelmesh.domain.uptime.rollup import (
    REACH_INTERVALS,
    Rollup,
    Stretch,
    add_rollups,
    day_of,
    hour_of,
    stretches,
)
from sentinelmesh.errors import StaleState
from sentinelmesh.history import History
from sentinelmesh.messages import RecountMessage
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.rollups import RollupsRepository

MAX_TRIES = 5
# Stretches that are read at once: the results of so many hours have to fit into memory.
PORTION = 6
# Results that are younger than this less than they are kept are all there.
MARGIN = timedelta(hours=2)
DAY = timedelta(days=1)
INSTANT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounter:
    """Counts one monitor at a time; safe to run anywhere, any number of times.

    Args:
        kept: how long raw results are there.
    """

    monitors: MonitorsRepository
    rollups: RollupsRepository
    history: History
    kept: timedelta
    clock: Callable[[], datetime]

    def carry_out(self, order: RecountMessage) -> None:
        """Count again what is out of date, then what is new.

        Hours whose results may have expired in part are left as they are.

        Cost: for an hour of a monitor at 60 s about 15 read units and 2 write units; see
            docs/decisions/0090.

        Raises:
            StaleState: others kept counting the same all the time; try again.
            StoreUnavailable: try again.
        """
        monitor = self.monitors.get(order.monitor_id)
        if monitor is None:
            return
        for _ in range(MAX_TRIES):
            try:
                self._try(monitor, order)
            except StaleState:
                continue
            return
        raise StaleState(f"{monitor.id} was counted by others {MAX_TRIES} times in a row")

    def _try(self, monitor: Monitor, order: RecountMessage) -> None:
        earliest = self.clock() - self.kept + MARGIN
        wanted: dict[datetime, Stretch] = {}
        newest = None
        since = order.since
        if order.incident_id is not None:
            incident = self.history.incidents.get(monitor.id, order.incident_id)
            # In the hour of its grace period an outage may end the warm-up, from its beginning on.
            since = hour_of(incident.opened_at) if incident else None
        if since is not None:
            known = self._outdated(monitor, since, order.before)
            wanted |= {each.start: each for each in known}
        if order.until is not None:
            newest = self.rollups.newest_hour(monitor.id, consistent=True)
            last = newest.stretch if newest else None
            following = stretches(monitor, last, order.until, earliest)
            wanted |= {each.start: each for each in following}
        ordered = [each for start, each in sorted(wanted.items()) if start >= earliest]
        for place in range(0, len(ordered), PORTION):
            self._count(monitor, ordered[place : place + PORTION])
        if newest is not None:
            # Whoever put it may have died, or failed, before adding it up.
            day = day_of(newest.stretch.start)
            if day not in {day_of(each.start) for each in ordered}:
                self._add_up(monitor.id, day)

    def _outdated(
        self, monitor: Monitor, since: datetime, before: datetime | None
    ) -> list[Stretch]:
        """Return what was counted of a time, and what may see a silence that reaches into it."""
        reach, widest = timedelta(), REACH_INTERVALS * monitor.interval
        until = before = self.clock() + DAY if before is None else before
        known: list[Stretch] = []
        # Another timetable was valid then, perhaps, with longer silences, or a grace period.
        while reach < widest or until < before:
            reach, until = widest, before
            end = until + reach + INSTANT
            found = self.rollups.list_hours(monitor.id, since - reach, end, consistent=True)
            known = [each.stretch for each in found]
            widest = max([reach, *(each.reach for each in known)])
            before = max([until, *_grace_ends(known, since)])
        return [
            each
            for each in known
            if each.end + each.reach > since and each.start - each.reach <= before
        ]

    def _count(self, monitor: Monitor, wanted: Sequence[Stretch]) -> None:
        """Count stretches; what was stored is read before the results, and must be unchanged."""
        span = wanted[0].start, wanted[-1].end
        stored = {
            each.stretch.start: each
            for each in self.rollups.list_hours(monitor.id, *span, consistent=True)
        }
        days = set()
        for made in self.history.recount(monitor, wanted):
            before = stored.get(made.stretch.start)
            if following := _next(made, before):
                self.rollups.put_hour(monitor.id, following)
            days.add(day_of(made.stretch.start))
        for day in sorted(days):
            self._add_up(monitor.id, day)

    def _add_up(self, monitor_id: str, day: datetime) -> None:
        """Add up a day, also if no hour of it has changed: a crash may have come before."""
        # Read before the hours that they follow from: a count at the same time makes it stale.
        gaps = self.rollups.get_gaps(monitor_id)
        stored = self.rollups.list_days(monitor_id, day, day + INSTANT, consistent=True)
        hours = self.rollups.list_hours(monitor_id, day, day + DAY, consistent=True)
        if following := _next(add_rollups(hours), stored[0] if stored else None):
            self.rollups.put_day(monitor_id, following)
        after = renew(gaps, day, hours)
        if after != gaps:
            following_gaps = replace(after, revision=gaps.revision + 1)
            self.rollups.put_gaps(monitor_id, following_gaps, day)


def _next(made: Rollup, before: Rollup | None) -> Rollup | None:
    """Build the next revision; None where nothing has changed."""
    revision = before.revision if before else 0
    if before and replace(made, revision=revision) == before:
        return None
    return replace(made, revision=revision + 1)


def _grace_ends(known: Sequence[Stretch], since: datetime) -> list[datetime]:
    """Return until when a result may change counts: the first that passed ends a warm-up."""
    return [each.grace.end for each in known if each.grace and each.grace.holds(since)]
