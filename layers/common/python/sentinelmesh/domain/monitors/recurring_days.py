"""The days on which a recurrence rule happens, found near the days in question.

Every day is tested on its own: whether its period is one of the rule's, and whether its month,
weekday, ... are selected. Nothing walks there from the first day, so a look costs what the days in
question cost, whatever the rule says and however long ago it began. Only COUNT needs the past:
its last day is searched once, within a bounded number of days.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice

from sentinelmesh.domain.monitors.recurrence_rule import RecurrenceRule

DAY = timedelta(days=1)
# What COUNT may take to be used up, in days whose month is one of the rule's, and in years.
MAX_COUNTED_DAYS, MAX_COUNTED_YEARS = 1000, 30
# A rule that does not happen for so long is taken to never happen.
MAX_PATIENCE_YEARS = 9

Test = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class RecurringDays:
    """A rule from a first day on, which always counts, whether it fits the rule or not.

    Args:
        until: the last day that may count.
    """

    rule: RecurrenceRule
    first: date
    until: date | None = None

    def between(self, start: date, end: date) -> Iterator[date]:
        """Yield the days of a range that count, its end included, in order."""
        if start <= self.first <= end:
            yield self.first
        last = min(end, self.until or end, _last_counted(self) or end)
        yield from _fitting(self, max(start, self.first + DAY), last)

    def is_countable(self) -> bool:
        """Return True unless COUNT reaches farther than anybody counts."""
        return self.rule.count is None or _last_counted(self) is not None

    def never_happens(self) -> bool:
        """Return True if no day fits the rule, from the first day on."""
        patience = _years_after(self.first, MAX_PATIENCE_YEARS)
        end = min(patience, self.until or patience)
        return next(_fitting(self, self.first, end), None) is None


@lru_cache(maxsize=1024)
def _last_counted(days: RecurringDays) -> date | None:
    """Return the day on which COUNT is used up; None without COUNT, or when it is too far away."""
    more = (days.rule.count or 0) - 1
    if more <= 0:
        return days.first if more == 0 else None
    end = _years_after(days.first, MAX_COUNTED_YEARS)
    tests = _tests(days)
    candidates = islice(_in_months(tests[0], days.first + DAY, end), MAX_COUNTED_DAYS)
    fitting = (day for day in candidates if _passes(days, tests[1], day))
    return next(islice(fitting, more - 1, None), None)


def _fitting(days: RecurringDays, start: date, end: date) -> Iterator[date]:
    of_month, of_day = _tests(days)
    for day in _in_months(of_month, start, end):
        if _passes(days, of_day, day):
            yield day


def _in_months(tests: tuple[Test, ...], start: date, end: date) -> Iterator[date]:
    """Yield the days of a range whose month passes; a month that does not costs one test."""
    day = start
    while day <= end:
        last = day.replace(day=_days_in_month(day))
        if all(test(day) for test in tests):
            stop = min(end, last).toordinal()
            yield from map(date.fromordinal, range(day.toordinal(), stop + 1))
        if last == date.max:
            return
        day = last + DAY


def _passes(days: RecurringDays, tests: tuple[Test, ...], day: date) -> bool:
    if not all(test(day) for test in tests):
        return False
    if not days.rule.positions:
        return True
    return day in _select(days, _period_start(days.rule, day))


@lru_cache(maxsize=1024)
def _select(days: RecurringDays, start: date) -> frozenset[date]:
    """Return the days of a period that BYSETPOS picks."""
    of_month, of_day = _tests(days)
    end = start + _period_length(days.rule, start) - DAY
    found = [day for day in _in_months(of_month, start, end) if all(test(day) for test in of_day)]
    size = len(found)
    places = (each - 1 if each > 0 else size + each for each in days.rule.positions)
    return frozenset(found[place] for place in places if 0 <= place < size)


def _period_start(rule: RecurrenceRule, day: date) -> date:
    if rule.frequency == "WEEKLY":
        return day - timedelta(days=(day.weekday() - rule.week_start) % 7)
    if rule.frequency == "MONTHLY":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if rule.frequency == "YEARLY" else day


def _period_length(rule: RecurrenceRule, start: date) -> timedelta:
    lengths = {"MONTHLY": _days_in_month(start), "YEARLY": _days_in_year(start), "WEEKLY": 7}
    return timedelta(days=lengths.get(rule.frequency, 1))


@lru_cache(maxsize=1024)
def _tests(days: RecurringDays) -> tuple[tuple[Test, ...], tuple[Test, ...]]:
    """Return what a day has to pass: tests that hold for its whole month, and the others."""
    rule = _complete(days.rule, days.first)
    period = _period_number(rule)
    origin = period(days.first)
    in_phase: list[Test] = []
    if rule.interval > 1:
        in_phase.append(lambda day: (period(day) - origin) % rule.interval == 0)
    by_month: list[Test] = [lambda day: day.month in rule.months] if rule.months else []
    by_day = list(_day_tests(rule))
    if rule.frequency in {"MONTHLY", "YEARLY"}:
        return (*in_phase, *by_month), tuple(by_day)
    return tuple(by_month), (*in_phase, *by_day)


def _complete(rule: RecurrenceRule, first: date) -> RecurrenceRule:
    """Let the first day stand for what the rule leaves open (RFC 5545, 3.3.10)."""
    if rule.week_numbers or rule.year_days or rule.month_days or rule.weekdays:
        return rule
    if rule.frequency == "WEEKLY":
        return replace(rule, weekdays=frozenset({(0, first.weekday())}))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=frozenset({first.day}))
    if rule.frequency == "YEARLY":
        months = rule.months or frozenset({first.month})
        return replace(rule, months=months, month_days=frozenset({first.day}))
    return rule


def _period_number(rule: RecurrenceRule) -> Callable[[date], int]:
    numbers: dict[str, Callable[[date], int]] = {
        "DAILY": date.toordinal,
        # Day 1 of the calendar is a Monday.
        "WEEKLY": lambda day: (day.toordinal() - 1 - rule.week_start) // 7,
        "MONTHLY": lambda day: 12 * day.year + day.month,
        "YEARLY": lambda day: day.year,
    }
    return numbers[rule.frequency]


def _day_tests(rule: RecurrenceRule) -> Iterator[Test]:
    if rule.weekdays:
        yield _weekday_test(rule)
    if rule.month_days:
        yield _number_test(rule.month_days, lambda day: day.day, _days_in_month)
    if rule.year_days:
        yield _number_test(rule.year_days, _day_of_year, _days_in_year)
    if rule.week_numbers:
        yield _week_test(rule)


def _week_test(rule: RecurrenceRule) -> Test:
    def fourth(day: date) -> date:
        return _fourth_of_week(day, rule.week_start)

    return _number_test(
        rule.week_numbers,
        lambda day: _week_of_year(fourth(day)),
        lambda day: _week_of_year(fourth(date(fourth(day).year, 12, 28))),
    )


def _number_test(
    numbers: frozenset[int], number_of: Callable[[date], int], size_of: Callable[[date], int]
) -> Test:
    """Return a test of a day's number, counted from the start or, if negative, from the end."""
    if min(numbers) > 0:
        return lambda day: number_of(day) in numbers
    return lambda day: number_of(day) in numbers or number_of(day) - size_of(day) - 1 in numbers


def _weekday_test(rule: RecurrenceRule) -> Test:
    positions: dict[int, set[int]] = {}
    for position, weekday in rule.weekdays:
        positions.setdefault(weekday, set()).add(position)
    in_month = rule.frequency == "MONTHLY" or bool(rule.months)

    def test(day: date) -> bool:
        taken = positions.get(day.weekday())
        if taken is None or 0 in taken:
            return taken is not None
        number = day.day if in_month else _day_of_year(day)
        size = _days_in_month(day) if in_month else _days_in_year(day)
        return (number + 6) // 7 in taken or -((size - number) // 7) - 1 in taken

    return test


def _days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _days_in_year(day: date) -> int:
    return 365 + isleap(day.year)


def _day_of_year(day: date) -> int:
    return day.timetuple().tm_yday


def _fourth_of_week(day: date, week_start: int) -> date:
    """Return the day of a week that says to which year it belongs (ISO 8601)."""
    return day - timedelta(days=(day.weekday() - week_start) % 7 - 3)


def _week_of_year(fourth: date) -> int:
    return (_day_of_year(fourth) + 6) // 7


def _years_after(day: date, years: int) -> date:
    return day.replace(year=min(day.year + years, 9999), day=min(day.day, 28))
