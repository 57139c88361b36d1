"""When maintenance windows happen: recurrence rules in the local time of a zone, as instants.

Each occurrence begins and ends at the same time of day as the first one, whatever happens to the
clocks in between: 22:00 to 06:00 stays 22:00 to 06:00 and lasts an hour more or less in two nights
of the year. A time that a change of clocks leaves out is read with the offset before it, a time
that it repeats is the first of the two (RFC 5545, 3.3.5). The first occurrence always counts, also
where it does not fit the rule: it was announced.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.recurrence_rule import (
    InvalidRecurrence,
    RecurrenceRule,
    parse_rule,
)
from sentinelmesh.domain.monitors.recurring_days import RecurringDays
from sentinelmesh.domain.values.interval import Interval, merge
from sentinelmesh.domain.values.time_zone import find_zone

# Local days are searched by UTC's calendar: no zone is farther from it.
MAX_OFFSET = timedelta(days=1)
# Local times before this cannot be written in every zone.
EARLIEST = datetime.min.replace(tzinfo=UTC) + MAX_OFFSET


def occurrences(window: MaintenanceWindow, within: Interval) -> Iterator[Interval]:
    """Yield the times that a window takes and that reach into a stretch, oldest first.

    Looking costs what the days of the stretch cost, however long ago the window began.
    """
    if window.starts_at >= within.end:
        return
    for each in _candidates(window, within):
        if each.start >= within.end:
            return
        if each.end > within.start:
            yield each


def list_announced(
    windows: Iterable[MaintenanceWindow], monitor: Monitor, within: Interval
) -> tuple[Interval, ...]:
    """Return the announced times of a monitor that reach into a stretch, none of them twice."""
    covering = (window for window in windows if window.covers(monitor))
    return tuple(merge(each for window in covering for each in occurrences(window, within)))


def problem_of(window: MaintenanceWindow) -> str | None:
    """Return what is wrong with the recurrence of a window, in a sentence; None if nothing is."""
    if window.recurrence is None:
        return None
    try:
        days = _days(window, parse_rule(window.recurrence))
    except InvalidRecurrence as error:
        return str(error)
    if days.never_happens():
        return "this rule never happens"
    if not days.is_countable():
        return "COUNT reaches too far into the future: end the rule with UNTIL instead"
    return None


def zone_problem(name: str) -> str | None:
    """Say in a sentence what is wrong with the name of a time zone; None if nothing is."""
    try:
        find_zone(name)
    except ValueError as error:
        return str(error)
    return None


def _candidates(window: MaintenanceWindow, within: Interval) -> Iterator[Interval]:
    """Yield the first occurrence, or those that start on the days around a stretch."""
    if window.recurrence is None:
        yield Interval(window.starts_at, window.ends_at)
        return
    zone = ZoneInfo(window.time_zone)
    starts, ends = _local(window.starts_at, zone), _local(window.ends_at, zone)
    reach = window.ends_at - window.starts_at + 2 * MAX_OFFSET
    since = max(within.start, EARLIEST + reach) - reach
    days = _days(window, _parse(window.recurrence))
    for day in days.between(since.date(), (within.end + MAX_OFFSET).date()):
        local = datetime.combine(day, starts.time())
        start = local.replace(tzinfo=zone).astimezone(UTC)
        end = (local + (ends - starts)).replace(tzinfo=zone).astimezone(UTC)
        if end <= start:
            # A change of clocks has swallowed it: then it lasts as long as the first one did.
            end = start + (window.ends_at - window.starts_at)
        yield Interval(start, end)


def _days(window: MaintenanceWindow, rule: RecurrenceRule) -> RecurringDays:
    zone = ZoneInfo(window.time_zone)
    first = _local(window.starts_at, zone)
    return RecurringDays(rule, first.date(), _last_day(rule, first, zone))


def _last_day(rule: RecurrenceRule, first: datetime, zone: ZoneInfo) -> date | None:
    """Return the last day on which an occurrence may start because of UNTIL."""
    if rule.until is None:
        return None
    until = _local(rule.until, zone) if rule.until.tzinfo else rule.until
    return until.date() if first.time() <= until.time() else until.date() - timedelta(days=1)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the time that the clocks of a zone show."""
    return max(instant, EARLIEST).astimezone(zone).replace(tzinfo=None)


_parse = lru_cache(maxsize=1024)(parse_rule)
