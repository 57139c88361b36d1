"""The incidents of the last 90 days by monitor, read once a minute for everybody who looks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock

from functions.api.backend import Backend
from sentinelmesh.domain.incidents.incident import Incident

# The uptime of 90 days begins with a whole day.
REACH = timedelta(days=91)
FRESH = timedelta(minutes=1)
PORTION = 200
# Beyond these the oldest are left out; at such a rate nobody looks at a quarter's uptime.
MAX_INCIDENTS = 10_000

ByMonitor = Mapping[str, Sequence[Incident]]


class Outages:
    """Incidents of all monitors.

    One that began before the 90 days counts as long as it is open; of those that ended within
    them and began before, nothing is seen.
    """

    def __init__(self) -> None:
        self._kept: tuple[datetime, ByMonitor] | None = None
        self._reading = Lock()

    def by_monitor(self, backend: Backend, now: datetime) -> ByMonitor:
        """Return the incidents of each monitor, at most a minute old.

        Cost: once a minute and process one query per 200 incidents, half a read unit per 4 KB.
        """
        with self._reading:
            if self._kept is None or not now - FRESH < self._kept[0] <= now:
                self._kept = now, _read(backend, now - REACH)
            return self._kept[1]


def _read(backend: Backend, since: datetime) -> ByMonitor:
    found: dict[str, list[Incident]] = defaultdict(list)
    listed = {
        each.incident_id: each
        for only_open in (False, True)
        for each in _walk(backend, since, only_open=only_open)
    }
    for incident in listed.values():
        found[incident.monitor_id].append(incident)
    return found


def _walk(backend: Backend, since: datetime, *, only_open: bool) -> Iterator[Incident]:
    """Walk over incidents, newest first; with `only_open` those of long ago too."""
    before = None
    for _ in range(MAX_INCIDENTS // PORTION):
        rows = backend.incidents.list_page(PORTION, only_open=only_open, before_id=before)
        for incident in rows:
            if incident.opened_at < since and not only_open:
                return
            yield incident
        if len(rows) < PORTION:
            return
        before = rows[-1].incident_id
