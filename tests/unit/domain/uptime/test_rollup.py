"""Which stretches are counted when, and that their sums are those of the whole."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.uptime.rollup import (
    RegionCount,
    Rollup,
    Stretch,
    add_rollups,
    stretches,
    whole_ms,
)
from tests.support.builders import START, a_monitor

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SINCE = START + 20 * MINUTE
MONITOR = a_monitor(scheduled_since=SINCE)
EVER = START - 1000 * HOUR


def told(found: list[Stretch]) -> list[tuple[float, float, int, bool]]:
    """Write stretches in minutes of the tests' time."""
    return [
        ((each.start - START) / MINUTE, (each.end - START) / MINUTE, each.interval_seconds,
         each.closed)
        for each in found
    ]  # fmt: skip


def test_the_first_count_begins_with_the_timetable_and_is_cut_at_hours() -> None:
    found = stretches(MONITOR, None, START + 155 * MINUTE, EVER)
    assert told(found) == [(20, 60, 60, False), (60, 120, 60, False), (120, 150, 60, False)]


def test_what_later_results_may_still_call_a_silence_is_not_counted_for_good() -> None:
    assert stretches(MONITOR, None, START + 25 * MINUTE, EVER) == []
    found = stretches(MONITOR, None, START + 25 * MINUTE, EVER, is_final=False)
    assert told(found) == [(20, 25, 60, False)]


def test_nothing_is_counted_before_results_are_kept() -> None:
    found = stretches(MONITOR, None, START + 155 * MINUTE, START + 70 * MINUTE)
    assert told(found) == [(60, 120, 60, False), (120, 150, 60, False)]


def test_an_hour_that_goes_on_is_counted_as_a_whole() -> None:
    last = stretches(MONITOR, None, START + 75 * MINUTE, EVER)[-1]
    assert told(stretches(MONITOR, last, START + 145 * MINUTE, EVER)) == [
        (60, 120, 60, False), (120, 140, 60, False),
    ]  # fmt: skip


def test_an_older_order_does_not_take_anything_back() -> None:
    last = stretches(MONITOR, None, START + 85 * MINUTE, EVER)[-1]
    assert told(stretches(MONITOR, last, START + 30 * MINUTE, EVER)) == [(60, 80, 60, False)]


def test_an_edit_ends_one_timetable_and_begins_another_in_the_same_hour() -> None:
    last = stretches(MONITOR, None, START + 85 * MINUTE, EVER)[-1]
    edited = replace(MONITOR, interval_seconds=30, scheduled_since=START + 90 * MINUTE)
    assert told(stretches(edited, last, START + 132.5 * MINUTE, EVER)) == [
        (60, 90, 60, False), (90, 120, 30, False), (120, 130, 30, False),
    ]  # fmt: skip


def test_a_timetable_begins_to_be_counted_when_the_one_before_is_done_with() -> None:
    slow = a_monitor(interval_seconds=3600, scheduled_since=SINCE)
    last = stretches(slow, None, SINCE + 6 * HOUR, EVER)[-1]
    edited = replace(slow, interval_seconds=10, scheduled_since=SINCE + 7 * HOUR)
    found = stretches(edited, last, SINCE + 8 * HOUR, EVER)
    assert [each.interval_seconds for each in found] == [3600] * len(found)
    assert found[-1].end == SINCE + 3 * HOUR
    done = stretches(edited, found[-1], SINCE + 12 * HOUR, EVER)
    assert {each.interval_seconds for each in done} == {3600, 10}


def test_a_pause_closes_a_stretch_and_what_is_paused_is_not_watched() -> None:
    last = stretches(MONITOR, None, START + 85 * MINUTE, EVER)[-1]
    paused = replace(MONITOR, paused=True, updated_at=START + 88 * MINUTE)
    closed = stretches(paused, last, EVER, EVER)
    assert told(closed) == [(60, 88, 60, True)]
    assert stretches(paused, closed[-1], START + 200 * MINUTE, EVER) == []
    resumed = replace(MONITOR, scheduled_since=START + 250 * MINUTE)
    assert told(stretches(resumed, closed[-1], START + 265 * MINUTE, EVER)) == [
        (250, 260, 60, False)
    ]


def test_a_sum_spans_its_parts_and_keeps_the_newest_timetable() -> None:
    counted = enumerate(stretches(MONITOR, None, START + 95 * MINUTE, EVER), start=1)
    parts = [
        Rollup(stretch=each, planned=count, opened=1, is_down_before=count == 1)
        for count, each in counted
    ]
    whole = add_rollups(reversed(parts))
    assert (whole.stretch.start, whole.stretch.end) == (SINCE, START + 90 * MINUTE)
    assert (whole.planned, whole.opened, whole.is_down_before) == (3, 2, True)


def test_a_stretch_in_which_nothing_was_counted_adds_nothing() -> None:
    empty = Rollup(stretch=Stretch(start=SINCE, end=START, interval_seconds=60, began=SINCE))
    assert not empty.stretch.closed
    assert (empty.planned, empty.covered, empty.opened, empty.revision) == (0, 0, 0, 0)
    assert (empty.watched_ms, empty.maintenance_ms, empty.unknown_ms, empty.down_ms) == (0,) * 4
    assert (empty.is_down_before, empty.silent, dict(empty.regions)) == (False, (), {})
    count = RegionCount()
    assert (count.success, count.failure, count.unknown, count.degraded) == (0, 0, 0, 0)


def test_what_regions_saw_is_added_up_one_by_one() -> None:
    parts = [
        Rollup(stretch=each, regions={"eu": RegionCount(1, 2, 3, 4), name: RegionCount(5, 6, 7, 8)})
        for each, name in zip(
            stretches(MONITOR, None, START + 95 * MINUTE, EVER), ("us", "ap"), strict=True
        )
    ]
    whole = add_rollups(parts)
    assert whole.regions["eu"] == RegionCount(2, 4, 6, 8)
    assert whole.regions["us"] == whole.regions["ap"] == RegionCount(5, 6, 7, 8)
    seen = [whole.counted(each) for each in ("success", "failure", "unknown", "degraded")]
    assert seen == [12, 16, 20, 24]


def test_a_stretch_is_closed_only_where_the_pause_is() -> None:
    paused = replace(MONITOR, paused=True, updated_at=START + 88 * MINUTE)
    assert told(stretches(paused, None, EVER, EVER)) == [
        (20, 60, 60, False), (60, 88, 60, True),
    ]  # fmt: skip


def test_a_full_hour_that_was_counted_is_not_counted_again() -> None:
    first = stretches(MONITOR, None, START + 155 * MINUTE, EVER)[0]
    again = stretches(MONITOR, first, START + 155 * MINUTE, EVER)
    assert told(again) == [(60, 120, 60, False), (120, 150, 60, False)]


def test_an_edit_of_the_interval_alone_begins_another_timetable() -> None:
    last = stretches(MONITOR, None, START + 85 * MINUTE, EVER)[-1]
    edited = replace(MONITOR, interval_seconds=30)
    assert {each[2] for each in told(stretches(edited, last, START + 130 * MINUTE, EVER))} == {30}


def test_moments_are_kept_to_the_millisecond() -> None:
    odd = START.replace(microsecond=999_999)
    assert whole_ms(odd) == START.replace(microsecond=999_000)


def test_nothing_has_no_sum() -> None:
    with pytest.raises(ValueError, match="nothing"):
        add_rollups([])


def test_days_and_hours_are_those_of_utc() -> None:
    from sentinelmesh.domain.uptime.rollup import day_of, hour_of

    berlin = datetime.fromisoformat("2026-01-02T00:30:00+01:00")
    assert hour_of(berlin).isoformat() == "2026-01-01T23:00:00+00:00"
    assert day_of(berlin).isoformat() == "2026-01-01T00:00:00+00:00"
