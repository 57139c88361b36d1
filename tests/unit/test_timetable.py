"""Cron expressions across the changes of clocks."""

from datetime import UTC, datetime

import pytest

from sentinelmesh.timetable import InvalidTimetable, cron_after


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "last", "expected"),
    [
        ("0 3 * * *", "UTC", "2026-01-01T12:00", "2026-01-02T03:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-01-01T12:00", "2026-01-02T02:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-07-01T12:00", "2026-07-02T01:00"),
        # The hour from two to three is left out on 29 March, and comes twice on 25 October.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("*/15 * * * *", "Asia/Kolkata", "2026-01-01T12:00", "2026-01-01T12:15"),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00", "2028-02-29T00:00"),
    ],
)
def test_a_timetable_follows_the_clocks_of_its_zone(
    cron: str, zone: str, last: str, expected: str
) -> None:
    assert cron_after(cron, zone, utc(last)) == utc(expected)


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("nonsense", "UTC"),
        ("60 * * * *", "UTC"),
        ("0 0 30 2 *", "UTC"),
        ("0 0 * * *", "Mars/Olympus"),
        ("0 0 * * *", "../etc/passwd"),
        ("0 0 * * *", ""),
    ],
)
def test_what_is_no_timetable_is_told_in_a_sentence(cron: str, zone: str) -> None:
    with pytest.raises(InvalidTimetable, match=r"no timetable|no time zone"):
        cron_after(cron, zone, utc("2026-01-01T00:00"))
