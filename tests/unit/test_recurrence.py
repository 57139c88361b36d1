"""When windows happen: at the same time of day, right across changes of clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.values.instant import parse, text
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.recurrence import list_announced, occurrences, problem_of, zone_problem
from tests.support.builders import START, a_monitor

BERLIN = "Europe/Berlin"


def a_window(
    starts: str, ends: str, recurrence: str | None = None, **changes: Any
) -> MaintenanceWindow:
    plain: dict[str, Any] = {
        "id": "mw_1",
        "name": "Patching",
        "starts_at": parse(starts),
        "ends_at": parse(ends),
        "created_at": START,
        "updated_at": START,
        "recurrence": recurrence,
        "time_zone": BERLIN,
        "everything": True,
    }
    return MaintenanceWindow(**{**plain, **changes})


def happens(window: MaintenanceWindow, start: str, end: str) -> list[str]:
    return [
        f"{each.start:%m-%dT%H:%M}Z/{each.end:%m-%dT%H:%M}Z"
        for each in occurrences(window, Interval(parse(start), parse(end)))
    ]


def test_a_one_off_window_happens_once() -> None:
    window = a_window("2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z")
    assert happens(window, "2026-03-01T11:59:59Z", "2026-03-02T00:00:00Z") == [
        "03-01T10:00Z/03-01T12:00Z"
    ]
    assert happens(window, "2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z") == []
    assert happens(window, "2026-02-01T12:00:00Z", "2026-03-01T10:00:00Z") == []


def test_a_night_keeps_its_time_of_day_when_clocks_change() -> None:
    """22:00 to 06:00 in Berlin: seven hours in a night of March, nine in one of October."""
    window = a_window("2026-03-27T22:00:00+01:00", "2026-03-28T06:00:00+01:00", "FREQ=DAILY")
    assert happens(window, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z") == [
        "03-28T21:00Z/03-29T04:00Z",
        "03-29T20:00Z/03-30T04:00Z",
    ]
    assert happens(window, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z") == [
        "10-24T20:00Z/10-25T05:00Z",
        "10-25T21:00Z/10-26T05:00Z",
    ]


def test_whole_days_have_23_and_25_hours_and_leave_no_gap() -> None:
    window = a_window("2026-03-01T00:00:00+01:00", "2026-03-02T00:00:00+01:00", "FREQ=DAILY")
    for start, hours in (("2026-03-29T00:00:00+01:00", 23), ("2026-10-25T00:00:00+02:00", 25)):
        day = parse(start)
        (each,) = occurrences(window, Interval(day, day + timedelta(hours=1)))
        assert each.end - each.start == timedelta(hours=hours)
    year = list(
        occurrences(window, Interval(parse("2026-03-01T00:00:00Z"), parse("2027-03-01T00:00:00Z")))
    )
    assert all(first.end == second.start for first, second in pairwise(year))


def test_a_time_that_clocks_leave_out_is_read_with_the_offset_before() -> None:
    """02:30 does not exist on 29 March: RFC 5545 takes 03:30 summer time, as if nothing changed."""
    window = a_window("2026-03-28T02:30:00+01:00", "2026-03-28T03:00:00+01:00", "FREQ=DAILY")
    assert happens(window, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z") == [
        "03-29T01:30Z/03-29T02:00Z"
    ]


def test_a_time_that_clocks_repeat_is_the_first_of_the_two() -> None:
    window = a_window("2026-10-24T02:30:00+02:00", "2026-10-24T02:45:00+02:00", "FREQ=DAILY")
    assert happens(window, "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z") == [
        "10-25T00:30Z/10-25T00:45Z"
    ]


def test_rules_of_every_kind_are_followed() -> None:
    """The second Tuesday of a month, in the evening: patch day."""
    window = a_window(
        "2026-01-13T20:00:00+01:00", "2026-01-13T22:00:00+01:00", "FREQ=MONTHLY;BYDAY=2TU"
    )
    assert happens(window, "2026-06-01T00:00:00Z", "2026-08-01T00:00:00Z") == [
        "06-09T18:00Z/06-09T20:00Z",
        "07-14T18:00Z/07-14T20:00Z",
    ]
    ended = a_window(
        "2026-01-05T20:00:00+01:00", "2026-01-05T22:00:00+01:00", "FREQ=WEEKLY;COUNT=2"
    )
    assert len(happens(ended, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")) == 2


@pytest.mark.parametrize(
    ("recurrence", "complaint"),
    [
        ("FREQ=HOURLY", "FREQ="),
        ("every day", "FREQ="),
        ("FREQ=DAILY;BYHOUR=3", "starts_at"),
        ("FREQ=DAILY;UNTIL=20270101T000000+0100", "UNTIL"),
        ("FREQ=DAILY;INTERVAL=x", "INTERVAL"),
        ("FREQ=WEEKLY;COUNT=100000", "COUNT reaches too far"),
        ("FREQ=DAILY\nEXDATE:20260101T000000", "FREQ="),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never"),
        ("FREQ=DAILY;UNTIL=20200101T000000", "never"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(recurrence: str, complaint: str) -> None:
    problem = problem_of(a_window("2026-01-05T20:00:00Z", "2026-01-05T22:00:00Z", recurrence))
    assert problem is not None
    assert complaint in problem


def test_a_good_rule_has_no_problem() -> None:
    for rule in (
        None,
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20300101T000000",
        "FREQ=WEEKLY;BYDAY=MO;UNTIL=20300101T000000Z",
        "RRULE:FREQ=WEEKLY;COUNT=10",
    ):
        assert problem_of(a_window("2026-01-03T20:00:00Z", "2026-01-03T22:00:00Z", rule)) is None
    assert zone_problem(BERLIN) is None
    for odd in ("Mars/Olympus", "../etc/passwd", "", "x" * 300, "\x00"):
        assert zone_problem(odd) is not None


def test_announced_times_of_a_monitor_are_those_of_the_windows_that_cover_it() -> None:
    monitor = a_monitor(tags=("shop",))
    span = ("2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z")
    cases: list[tuple[dict[str, Any], int]] = [
        ({"everything": True}, 1),
        ({"everything": False, "tags": ("shop", "prod")}, 1),
        ({"everything": False, "monitors": ("mon_1",)}, 1),
        ({"everything": False, "tags": ("prod",), "monitors": ("mon_2",)}, 0),
        ({"everything": False}, 0),
    ]
    day = Interval(parse("2026-03-01T00:00:00Z"), parse("2026-03-02T00:00:00Z"))
    for changes, count in cases:
        assert len(list_announced([a_window(*span, **changes)], monitor, day)) == count
    overlapping = [a_window(*span), a_window("2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z")]
    (whole,) = list_announced(overlapping, monitor, day)
    assert whole.end - whole.start == timedelta(hours=3)


def test_a_first_occurrence_that_does_not_fit_its_rule_counts_as_announced() -> None:
    """5 January 2026 is a Monday."""
    window = a_window(
        "2026-01-05T20:00:00Z", "2026-01-05T22:00:00Z", "FREQ=WEEKLY;BYDAY=TU;COUNT=2"
    )
    assert problem_of(window) is None
    assert happens(window, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z") == [
        "01-05T20:00Z/01-05T22:00Z",
        "01-06T20:00Z/01-06T22:00Z",
    ]


@pytest.mark.parametrize(
    ("until", "nights"),
    [
        # 22:00 in Berlin is 21:00 in UTC.
        ("20260107T210000Z", 3),
        ("20260107T205959Z", 2),
        ("20260107T220000", 3),
        ("20260107T215959", 2),
        ("20260107", 3),
    ],
)
def test_until_is_read_in_the_zone_of_the_window_or_in_utc(until: str, nights: int) -> None:
    window = a_window(
        "2026-01-05T22:00:00+01:00", "2026-01-06T02:00:00+01:00", f"FREQ=DAILY;UNTIL={until}"
    )
    assert len(happens(window, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")) == nights


def test_a_month_long_window_is_found_on_its_last_day() -> None:
    window = a_window(
        "2026-03-01T00:00:00Z",
        "2026-04-01T00:00:00Z",
        "FREQ=YEARLY;INTERVAL=2",
        time_zone="UTC",
    )
    found = happens(window, "2028-03-31T12:00:00Z", "2028-03-31T13:00:00Z")
    assert found == ["03-01T00:00Z/04-01T00:00Z"]


@pytest.mark.parametrize(
    ("starts", "recurrence", "count"),
    [
        ("0026-01-05T20:00:00Z", "FREQ=DAILY", 1),
        ("0001-01-01T00:00:00Z", "FREQ=DAILY;COUNT=1000000", 1),
        ("9999-12-31T20:00:00Z", "FREQ=DAILY", 0),
    ],
)
def test_stored_windows_that_could_not_be_written_any_more_do_no_harm(
    starts: str, recurrence: str, count: int
) -> None:
    """Nothing raises or takes long; those whose rule is not understood are never read."""
    begin = parse(starts)
    end = begin + min(timedelta(hours=2), datetime.max.replace(tzinfo=UTC) - begin)
    window = replace(a_window(starts, starts, recurrence), ends_at=end)
    assert len(happens(window, "2026-02-28T22:00:00Z", "2026-03-01T21:00:00Z")) == count


ZONES = st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])


@given(ZONES, st.integers(0, 23 * 60 + 59), st.integers(15, 24 * 60), st.integers(0, 500))
def test_a_daily_window_happens_each_day_at_its_time_of_day(
    zone: str, minute: int, lasts: int, day: int
) -> None:
    first = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minute)
    starts = first.astimezone(UTC)
    ends = starts + timedelta(minutes=lasts)
    window = a_window(text(starts), text(ends), "FREQ=DAILY", time_zone=zone)
    begin = starts + timedelta(days=day)
    within = Interval(begin - timedelta(hours=30), begin + timedelta(hours=30))
    found = list(occurrences(window, within))
    assert found == sorted(found)
    assert all(each.start < each.end for each in found)
    local = first.replace(tzinfo=None)
    for each in found:
        shown = each.start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        off = timedelta(minutes=(shown.hour * 60 + shown.minute) - (local.hour * 60 + local.minute))
        # In the hour that clocks leave out there is no such time of day.
        assert off in {timedelta(), timedelta(hours=1), timedelta(minutes=30)}
