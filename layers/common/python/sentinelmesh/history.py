"""A monitor's past as rollups: read where they are stored, counted from raw results elsewhere.

Used by everybody who shows an uptime, so that all show the same figure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.uptime.rollup import HOUR, Rollup, Stretch, day_of, hour_of, stretches
from sentinelmesh.domain.uptime.rollup_builder import Facts, count
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.recurrence import list_announced
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.results import ResultsRepository, bounds
from sentinelmesh.storage.rollups import RollupsRepository

# Where no rollups are yet: all 30 days of a monitor at 60 s.
MAX_RESULTS = 50_000
PORTION = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The past of monitors.

    Args:
        kept: how long raw results are there.
        windows: gives all maintenance windows.
    """

    rollups: RollupsRepository
    results: ResultsRepository
    incidents: IncidentsRepository
    windows: Callable[[], Sequence[MaintenanceWindow]]
    kept: timedelta

    def read(self, monitor: Monitor, window: Interval, *, by_day: bool) -> list[Rollup]:
        """Return rollups that cover a window up to the present, and nothing of it twice.

        The part of an hour at either end is counted from raw results; where these are gone, the
        window begins with the whole hour.

        Args:
            window: ends now.
            by_day: begin with the whole day, and take days.

        Cost: half a read unit per 4 KB. 90 days of three regions: 5 for the days, 3 for the results
            since the newest rollup, 2 for incidents and maintenance.
        """
        start = day_of(window.start) if by_day else window.start
        if start <= window.end - self.kept:
            start = hour_of(start)
        first = start if start == hour_of(start) else hour_of(start) + HOUR
        stored = self._stored(monitor.id, first, window.end, by_day=by_day)
        newest = stored[-1].stretch if stored else self._newest(monitor.id)
        head_end = min(first, newest.end) if newest else start
        head = self._head(monitor, Interval(start, head_end), window.end)
        tail = self._tail(monitor, newest, Interval(start, window.end))
        return [*head, *stored, *tail]

    def recount(self, monitor: Monitor, wanted: Sequence[Stretch]) -> list[Rollup]:
        """Count final stretches from their raw results, strongly consistent.

        Cost: 1 read unit per 4 KB of results, incidents and maintenance windows.
        """
        until = max(each.end + each.reach for each in wanted)
        return list(self._counted(monitor, wanted, until=until, settled=until, consistent=True))

    def _stored(
        self, monitor_id: str, start: datetime, end: datetime, *, by_day: bool
    ) -> list[Rollup]:
        if not by_day:
            return self.rollups.list_hours(monitor_id, start, end)
        return self.rollups.list_days(monitor_id, start, end)

    def _newest(self, monitor_id: str) -> Stretch | None:
        found = self.rollups.newest_hour(monitor_id)
        return found.stretch if found else None

    def _head(self, monitor: Monitor, edge: Interval, until: datetime) -> Iterator[Rollup]:
        """Count the end of the hour in which a window begins."""
        if edge.start < edge.end:
            known = self.rollups.list_hours(monitor.id, edge.start, edge.end)
            yield from self._clipped(monitor, [each.stretch for each in known], edge, until)

    def _tail(self, monitor: Monitor, newest: Stretch | None, rest: Interval) -> Iterator[Rollup]:
        """Count what the newest rollup has not seen."""
        start = max(rest.start, newest.end) if newest else rest.start
        wanted = stretches(
            monitor, newest, rest.end, max(start, rest.end - self.kept), is_final=False
        )
        yield from self._clipped(monitor, wanted, Interval(start, rest.end), rest.end)

    def _clipped(
        self, monitor: Monitor, wanted: Sequence[Stretch], edge: Interval, until: datetime
    ) -> Iterator[Rollup]:
        parts = [
            replace(each, start=max(each.start, edge.start), end=min(each.end, edge.end))
            for each in wanted
        ]
        settled = until - monitor.timeout
        yield from self._counted(
            monitor, [each for each in parts if each.start < each.end], until=until, settled=settled
        )

    def _counted(
        self,
        monitor: Monitor,
        wanted: Sequence[Stretch],
        *,
        until: datetime,
        settled: datetime,
        consistent: bool = False,
    ) -> Iterator[Rollup]:
        if not wanted:
            return
        whole = Interval(wanted[0].start, wanted[-1].end)
        reach = max(each.reach for each in wanted)
        # Whether a monitor had worked before an hour of its grace period is told by what came then.
        graces = [each.grace.start for each in wanted if each.grace]
        first = min([whole.start - reach, *graces])
        incidents = list(incidents_since(self.incidents, monitor.id, first, consistent=consistent))
        maintenance = list_announced(self.windows(), monitor, whole)
        results, since = self._raw(
            monitor.id, Interval(first, whole.end + reach), consistent=consistent
        )
        for each in wanted:
            if each.end <= since:
                continue
            facts = Facts(
                monitor_id=monitor.id,
                results=results,
                incidents=incidents,
                maintenance=maintenance,
                until=until,
                settled=settled,
            )
            yield count(replace(each, start=max(each.start, since)), facts)

    def _raw(
        self, monitor_id: str, within: Interval, *, consistent: bool
    ) -> tuple[list[Result], datetime]:
        """Read results, newest first, and say from when on they are complete.

        Whoever asks for consistency wants all of them; others cannot wait for so many.
        """
        between = bounds(within.start, within.end)
        found: list[Result] = []
        for each in self.results.iterate(monitor_id, between, consistent=consistent):
            if len(found) == MAX_RESULTS and not consistent:
                # This slot is read in part only: all of it is, from the next second on.
                return found, each.slot + timedelta(seconds=1)
            found.append(each)
        return found, within.start


def incidents_since(
    incidents: IncidentsRepository, monitor_id: str, start: datetime, *, consistent: bool = False
) -> Iterator[Incident]:
    """Walk over the incidents that reach into a window, newest first; nearly always one query."""
    before = None
    while True:
        rows = incidents.list_of_monitor(monitor_id, PORTION, before, consistent=consistent)
        for incident in rows:
            yield incident
            if incident.opened_at <= start:
                return  # at most one incident is open at a time: earlier ones ended before
        if len(rows) < PORTION:
            return
        before = rows[-1].incident_id
