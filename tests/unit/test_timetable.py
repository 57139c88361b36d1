"""Cron expressions across the changes of clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
        ("0 3-3/2 * * *", "UTC", "2026-01-01T04:00", "2026-01-02T03:00"),
        ("0 3 * * mon-MON/2,5", "UTC", "2026-01-02T04:00", "2026-01-05T03:00"),
        ("@daily", "Europe/Berlin", "2026-01-01T12:00", "2026-01-01T23:00"),
        ("@midnight", "UTC", "2026-01-01T12:00", "2026-01-02T00:00"),
        ("@hourly", "UTC", "2026-01-01T12:10", "2026-01-01T13:00"),
        (" @Weekly ", "UTC", "2026-01-01T12:00", "2026-01-04T00:00"),
        ("@monthly", "UTC", "2026-01-01T12:00", "2026-02-01T00:00"),
        ("@yearly", "UTC", "2026-01-01T12:00", "2027-01-01T00:00"),
        ("@annually", "UTC", "2026-01-01T12:00", "2027-01-01T00:00"),
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


@pytest.mark.parametrize(
    ("cron", "complaint"),
    [
        ("@reboot", "nicknames are @yearly"),
        ("@every 5m", "nicknames are"),
        ("0 0 3 * * *", "6 fields; leave out seconds, years"),
        ("0 0 3 * * ? 2026", "7 fields; leave out seconds, years"),
        ("0 3 * * * root /backup", "leave out seconds, years, users, commands"),
        ("CRON_TZ=Europe/Berlin 0 3 * * *", "time zones"),
        ("0 3 * *", "has 4 fields; write five"),
        ("", "has 0 fields"),
        ("*-*-* 03:00:00", "looks like one of systemd"),
        ("Mon,Tue *-*-* 03:00", "looks like one of systemd"),
        ("daily", "looks like one of systemd"),
        ("2026-01-01 03:00:00", "looks like one of systemd"),
        ("Mon..Fri *-*-* 03:00:00 Europe/Berlin", "looks like one of systemd"),
        ("H 3 * * *", "Bad minute"),
        ("0 3 ? * MON", "Bad day-of-month"),
    ],
)
def test_what_other_schedulers_write_is_refused_and_never_read_as_something_else(
    cron: str, complaint: str
) -> None:
    with pytest.raises(InvalidTimetable) as refused:
        cron_after(cron, "UTC", utc("2026-01-01T00:00"))
    assert "is no timetable" in str(refused.value)
    assert complaint in str(refused.value)


FIELDS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "weekday": (0, 6),
}


def numbers_of(field: str, least: int, most: int) -> set[int]:
    """Read a field of cron by the manual alone: stars, lists, ranges and steps."""
    found: set[int] = set()
    for term in field.split(","):
        places, _, step = term.partition("/")
        low, _, high = ("-".join(map(str, (least, most))) if places == "*" else places).partition(
            "-"
        )
        found.update(range(int(low), int(high or low) + 1, int(step or 1)))
    return found


@st.composite
def crons(draw: st.DrawFn) -> str:
    """Draw five fields of stars, numbers, lists, ranges and steps."""
    written = []
    for least, most in FIELDS.values():
        low = draw(st.integers(least, most))
        high = draw(st.integers(low, most))
        forms = ["*", str(low), f"{low},{high}", f"{low}-{high}", f"{low}-{high}/2", "*/3"]
        written.append(draw(st.sampled_from(["*", *forms])))
    return " ".join(written)


@given(crons(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 (UTC below)
@settings(max_examples=150, deadline=None)
def test_the_next_instant_is_the_first_minute_that_every_field_names(
    cron: str, last: datetime
) -> None:
    """An independent reading of crontab(5), minute by minute."""
    fields = dict(zip(FIELDS, cron.split(), strict=True))
    named = {name: numbers_of(fields[name], *FIELDS[name]) for name in FIELDS}
    # Debian's rule: both days must match if one of them begins with a star, else any of them.
    both = fields["day"].startswith("*") or fields["weekday"].startswith("*")
    at = last.replace(second=0, microsecond=0)
    for _ in range(2 * 24 * 60):
        at += timedelta(minutes=1)
        days = (at.day in named["day"], at.isoweekday() % 7 in named["weekday"])
        is_day = all(days) if both else any(days)
        if (
            is_day
            and at.minute in named["minute"]
            and at.hour in named["hour"]
            and at.month in named["month"]
        ):
            assert cron_after(cron, "UTC", last.replace(tzinfo=UTC)) == at.replace(tzinfo=UTC)
            return
    try:
        found = cron_after(cron, "UTC", last.replace(tzinfo=UTC))
    except InvalidTimetable:
        return
    assert found > at.replace(tzinfo=UTC)
