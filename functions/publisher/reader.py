"""Reading what all pages say: each monitor once, on however many pages it is."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.publisher.days import DAYS, Quarter, first_day, quarter_of
from functions.publisher.page_model import MonitorSnapshot
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.status_pages.status_page import StatusPage
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.history import History
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.states import StatesRepository

READERS = 16
PORTION, MAX_INCIDENTS = 50, 500
# Days change slowly, but for those with an outage: what is up or down now is looked at each time.
# Those of a new monitor do not: what is kept is never off by more than a tenth of a percent.
MAX_KEPT, MAX_KEPT_SHARE = timedelta(minutes=10), 1 / 1000
# When they were read, and what was known of incidents then.
Read = tuple[datetime, tuple[tuple[str, datetime | None], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Reads what is known of the monitors of pages; keeps their days for a while."""

    monitors: MonitorsRepository
    states: StatesRepository
    newest: NewestResults
    incidents: IncidentsRepository
    history: History
    clock: Callable[[], datetime]
    _kept: dict[str, tuple[Read, Quarter]] = field(default_factory=dict)

    def gather(self, pages: Sequence[StatusPage]) -> dict[str, MonitorSnapshot]:
        """Read all monitors that are shown anywhere, by id.

        Cost: about 4 read units for each monitor, and 10 every ten minutes.
        """
        ids = list(dict.fromkeys(each.monitor_id for page in pages for each in page.monitors))
        if not ids:
            return {}
        now = self.clock()
        monitors = list(self.monitors.get_many(ids).values())
        states = self.states.get_many(ids)
        newest = self.newest.find(monitors, now)
        with ThreadPoolExecutor(READERS) as readers:
            past = list(readers.map(lambda each: self._past(each, now), monitors))
        return {
            each.id: MonitorSnapshot(
                monitor=each,
                state=states.get(each.id),
                seen_slot=seen.slot if (seen := newest[each.id].seen) else None,
                incidents=incidents,
                quarter=quarter,
            )
            for each, (incidents, quarter) in zip(monitors, past, strict=True)
        }

    def _past(self, monitor: Monitor, now: datetime) -> tuple[list[Incident], Quarter]:
        incidents = self._incidents(monitor, now)
        seen = tuple((each.incident_id, each.resolved_at) for each in incidents)
        kept = self._kept.get(monitor.id)
        if kept is not None:
            (read_at, known), quarter = kept
            fresh = min(MAX_KEPT, MAX_KEPT_SHARE * (now - monitor.created_at))
            if known == seen and now - fresh < read_at <= now:
                return incidents, quarter
        start = max(first_day(now), monitor.created_at)
        rollups = self.history.read(monitor, Interval(min(start, now), now), by_day=True)
        quarter = quarter_of(rollups, now)
        if quarter.uptime_percent is not None:  # of a new monitor something will soon be known
            self._kept[monitor.id] = (now, seen), quarter
        return incidents, quarter

    def _incidents(self, monitor: Monitor, now: datetime) -> list[Incident]:
        """Read those of ninety days, the newest first."""
        since = now - timedelta(days=DAYS)
        found: list[Incident] = []
        before = None
        while len(found) < MAX_INCIDENTS:
            rows = self.incidents.list_of_monitor(monitor.id, PORTION, before)
            found += rows
            # At most one is open at a time: what lies before this one ended before.
            if len(rows) < PORTION or rows[-1].opened_at <= since:
                break
            before = rows[-1].incident_id
        return found
