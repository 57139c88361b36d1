"""Coverage and unknown, as the API shows them, against a recount slot by slot."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.uptime.rollup import Stretch
from sentinelmesh.domain.uptime.rollup_builder import Facts, count
from sentinelmesh.domain.uptime.uptime import Uptime, uptime
from tests.simulation.oracle.remains import Remains

WINDOW = timedelta(hours=1)
# Figures have three digits behind the point.
ROUNDING = 0.001


def gaps(remains: Remains) -> Iterator[str]:
    """I1: slots planned are results and explicit gaps; a long gap is unknown, never up or down."""
    for monitor in remains.monitors.values():
        if monitor.paused:
            continue
        start = remains.now - WINDOW
        figures = _figures(remains, monitor, start)
        missing = list(_missing(remains, monitor, start))
        planned = missing.count(True) + missing.count(False)
        covered = 100 * missing.count(False) / planned if planned else 0.0
        shown = figures.coverage_percent
        if shown is not None and abs(shown - covered) > ROUNDING:
            yield f"I1: {monitor.name} shows a coverage of {shown} %, it is {covered} %"
        if not any(missing) and figures.unknown_seconds > 0:
            yield f"I1: {monitor.name} has every result, {figures.unknown_seconds} s are unknown"
        if _has_long_gap(missing) and figures.unknown_seconds == 0:
            yield f"I1: {monitor.name} was silent for long, and no time is unknown"
        if figures.downtime_seconds + figures.unknown_seconds > WINDOW.total_seconds():
            yield f"I1: {monitor.name} was down in time that is unknown"


def _figures(remains: Remains, monitor: Monitor, start: datetime) -> Uptime:
    stretch = Stretch(
        start=max(start, monitor.scheduled_since),
        end=remains.now,
        interval_seconds=monitor.interval_seconds,
        began=monitor.scheduled_since,
    )
    facts = Facts(
        monitor_id=monitor.id,
        results=remains.results.get(monitor.id, []),
        incidents=[each for each in remains.incidents if each.monitor_id == monitor.id],
        maintenance=(),
        until=remains.now,
        settled=remains.now - monitor.timeout,
    )
    return uptime([count(stretch, facts)], start)


def _missing(remains: Remains, monitor: Monitor, start: datetime) -> Iterator[bool]:
    """Say of each planned slot whether nobody saw anything."""
    seen = {
        each.slot
        for each in remains.results.get(monitor.id, ())
        if each.outcome is not Outcome.UNKNOWN and each.purpose is Purpose.SCHEDULED
    }
    since = max(start, monitor.scheduled_since)
    end = remains.now - monitor.timeout
    for slot in planned_slots(monitor.id, monitor.interval_seconds, since, end):
        yield slot not in seen


def _has_long_gap(missing: list[bool]) -> bool:
    """Return whether three slots in a row are missing between two that are there."""
    marks = "".join("-" if each else "r" for each in missing).strip("-")
    return "---" in marks
