"""On which days a rule happens: looked up near a day, never walked to from the first."""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from types import FrameType
from typing import Any

import pytest

from sentinelmesh.domain.monitors import recurring_days
from sentinelmesh.domain.monitors.recurrence_rule import parse_rule
from sentinelmesh.domain.monitors.recurring_days import RecurringDays

DAY = timedelta(days=1)
TODAY = date(2026, 11, 30)
LONG_AGO, LATELY = date(26, 1, 5), date(2026, 11, 2)
# About a tenth of a millisecond for each thousand.
MAX_CALLS = 15_000


def days_of(text: str, first: date, until: date | None = None) -> RecurringDays:
    return RecurringDays(parse_rule(text), first, until)


def calls_of(work: Callable[[], object]) -> int:
    """Count the calls that work makes with nothing remembered: the same on any machine."""
    for remembered in (
        recurring_days._tests,
        recurring_days._select,
        recurring_days._last_counted,
    ):
        remembered.cache_clear()
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def look_cost(text: str, first: date) -> int:
    """Count the calls of a look at the last month."""
    days = days_of(text, first)
    return calls_of(lambda: list(days.between(TODAY - 31 * DAY, TODAY)))


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=10000",
        "FREQ=DAILY;COUNT=1000000",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,-1",
        "FREQ=MONTHLY;BYDAY=1MO,2TU,3WE,4TH,5FR,-1SA,-2SU;BYMONTHDAY=-31,-1",
        "FREQ=YEARLY;COUNT=400",
        "FREQ=YEARLY;BYDAY=53MO,53TU,53WE,53TH,53FR,53SA,53SU;COUNT=2;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYWEEKNO=53,-53;BYYEARDAY=-366,366;BYSETPOS=366;COUNT=2",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,-1,-366",
    ],
)
def test_no_rule_makes_a_look_expensive_however_long_ago_it_began(text: str) -> None:
    """A month is looked at: what a window of 31 days needs."""
    for first in (LONG_AGO, LATELY):
        assert look_cost(text, first) < MAX_CALLS


def test_a_look_costs_the_same_two_thousand_years_after_the_first_day() -> None:
    for text in ("FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=3", "FREQ=MONTHLY;BYDAY=-1FR"):
        assert look_cost(text, LONG_AGO) <= look_cost(text, date(2025, 1, 6)) + 10


def test_a_rule_that_never_happens_is_noticed_at_once() -> None:
    for text in ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31"):
        days = days_of(text, LATELY)
        assert days.never_happens()
        assert calls_of(days.never_happens) < MAX_CALLS
    assert not days_of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", LATELY).never_happens()
    assert days_of("FREQ=DAILY", LATELY, until=LATELY - DAY).never_happens()
    assert not days_of("FREQ=DAILY", LATELY, until=LATELY).never_happens()


def test_a_first_day_that_does_not_fit_the_rule_counts() -> None:
    """2 November 2026 is a Monday."""
    tuesdays = days_of("FREQ=WEEKLY;BYDAY=TU;COUNT=3", LATELY)
    assert list(tuesdays.between(LATELY - 9 * DAY, TODAY)) == [
        LATELY,
        LATELY + DAY,
        LATELY + 8 * DAY,
    ]


def test_a_rule_ends_with_its_count_or_its_last_day() -> None:
    counted = days_of("FREQ=DAILY;COUNT=3", LATELY)
    assert list(counted.between(LATELY, TODAY)) == [LATELY, LATELY + DAY, LATELY + 2 * DAY]
    assert list(days_of("FREQ=DAILY;COUNT=1", LATELY).between(LATELY, TODAY)) == [LATELY]
    ended = days_of("FREQ=DAILY", LATELY, until=LATELY + DAY)
    assert list(ended.between(LATELY, TODAY)) == [LATELY, LATELY + DAY]


def test_a_count_that_reaches_too_far_is_known_and_does_not_end() -> None:
    assert days_of("FREQ=WEEKLY;COUNT=104", LATELY).is_countable()
    assert days_of("FREQ=YEARLY;COUNT=20", LATELY).is_countable()
    far = days_of("FREQ=DAILY;COUNT=100000", LATELY)
    assert not far.is_countable()
    assert list(far.between(TODAY, TODAY)) == [TODAY]


def test_the_ends_of_the_calendar_are_reached() -> None:
    last = days_of("FREQ=DAILY", date(9999, 12, 30))
    assert list(last.between(date(9999, 12, 1), date.max)) == [date(9999, 12, 30), date.max]
    assert list(days_of("FREQ=DAILY", date.min).between(date.min, date.min + DAY)) == [
        date.min,
        date.min + DAY,
    ]
