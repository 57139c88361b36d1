"""Recurrence rules, found near the days in question, agree with dateutil's walk from the first."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrule, rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.recurrence_rule import FREQUENCIES, WEEKDAYS, parse_rule
from sentinelmesh.domain.monitors.recurring_days import RecurringDays

DAY = timedelta(days=1)
WALKED = 1000 * DAY
FIRST_DAYS = st.dates(date(2023, 12, 1), date(2025, 1, 31))


def lists_of(values: st.SearchStrategy[int], most: int = 3) -> st.SearchStrategy[str]:
    texts = st.lists(values, min_size=1, max_size=most, unique=True)
    return texts.map(lambda numbers: ",".join(map(str, numbers)))


weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True).map(",".join)
numbered_weekdays = st.lists(
    st.builds(
        "{}{}".format, st.sampled_from([1, 2, 3, 4, "+1", -1, -2]), st.sampled_from(WEEKDAYS)
    ),
    min_size=1,
    max_size=3,
).map(",".join)
days_of_month = lists_of(st.sampled_from([1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -31]))
# dateutil has no week 53 from behind: RFC 5545 counts it as the first week of a year that has 53.
weeks = lists_of(st.sampled_from([1, 2, 20, 52, 53, -1, -20]))
PARTS = {
    "INTERVAL": st.sampled_from([1, 2, 3, 5, 12]),
    "BYMONTH": lists_of(st.integers(1, 12)),
    "BYMONTHDAY": days_of_month,
    "BYYEARDAY": lists_of(st.sampled_from([1, 60, 100, 365, 366, -1, -366])),
    "BYWEEKNO": weeks,
    "BYSETPOS": lists_of(st.sampled_from([1, 2, 3, -1, -2])),
    "WKST": st.sampled_from(WEEKDAYS),
    "COUNT": st.integers(1, 20),
}


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Draw a rule with up to three parts beside its frequency."""
    frequency = draw(st.sampled_from(FREQUENCIES))
    chosen = draw(st.lists(st.sampled_from(["BYDAY", *PARTS]), max_size=3, unique=True))
    is_long = frequency in {"MONTHLY", "YEARLY"}
    by_day = weekdays | numbered_weekdays if is_long else weekdays
    parts = [f"{name}={draw(PARTS.get(name, by_day))}" for name in chosen]
    return ";".join([f"FREQ={frequency}", *parts])


def walked(text: str, first: date, until: date) -> Iterator[date]:
    """Walk from the first day on, which counts also where it does not fit (RFC 5545, 3.8.5.3)."""
    rule = rrulestr(text, dtstart=datetime.combine(first, time()))
    assert isinstance(rule, rrule)
    count = parse_rule(text).count
    yield first
    endless = rule.replace(count=None, until=datetime.combine(until, time()))
    others = (each.date() for each in endless if each.date() != first)
    for number, each in enumerate(others, start=1):
        if count is not None and number >= count:
            return
        yield each


def agree(text: str, first: date, start: date, end: date) -> None:
    rule = parse_rule(text)
    days = RecurringDays(rule, first)
    # What never happens has dateutil walk to the year 9999.
    if days.never_happens() or not days.is_countable():
        return
    # dateutil cuts the first week off where the rule begins, and picks from what is left.
    if rule.positions and rule.frequency == "WEEKLY" and first.weekday() != rule.week_start:
        return
    expected = [each for each in walked(text, first, end) if start <= each]
    assert list(days.between(start, end)) == list(takewhile(lambda each: each <= end, expected))


@given(rules(), FIRST_DAYS, st.integers(-40, 1000), st.integers(0, 400))
@settings(max_examples=150, deadline=None)
def test_days_near_a_moment_are_those_that_a_walk_from_the_first_day_finds(
    text: str, first: date, skipped: int, lasting: int
) -> None:
    start = first + skipped * DAY
    agree(text, first, start, start + lasting * DAY)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=10;COUNT=50",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;WKST=SU",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;INTERVAL=3;COUNT=4",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;COUNT=3",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=YEARLY;BYYEARDAY=1,-1",
    ],
)
def test_what_calendars_commonly_write_agrees_for_years(text: str) -> None:
    first = date(2024, 1, 1)
    for each in (first, date(2024, 2, 29), date(2024, 12, 31)):
        agree(text, each, each, each + WALKED)
