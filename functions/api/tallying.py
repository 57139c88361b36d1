"""Counting for uptime from raw results, until hourly and daily sums exist.

Results are kept for a while (`retention_days`, usually 30), and a monitor at 10 s has 259,200 of
them in 30 days, which no answer could wait for. So the newest 50,000 are counted (all 30 days of a
monitor at 60 s; about five days at 10 s), and the answer says from when on. Before that nothing is
known to be missing: uptime comes from incidents and covers the whole window.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sentinelmesh.domain.incident import Incident
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.span import Span
from sentinelmesh.domain.uptime import Tally
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.results import ResultsRepository, bounds

MOST_RESULTS = 50_000
PORTION = 50


def tallied(results: ResultsRepository, monitor: Monitor, window: Span, kept: timedelta) -> Tally:
    """Count the results of a window, as far back as results are kept.

    Cost: half a read unit per 4 KB: about 2,000 for 50,000 results, in 17 queries.
    """
    tally = Tally(window.start, window.end)
    tally.counted_from = max(window.start, window.end - kept)
    between = bounds(tally.counted_from, window.end)
    for count, result in enumerate(results.iterate(monitor.id, between)):
        if count == MOST_RESULTS:
            # This slot is counted in part only: all of it is, from the next one on.
            tally.counted_from = result.slot + monitor.interval
            break
        tally.add(result)
    return tally


def incidents_since(
    incidents: IncidentsRepository, monitor_id: str, start: datetime
) -> Iterator[Incident]:
    """Walk over the incidents that reach into a window, newest first; nearly always one query."""
    before = None
    while True:
        rows = incidents.list_of_monitor(monitor_id, PORTION, before)
        for incident in rows:
            yield incident
            if incident.opened_at <= start:
                return  # at most one incident is open at a time: earlier ones ended before
        if len(rows) < PORTION:
            return
        before = rows[-1].incident_id
