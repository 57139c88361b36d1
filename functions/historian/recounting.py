"""Bringing the rollups of a monitor up to date: read, count, put; again if others were faster."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.rollup import Rollup, Stretch, added, day_of, stretches
from sentinelmesh.errors import StaleState
from sentinelmesh.history import History
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.rollups import RollupsRepository

MOST_TRIES = 5
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

    def recount(self, monitor_id: str, until: datetime, since: datetime | None = None) -> None:
        """Count everything up to an instant, and again what is out of date.

        Hours whose results may have expired in part are left as they are.

        Args:
            since: what was counted from here on is out of date.

        Cost: about 8 read units and 2 write units for an hour of a monitor at 60 s.

        Raises:
            StaleState: others kept counting the same all the time; try again.
            StoreUnavailable: try again.
        """
        monitor = self.monitors.get(monitor_id)
        if monitor is None:
            return
        for _ in range(MOST_TRIES):
            try:
                self._try(monitor, until, since)
            except StaleState:
                continue
            return
        raise StaleState(f"{monitor_id} was counted by others {MOST_TRIES} times in a row")

    def _try(self, monitor: Monitor, until: datetime, since: datetime | None) -> None:
        earliest = self.clock() - self.kept + MARGIN
        known = self._known(monitor, since, until)
        last = known[-1].stretch if known else None
        wanted = {each.start: each for each in _outdated(known, since)}
        wanted |= {each.start: each for each in stretches(monitor, last, until, earliest)}
        ordered = [each for start, each in sorted(wanted.items()) if start >= earliest]
        known_until = max([until, *(each.end + each.reach for each in ordered[-1:])])
        for place in range(0, len(ordered), PORTION):
            self._count(monitor, ordered[place : place + PORTION], known_until)

    def _known(self, monitor: Monitor, since: datetime | None, until: datetime) -> list[Rollup]:
        """Read the stretches that may have to be counted again, the newest one in any case."""
        newest = self.rollups.newest_hour(monitor.id, consistent=True)
        if newest is None:
            return []
        start, end = newest.stretch.start, max(newest.stretch.end, until)
        if since is not None:
            start = min(start, since - newest.stretch.reach)
        return self.rollups.list_hours(monitor.id, start, end, consistent=True)

    def _count(self, monitor: Monitor, wanted: Sequence[Stretch], until: datetime) -> None:
        """Count stretches; what was stored is read before the results, and must be unchanged."""
        span = wanted[0].start, wanted[-1].end
        stored = {
            each.stretch.start: each
            for each in self.rollups.list_hours(monitor.id, *span, consistent=True)
        }
        for made in self.history.recount(monitor, wanted, until):
            before = stored.get(made.stretch.start)
            if following := _next(made, before):
                self.rollups.put_hour(monitor.id, following)
        for day in sorted({day_of(each.start) for each in wanted}):
            self._add_up(monitor.id, day)

    def _add_up(self, monitor_id: str, day: datetime) -> None:
        stored = self.rollups.list_days(monitor_id, day, day + INSTANT, consistent=True)
        hours = self.rollups.list_hours(monitor_id, day, day + DAY, consistent=True)
        if following := _next(added(hours), stored[0] if stored else None):
            self.rollups.put_day(monitor_id, following)


def _outdated(known: Iterable[Rollup], since: datetime | None) -> list[Stretch]:
    """Give what was counted behind an instant, or may see a silence that reaches there."""
    if since is None:
        return []
    return [each.stretch for each in known if each.stretch.end + each.stretch.reach > since]


def _next(made: Rollup, before: Rollup | None) -> Rollup | None:
    """Make the next revision; None where nothing has changed."""
    revision = before.revision if before else 0
    if before and replace(made, revision=revision) == before:
        return None
    return replace(made, revision=revision + 1)
