"""Maintenance windows from what people wrote, and what of them happens now."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from functions.api.backend import Backend
from functions.api.http.problem import invalid
from functions.api.schemas.maintenance import MaintenanceIn
from sentinelmesh.domain.monitors.maintenance_window import (
    MAX_AGE,
    MAX_AHEAD,
    MAX_DURATION,
    MaintenanceWindow,
)
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.recurrence import occurrences, problem_of, zone_problem

MOMENT = timedelta(microseconds=1)
Happening = Sequence[tuple[MaintenanceWindow, Interval]]


def happening(windows: Iterable[MaintenanceWindow], now: datetime) -> Happening:
    """Return the windows that are under way, each with the time it takes."""
    moment = Interval(now, now + MOMENT)
    return [(window, span) for window in windows for span in occurrences(window, moment)]


def covering(windows: Happening, monitor: Monitor) -> Interval | None:
    """Return the time of the window that a monitor is in, the one that ends last."""
    spans = [span for window, span in windows if window.covers(monitor)]
    return max(spans, key=lambda span: span.end, default=None)


def apply_changes(
    window: MaintenanceWindow, wanted: MaintenanceIn, backend: Backend
) -> MaintenanceWindow:
    """Apply what was written to a window.

    Raises:
        Problem: 422 with the field and a sentence.
    """
    made = replace(
        window,
        name=wanted.name,
        starts_at=instant.parse(wanted.starts_at),
        ends_at=instant.parse(wanted.ends_at),
        recurrence=wanted.recurrence,
        time_zone=wanted.time_zone,
        monitors=tuple(wanted.monitors),
        tags=tuple(wanted.tags),
        everything=wanted.everything,
    )
    if made.starts_at != window.starts_at:
        _check_start(made.starts_at, backend.clock())
    if not timedelta() < made.ends_at - made.starts_at <= MAX_DURATION:
        text = f"a window must end after it starts, and within {MAX_DURATION.days} days"
        raise invalid("/ends_at", text)
    if zone := zone_problem(made.time_zone):
        raise invalid("/time_zone", zone)
    if rule := problem_of(made):
        raise invalid("/recurrence", rule)
    if made.everything == bool(made.monitors or made.tags):
        text = "name monitors or tags, or set everything to true, but not both"
        raise invalid("/everything", text)
    _check_monitors(made, window, backend)
    return made


def _check_start(starts_at: datetime, now: datetime) -> None:
    """Refuse a first occurrence that was mistyped; what is stored may grow older than this."""
    if starts_at < now - MAX_AGE:
        text = "this is more than a year ago: give the first occurrence from now on"
        raise invalid("/starts_at", text)
    if starts_at > now + MAX_AHEAD:
        raise invalid("/starts_at", "this is more than ten years ahead: check the year")


def _check_monitors(made: MaintenanceWindow, before: MaintenanceWindow, backend: Backend) -> None:
    """Check that monitors exist; those that it named before may be gone."""
    new = [each for each in made.monitors if each not in before.monitors]
    known = {each for each in new if backend.monitors.get(each) is not None}
    for place, each in enumerate(made.monitors):
        if each in new and each not in known:
            raise invalid(f"/monitors/{place}", f"there is no monitor {each[:60]}")
