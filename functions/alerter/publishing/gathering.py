"""Reading what all pages say: each monitor once, on however many pages it is."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.alerter.publishing.days import DAYS, Quarter, quarter_of
from functions.alerter.publishing.showing import Known
from sentinelmesh.domain.incident import Incident
from sentinelmesh.domain.maintenance import MaintenanceWindow
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.span import Span
from sentinelmesh.domain.status_page import StatusPage
from sentinelmesh.recurrence import announced
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.states import StatesRepository

READERS = 16
PORTION, MOST_INCIDENTS = 50, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Reads what is known of the monitors of pages."""

    monitors: MonitorsRepository
    states: StatesRepository
    newest: NewestResults
    incidents: IncidentsRepository
    clock: Callable[[], datetime]

    def gather(
        self, pages: Sequence[StatusPage], windows: Sequence[MaintenanceWindow]
    ) -> dict[str, Known]:
        """Read all monitors that are shown anywhere, by id.

        Cost: about 4 read units for each monitor.
        """
        ids = list(dict.fromkeys(each.monitor_id for page in pages for each in page.monitors))
        if not ids:
            return {}
        now = self.clock()
        monitors = list(self.monitors.get_many(ids).values())
        states = self.states.get_many(ids)
        newest = self.newest.find(monitors, now)
        with ThreadPoolExecutor(READERS) as readers:
            incidents = dict(
                zip(
                    (each.id for each in monitors),
                    readers.map(lambda each: self._incidents(each, now), monitors),
                    strict=True,
                )
            )
        return {
            each.id: Known(
                monitor=each,
                state=states.get(each.id),
                seen_slot=seen.slot if (seen := newest[each.id].seen) else None,
                incidents=incidents[each.id],
                quarter=_quarter(each, incidents[each.id], windows, now),
            )
            for each in monitors
        }

    def _incidents(self, monitor: Monitor, now: datetime) -> list[Incident]:
        """Read those of ninety days, the newest first."""
        since = now - timedelta(days=DAYS)
        found: list[Incident] = []
        before = None
        while len(found) < MOST_INCIDENTS:
            rows = self.incidents.list_of_monitor(monitor.id, PORTION, before)
            found += rows
            # At most one is open at a time: what lies before this one ended before.
            if len(rows) < PORTION or rows[-1].opened_at <= since:
                break
            before = rows[-1].incident_id
        return found


def _quarter(
    monitor: Monitor,
    incidents: Sequence[Incident],
    windows: Sequence[MaintenanceWindow],
    now: datetime,
) -> Quarter:
    reach = Span(now - timedelta(days=DAYS), now)
    return quarter_of(monitor, incidents, announced(windows, monitor, reach), now)
