"""Quiet hours: by the clock on the wall, across midnight and where clocks are turned."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.quiet_hours import QuietHours

NIGHT = QuietHours(starts_at="22:00", ends_at="07:00", time_zone="Europe/Berlin")
NOON = QuietHours(starts_at="12:00", ends_at="13:30")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        (NOON, "2026-01-01T11:59:59", None),
        (NOON, "2026-01-01T12:00:00", "2026-01-01T13:30:00"),
        (NOON, "2026-01-01T13:29:59", "2026-01-01T13:30:00"),
        (NOON, "2026-01-01T13:30:00", None),
        (NIGHT, "2026-01-01T20:59:59", None),
        (NIGHT, "2026-01-01T21:00:00", "2026-01-02T06:00:00"),
        (NIGHT, "2026-01-02T05:59:59", "2026-01-02T06:00:00"),
        (NIGHT, "2026-01-02T06:00:00", None),
        (NIGHT, "2026-07-01T21:00:00", "2026-07-02T05:00:00"),
        (NIGHT, "2026-03-28T22:00:00", "2026-03-29T05:00:00"),
        (NIGHT, "2026-10-24T21:00:00", "2026-10-25T06:00:00"),
    ],
)
def test_it_is_quiet_from_the_first_minute_to_before_the_last(
    hours: QuietHours, at: str, until: str | None
) -> None:
    assert hours.end_after(utc(at)) == (utc(until) if until else None)


def test_an_end_that_the_clocks_skip_or_repeat_is_looked_at_again_in_a_minute() -> None:
    # At 03:00 of summer it is 02:00 of winter once more; 02:30 is past already, and still to come.
    berlin = QuietHours(starts_at="02:15", ends_at="02:30", time_zone="Europe/Berlin")
    again = utc("2026-10-25T01:20:00")
    assert berlin.end_after(again) == again + timedelta(minutes=1)
    assert berlin.end_after(utc("2026-10-25T00:30:00")) is None


def test_equal_ends_are_quiet_all_day_until_the_next_of_them() -> None:
    always = QuietHours(starts_at="12:00", ends_at="12:00")
    assert always.end_after(utc("2026-01-01T12:00:00")) == utc("2026-01-02T12:00:00")


times = st.times().map(lambda time: f"{time:%H:%M}")
hours = st.builds(
    QuietHours,
    starts_at=times,
    ends_at=times,
    time_zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]
    ),
).filter(lambda hours: hours.starts_at != hours.ends_at)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(hours, moments)
def test_quiet_hours_end_within_a_day_and_not_in_the_past(hours: QuietHours, at: datetime) -> None:
    until = hours.end_after(at)
    if until is None:
        wall = f"{at.astimezone(ZoneInfo(hours.time_zone)):%H:%M}"
        inside = (
            hours.starts_at <= wall < hours.ends_at
            if hours.starts_at < hours.ends_at
            else wall >= hours.starts_at or wall < hours.ends_at
        )
        assert not inside
    else:
        assert at < until <= at + timedelta(hours=26)


@pytest.mark.parametrize(
    "odd", [{"time_zone": "Mars/Olympus"}, {"time_zone": "Europe"}, {"starts_at": "26:00"}]
)
def test_hours_that_cannot_be_read_are_never_quiet(odd: dict[str, str]) -> None:
    """Written by another version, or known to a newer time zone database only."""
    hours = QuietHours(**{"starts_at": "00:00", "ends_at": "23:59", **odd})
    assert hours.end_after(utc("2026-01-01T12:00:00")) is None
