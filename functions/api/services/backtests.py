"""Back-testing: what is read for it, and how far back two seconds of work reach."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from functions.api.backend import Backend
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.backtest import Backtest, Course, backtest, course
from sentinelmesh.history import incidents_since
from sentinelmesh.recurrence import list_announced

# A month at 60 s has 43,200 results, which are read and played in about a second.
MAX_RESULTS = 60_000
# A result that may move something takes 0.2 ms, others next to nothing.
MAX_EVENTFUL = 6_000
# Incidents whose alert rows are counted.
MAX_COUNTED = 100


def run_backtest(
    backend: Backend, monitor: Monitor, window: Interval
) -> tuple[Backtest, Interval, int]:
    """Try a monitor's policy on its past.

    Results of all revisions count, as far back as the present timetable reaches.

    Cost: see `PastVotes.read`; one query for the incidents, and one for the alerts of each.

    Returns:
        What came of it, the time that was looked at, and the number of results in it.
    """
    within = _readable(monitor, window)
    before = Interval(within.start - monitor.interval, within.end)
    results = [
        each
        for each in backend.past.read(monitor.id, monitor.revision, before)
        if each.slot >= within.start or _is_first(each, monitor, within)
    ]
    start = eventful_since(results)
    if start is not None:
        within = Interval(start, within.end)
        results = [each for each in results if each.slot >= start]
    actual = _actual(backend, monitor, within)
    report = backtest(
        monitor,
        results,
        actual,
        channels=backend.channels.list(),
        within=within,
        maintenance=list_announced(backend.maintenance.list(), monitor, within),
    )
    return report, within, len(results)


def _readable(monitor: Monitor, window: Interval) -> Interval:
    """Cut a window to the present timetable, and to as many results as can be read in time."""
    per_slot = len(monitor.regions) if monitor.strategy == "all" else 1
    most = MAX_RESULTS // per_slot * monitor.interval
    start = max(window.start, monitor.scheduled_since, window.end - most)
    return Interval(min(start, window.end), window.end)


def _is_first(result: Result, monitor: Monitor, within: Interval) -> bool:
    """Whether it is of the slot that was at hand when the timetable began, and probed after that.

    A slot is sent out a moment after it began: whoever adds a monitor in between gets it at once.
    """
    return within.start == monitor.scheduled_since and result.started_at >= within.start


def explain_start(monitor: Monitor, window: Interval, within: Interval) -> str | None:
    """Return why a back-test does not reach back to the beginning of its window, if it does not."""
    if within.start <= window.start:
        return None
    if within.start == monitor.scheduled_since:
        return "the present schedule began then: created, resumed, or with another interval before"
    return "so much happened since then that more cannot be evaluated in time"


def eventful_since(results: Sequence[Result]) -> datetime | None:
    """Say from which slot on so much happened that more cannot be played; None if all can be."""
    count, newer = 0, None
    for each in sorted(results, key=lambda result: result.slot, reverse=True):
        is_eventful = each.purpose is Purpose.VERIFICATION or each.outcome is not newer
        count, newer = count + is_eventful, each.outcome
        if count > MAX_EVENTFUL:
            return each.slot + timedelta(microseconds=1)
    return None


def _actual(backend: Backend, monitor: Monitor, within: Interval) -> Course:
    """Sum up what really happened."""
    known = incidents_since(backend.incidents, monitor.id, within.start)
    incidents = [
        each
        for each in known
        if (each.resolved_at or within.end) > within.start and each.opened_at < within.end
    ]
    alerts = sum(
        len(backend.alerts.list_of_incident(each.incident_id)) for each in incidents[:MAX_COUNTED]
    )
    return course(incidents, alerts, within)
