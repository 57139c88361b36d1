"""Instants as text: RFC 3339, UTC, ending in Z."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.values.instant import from_epoch, milliseconds, parse, text

instants = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 (hypothesis adds the zone itself)
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)


@given(instants)
def test_what_is_written_can_be_read_to_the_millisecond(instant: datetime) -> None:
    written = text(instant)
    assert written.endswith("Z")
    assert timedelta() <= instant - parse(written) < timedelta(milliseconds=1)


@given(instants)
def test_writing_twice_changes_nothing_more(instant: datetime) -> None:
    assert text(parse(text(instant))) == text(instant)


@given(instants, instants)
def test_whole_seconds_sort_as_text_like_they_sort_in_time(one: datetime, other: datetime) -> None:
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    assert (text(one) < text(other)) == (one < other)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+05:30", "2026-01-01T21:34:05Z"),
        ("2026-01-02T03:04:05.250-01:00", "2026-01-02T04:04:05.250Z"),
    ],
)
def test_any_offset_is_understood(written: str, utc: str) -> None:
    assert text(parse(written)) == utc
    assert parse(written).tzinfo is UTC


@pytest.mark.parametrize("written", ["2026-01-02T03:04:05", "2026-01-02", "yesterday", ""])
def test_an_instant_without_an_offset_or_sense_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"time zone|Invalid isoformat"):
        parse(written)


def test_microseconds_are_cut_never_rounded_up() -> None:
    assert text(datetime(2026, 1, 1, 0, 0, 0, 999_999, UTC)) == "2026-01-01T00:00:00.999Z"
    assert text(datetime(2026, 1, 1, 0, 0, 0, 999, UTC)) == "2026-01-01T00:00:00Z"


def test_durations_are_rounded_to_the_nearest_millisecond() -> None:
    assert milliseconds(timedelta(microseconds=1_600)) == 2
    assert milliseconds(timedelta(seconds=-2)) == -2000


def test_the_epoch_is_read_as_utc() -> None:
    assert text(from_epoch(1_767_225_600)) == "2026-01-01T00:00:00Z"
