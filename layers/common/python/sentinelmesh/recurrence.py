"""When maintenance windows happen: recurrence rules in the local time of a zone, as instants.

The rules are RFC 5545's, worked out by python-dateutil, which is imported only where a window
recurs. Each occurrence begins and ends at the same time of day as the first one, whatever happens
to the clocks in between: 22:00 to 06:00 stays 22:00 to 06:00 and lasts an hour more or less in two
nights of the year. A time that a change of clocks leaves out is read with the offset before it, a
time that it repeats is the first of the two (RFC 5545, 3.3.5).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sentinelmesh.domain.maintenance import MOST_DURATION, MaintenanceWindow
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.span import Span, joined

if TYPE_CHECKING:
    from dateutil.rrule import rrule

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
# Local times are looked up in UTC's calendar: no zone is farther from it.
FARTHEST = timedelta(days=1)
MOST_RULE = 300
# A rule that has not happened after so long never does.
PATIENCE = timedelta(days=366 * 9)


def occurrences(window: MaintenanceWindow, within: Span) -> Iterator[Span]:
    """Walk over the times that a window takes and that reach into a stretch, oldest first."""
    first = Span(window.starts_at, window.ends_at)
    if window.recurrence is None:
        candidates: Iterable[Span] = [first]
    else:
        candidates = _recurring(window, window.recurrence, within)
    for each in candidates:
        if each.start >= within.end:
            return
        if each.end > within.start:
            yield each


def announced(
    windows: Iterable[MaintenanceWindow], monitor: Monitor, within: Span
) -> tuple[Span, ...]:
    """Give the announced times of a monitor that reach into a stretch, none of them twice."""
    covering = (window for window in windows if window.covers(monitor))
    return tuple(joined(each for window in covering for each in occurrences(window, within)))


def problem_of(window: MaintenanceWindow) -> str | None:
    """Say in a sentence what is wrong with the recurrence of a window; None if nothing is."""
    if window.recurrence is None:
        return None
    parts = dict(part.partition("=")[::2] for part in window.recurrence.upper().split(";") if part)
    if parts.get("FREQ") not in FREQUENCIES:
        return f"begin with FREQ= one of {', '.join(FREQUENCIES)}"
    if {"BYHOUR", "BYMINUTE", "BYSECOND"} & set(parts):
        return "the time of day is that of starts_at: leave BYHOUR, BYMINUTE and BYSECOND out"
    if parts.get("UNTIL", "").endswith("Z"):
        return "write UNTIL in the window's own time zone, without the Z"
    try:
        rule = _rule(window, window.recurrence)
    except (ValueError, TypeError, IndexError) as error:
        return f"this is no recurrence rule after RFC 5545: {error}"
    start = _local(window.starts_at, window)
    soon = next(iter(rule.xafter(start - timedelta(seconds=1), count=1)), None)
    if soon is None or soon > start + PATIENCE:
        return "this rule never happens"
    return None


def zone_problem(name: str) -> str | None:
    """Say in a sentence what is wrong with the name of a time zone; None if nothing is."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "there is no such time zone; write one like Europe/Berlin"
    return None


def _recurring(window: MaintenanceWindow, recurrence: str, within: Span) -> Iterator[Span]:
    zone = ZoneInfo(window.time_zone)
    starts, ends = _local(window.starts_at, window), _local(window.ends_at, window)
    early = (within.start - MOST_DURATION - FARTHEST).replace(tzinfo=None)
    for local in _rule(window, recurrence).xafter(max(early, starts - FARTHEST)):
        start = local.replace(tzinfo=zone).astimezone(UTC)
        end = (local + (ends - starts)).replace(tzinfo=zone).astimezone(UTC)
        if end <= start:
            # A change of clocks has swallowed it: then it lasts as long as the first one did.
            end = start + (window.ends_at - window.starts_at)
        yield Span(start, end)


def _local(instant: datetime, window: MaintenanceWindow) -> datetime:
    """Give the time that clocks of the window's zone show."""
    return instant.astimezone(ZoneInfo(window.time_zone)).replace(tzinfo=None)


def _rule(window: MaintenanceWindow, recurrence: str) -> "rrule":
    from dateutil.rrule import rrule, rrulestr

    made = rrulestr(recurrence, dtstart=_local(window.starts_at, window))
    if not isinstance(made, rrule):
        raise TypeError("one RRULE is needed, and nothing else")
    return made
