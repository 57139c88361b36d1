"""I9: every rollup equals a recount of the raw results, in whatever order these come."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.uptime.rollup import Rollup, add_rollups
from sentinelmesh.domain.uptime.uptime import uptime
from sentinelmesh.domain.values.interval import Interval, merge
from sentinelmesh.errors import StaleState
from sentinelmesh.messages import RecountMessage
from tests.property.counting import Count
from tests.support.builders import REGIONS, START, a_monitor, a_result, an_incident

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIFE = 3 * HOUR
CALM = timedelta(minutes=2)

MOMENTS = st.sampled_from([0, 46_000, 123_456])
delays = st.one_of(
    st.floats(0, 20), st.just(0.0), st.floats(20, 600), st.floats(600, 4 * 3600), st.none()
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Monitor, list[tuple[datetime, datetime, Outcome]]]:
    """Draw slots with the moments at which their results arrive; some never do."""
    interval = draw(st.sampled_from([60, 300, 600, 1800, 3600]))
    began = START + timedelta(seconds=draw(st.integers(0, 3000)), microseconds=draw(MOMENTS))
    monitor = a_monitor(interval_seconds=interval, scheduled_since=began, created_at=began)
    arriving = []
    for slot in planned_slots(monitor.id, interval, began, began + max(LIFE, 5 * monitor.interval)):
        delay = draw(delays)
        if delay is not None:
            outcome = draw(st.sampled_from(Outcome))
            arriving.append((slot + timedelta(seconds=delay), slot, outcome))
    return monitor, sorted(arriving)


def live(
    monitor: Monitor, arriving: list[tuple[datetime, datetime, Outcome]], after: timedelta = CALM
) -> Count:
    """Let results arrive.

    Args:
        after: how long nothing comes then; the calm is as long as orders wait.
    """
    count = Count()
    count.monitors.create(monitor)
    for place, (arrives_at, slot, outcome) in enumerate(arriving):
        region = REGIONS[place % len(REGIONS)]
        count.see(a_result(monitor, slot, region, outcome=outcome), arrives_at)
    count.wait_until(count.now + after)
    return count


@settings(max_examples=40, phases=[Phase.generate])
@given(lives())
def test_every_rollup_equals_a_recount(
    life: tuple[Monitor, list[tuple[datetime, datetime, Outcome]]],
) -> None:
    monitor, arriving = life
    assert live(monitor, arriving).differences(monitor) == []


@pytest.mark.parametrize("by_day", [False, True])
@settings(max_examples=25, phases=[Phase.generate])
@given(life=lives(), minutes=st.integers(0, 400))
def test_a_window_is_the_same_from_rollups_as_from_raw_results(
    life: tuple[Monitor, list[tuple[datetime, datetime, Outcome]]],
    minutes: int,
    *,
    by_day: bool,
) -> None:
    monitor, arriving = life
    counted, raw = live(monitor, arriving), Count()
    raw.monitors.create(monitor)
    raw.now = counted.now
    for place, (_, slot, outcome) in enumerate(arriving):
        raw.results.put(a_result(monitor, slot, REGIONS[place % 3], outcome=outcome))
    end = counted.now + MINUTE
    window = Interval(max(monitor.created_at, end - minutes * MINUTE), end)
    seen = uptime(counted.read(monitor, window, by_day=by_day), window.start)
    wanted = uptime(raw.read(monitor, window, by_day=by_day), window.start)
    assert replace(seen, counted_from=START, series=()) == replace(
        wanted, counted_from=START, series=()
    )


MONITOR = a_monitor(created_at=START)


def minutes_of(count: Count, monitor: Monitor, start: datetime, end: datetime) -> None:
    for slot in planned_slots(monitor.id, monitor.interval_seconds, start, end):
        count.see(a_result(monitor, slot, REGIONS[0], latency_ms=40.0), slot)


def whole(count: Count, monitor: Monitor = MONITOR) -> Rollup:
    (day,) = count.rollups.list_days(monitor.id, START, START + timedelta(hours=11))
    return day


def test_an_incident_that_is_confirmed_late_changes_the_hours_before() -> None:
    count = Count()
    count.monitors.create(MONITOR)
    minutes_of(count, MONITOR, START, START + 3 * HOUR)
    assert whole(count).down_ms == 0
    began = START + 50 * MINUTE
    count.open(an_incident(opened_at=began))
    count.recounter().carry_out(RecountMessage(monitor_id=MONITOR.id, since=began))
    assert count.differences(MONITOR) == []
    day = whole(count)
    assert day.down_ms == (day.stretch.end - began) / timedelta(milliseconds=1)
    assert (day.opened, day.is_down_before) == (1, False)


def test_a_pause_ends_what_was_watched_and_a_resumption_begins_anew() -> None:
    count = Count()
    count.monitors.create(MONITOR)
    minutes_of(count, MONITOR, START, START + 95 * MINUTE)
    paused = replace(MONITOR, revision=2, paused=True, updated_at=START + 95 * MINUTE)
    count.monitors.replace(paused)
    assert count.recounts.edited([MONITOR.id]) == set()
    count.wait_until(count.now + 15 * MINUTE)
    assert whole(count).watched_ms == 95 * 60_000
    resumed = replace(MONITOR, revision=3, scheduled_since=START + 4 * HOUR + 7 * MINUTE)
    count.monitors.replace(resumed)
    minutes_of(count, resumed, resumed.scheduled_since, START + 6 * HOUR)
    assert count.differences(resumed) == []
    day = whole(count)
    watched = 95 * MINUTE + (day.stretch.end - resumed.scheduled_since)
    assert day.watched_ms == watched / timedelta(milliseconds=1)
    assert (day.unknown_ms, day.planned - day.covered) == (0, 0)


def test_a_late_result_ends_a_silence_in_the_hours_on_both_sides() -> None:
    count = Count()
    count.monitors.create(MONITOR)
    hour = START + 2 * HOUR
    minutes_of(count, MONITOR, START, hour - 2 * MINUTE)
    minutes_of(count, MONITOR, hour + 3 * MINUTE, hour + 2 * HOUR)
    silent = [each.unknown_ms for each in count.rollups.list_hours(MONITOR.id, START, hour + HOUR)]
    assert (silent[0], round(silent[1], -5), round(silent[2], -5)) == (0, 100_000, 200_000)
    (late,) = planned_slots(MONITOR.id, 60, hour, hour + MINUTE)
    count.see(a_result(MONITOR, late, REGIONS[1], latency_ms=40.0), count.now)
    count.wait_until(count.now + CALM)
    assert count.differences(MONITOR) == []
    heard = [each.unknown_ms for each in count.rollups.list_hours(MONITOR.id, START, hour + HOUR)]
    assert heard[:3] == [0, 0, 0]


def test_a_timetable_that_begins_within_the_first_second_of_an_hour_is_found_again() -> None:
    """As text, a fraction of a second sorts before its own second."""
    began = START + timedelta(milliseconds=46)
    monitor = replace(MONITOR, created_at=began, scheduled_since=began)
    count = Count()
    count.monitors.create(monitor)
    minutes_of(count, monitor, began, START + 2 * HOUR)
    hours = count.rollups.list_hours(monitor.id, START, count.now)
    assert [each.stretch.start for each in hours] == [began, START + HOUR]
    assert count.differences(monitor) == []


def test_what_may_have_expired_in_part_is_left_as_it_is() -> None:
    count = Count()
    count.monitors.create(MONITOR)
    minutes_of(count, MONITOR, START, START + 2 * HOUR)
    before = count.rollups.list_hours(MONITOR.id, START, START + 2 * HOUR)
    count.now = START + timedelta(days=29, hours=23)
    late = a_result(MONITOR, START + 30 * MINUTE, REGIONS[1])
    count.see(late, count.now)
    count.wait_until(count.now + CALM)
    assert count.rollups.list_hours(MONITOR.id, START, START + 2 * HOUR) == before


def test_a_count_that_others_overtook_begins_again() -> None:
    """Between its reading and its writing another one counts a result that it has not seen."""
    count = Count()
    count.monitors.create(MONITOR)
    minutes_of(count, MONITOR, START, START + HOUR)
    order = RecountMessage(monitor_id=MONITOR.id, until=START + HOUR)
    late = a_result(MONITOR, START + 30 * MINUTE, REGIONS[1], latency_ms=40.0)
    overtaken: list[Rollup] = []
    put_hour = count.rollups.put_hour

    def overtake(monitor_id: str, rollup: Rollup) -> None:
        if not overtaken:
            overtaken.append(rollup)
            count.results.put(late)
            count.recounter().carry_out(order)
        put_hour(monitor_id, rollup)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(count.rollups, "put_hour", overtake)
        count.recounter().carry_out(order)
    assert count.differences(MONITOR) == []
    assert whole(count).counted("success") == 56


@pytest.mark.parametrize("name", ["put_day", "put_gaps"])
def test_a_count_that_failed_halfway_is_completed_though_there_is_nothing_new(name: str) -> None:
    count = Count()
    paused = replace(MONITOR, paused=True, updated_at=START + HOUR)
    count.monitors.create(paused)
    count.now = START + 2 * HOUR
    order = RecountMessage(monitor_id=MONITOR.id, until=START + HOUR)
    put = getattr(count.rollups, name)
    failed: list[Any] = []

    def fail_once(*asked: Any) -> None:
        if not failed:
            failed.append(asked)
            raise StaleState("others were faster")
        put(*asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(count.rollups, name, fail_once)
        count.recounter().carry_out(order)
    assert failed
    assert count.differences(paused) == []
    assert whole(count).watched_ms == HOUR / timedelta(milliseconds=1)
    assert count.rollups.get_gaps(MONITOR.id).paused[0].start == START + HOUR


def test_gaps_that_others_found_meanwhile_are_not_forgotten() -> None:
    """A count that finds nothing new has read the hours before another one counts a silence."""
    count = Count()
    count.monitors.create(MONITOR)
    minutes_of(count, MONITOR, START, START + HOUR)
    known, longer = (
        RecountMessage(monitor_id=MONITOR.id, since=START, until=START + each * HOUR)
        for each in (1, 2)
    )
    count.recounter().carry_out(known)
    count.now = START + 3 * HOUR
    meanwhile = [longer]
    list_hours = count.rollups.list_hours

    def overtake(*asked: Any, **how: Any) -> list[Rollup]:
        found = list_hours(*asked, **how)
        if meanwhile and asked[2] - asked[1] == timedelta(days=1):
            count.recounter().carry_out(meanwhile.pop())
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(count.rollups, "list_hours", overtake)
        count.recounter().carry_out(known)
    assert not meanwhile
    silent = [span for each in list_hours(MONITOR.id, START, count.now) for span in each.silent]
    assert silent
    assert list(count.rollups.get_gaps(MONITOR.id).silent) == merge(silent)


def test_a_month_of_three_regions_adds_up_to_what_each_hour_says() -> None:
    count = Count()
    count.monitors.create(MONITOR)
    minutes_of(count, MONITOR, START, START + 5 * HOUR + 10 * MINUTE)
    hours = count.rollups.list_hours(MONITOR.id, START, START + 6 * HOUR)
    assert len(hours) == 5
    assert replace(add_rollups(hours), revision=0) == replace(whole(count), revision=0)
