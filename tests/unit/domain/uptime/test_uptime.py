"""Uptime, success and coverage: three figures that must not be confused."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.incidents.incident import Incident, IncidentState
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.uptime.rollup import Stretch
from sentinelmesh.domain.uptime.rollup_builder import Facts, count
from sentinelmesh.domain.uptime.uptime import Uptime, uptime
from sentinelmesh.domain.values.instant import text
from sentinelmesh.domain.values.interval import Interval
from tests.support.builders import REGIONS, START, a_monitor, a_result, an_incident

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MONITOR = a_monitor(created_at=START - 5 * HOUR)
END = START + HOUR
SLOTS = list(planned_slots(MONITOR.id, 60, START, END))


def figures(
    results: Iterable[Result],
    incidents: Iterable[Incident] = (),
    monitor: Monitor = MONITOR,
    maintenance: Sequence[Interval] = (),
    end: datetime = END,
) -> Uptime:
    stretch = Stretch(
        start=max(START, monitor.scheduled_since),
        end=end,
        interval_seconds=monitor.interval_seconds,
        began=max(START, monitor.scheduled_since),
    )
    facts = Facts(
        monitor_id=monitor.id,
        results=list(results),
        incidents=list(incidents),
        maintenance=maintenance,
        until=end,
        settled=end - monitor.timeout,
    )
    return uptime([count(stretch, facts)], START)


def passing(slots: Iterable[datetime] = SLOTS, **changes: object) -> list[Result]:
    return [a_result(MONITOR, slot, REGIONS[0], **changes) for slot in slots]


def outage(began: float, ended: float | None) -> Incident:
    """Build an incident; moments in minutes of the window."""
    resolved = None if ended is None else START + ended * MINUTE
    state = IncidentState.OPEN if ended is None else IncidentState.RESOLVED
    return an_incident(opened_at=START + began * MINUTE, resolved_at=resolved, state=state)


def test_an_hour_without_trouble() -> None:
    seen = figures(passing())
    assert (seen.uptime_percent, seen.success_percent, seen.coverage_percent) == (100, 100, 100)
    assert (seen.downtime_seconds, seen.incidents) == (0, 0)


@pytest.mark.parametrize(
    ("began", "ended", "seconds"),
    [
        (0, 6, 360),
        (-30, 6, 360),
        (54, None, 360),
        (54, 90, 360),
        (-30, None, 3600),
        (-30, -10, 0),
        (70, 80, 0),
        (30, 30, 0),
    ],
)
def test_an_incident_counts_as_far_as_it_reaches_into_the_window(
    began: float, ended: float | None, seconds: int
) -> None:
    seen = figures(passing(), [outage(began, ended)])
    assert seen.downtime_seconds == seconds
    assert seen.uptime_percent == pytest.approx(100 - seconds / 36, abs=0.001)
    assert seen.incidents == (1 if seconds else 0)


def test_a_hundred_percent_means_not_a_second_missing() -> None:
    almost = [an_incident(opened_at=START, resolved_at=START + timedelta(milliseconds=5))]
    assert figures(passing(), almost).uptime_percent == 99.999


def test_a_failing_probe_is_no_downtime_and_downtime_no_failing_probe() -> None:
    half = passing(SLOTS[:30]) + passing(SLOTS[30:], outcome=Outcome.FAILURE)
    seen = figures(half)
    assert (seen.success_percent, seen.uptime_percent, seen.coverage_percent) == (50, 100, 100)


def test_an_abstention_is_neither_success_nor_failure_and_covers_nothing() -> None:
    seen = figures(passing(SLOTS[:15]) + passing(SLOTS[15:], outcome=Outcome.UNKNOWN))
    assert (seen.success_percent, seen.coverage_percent) == (100, 25)


def test_where_nothing_was_seen_nothing_is_said() -> None:
    for results in ([], passing(outcome=Outcome.UNKNOWN)):
        seen = figures(results)
        assert seen.uptime_percent is None
        assert seen.success_percent is None
        assert seen.coverage_percent == 0


def test_several_regions_of_a_slot_cover_it_once() -> None:
    everywhere = [a_result(MONITOR, slot, region) for slot in SLOTS[:30] for region in REGIONS]
    seen = figures(everywhere)
    assert seen.coverage_percent == 50
    assert set(seen.latency_ms) == set(REGIONS)


@pytest.mark.parametrize("purpose", [Purpose.VERIFICATION, Purpose.MANUAL])
def test_only_what_was_planned_counts(purpose: Purpose) -> None:
    seen = figures(passing(purpose=purpose))
    assert (seen.success_percent, seen.coverage_percent) == (None, 0)
    assert not any(point["success"] + point["failure"] for point in seen.series)


def test_coverage_begins_with_the_present_timetable() -> None:
    monitor = replace(MONITOR, scheduled_since=START + HOUR / 2)
    assert figures(passing(SLOTS[30:]), monitor=monitor).coverage_percent == 100


def test_a_probe_that_may_still_be_under_way_is_not_missed() -> None:
    just_now = figures(passing(SLOTS[:-1]), end=SLOTS[-1] + timedelta(seconds=5))
    assert just_now.coverage_percent == 100


def test_without_a_rollup_there_is_nothing_to_say() -> None:
    seen = uptime([], START)
    assert (seen.uptime_percent, seen.coverage_percent, seen.counted_from) == (None, None, START)
    assert (seen.watched_seconds, seen.series) == (0, ())


def test_latency_is_told_by_region_from_what_passed() -> None:
    measured = [
        a_result(MONITOR, slot, REGIONS[0], latency_ms=float(number))
        for number, slot in enumerate(SLOTS)
    ]
    failing = passing(SLOTS[:3], outcome=Outcome.FAILURE, latency_ms=9000.0)
    seen = figures([*measured, *failing, a_result(MONITOR, SLOTS[0], REGIONS[1], latency_ms=None)])
    (told,) = seen.latency_ms.values()
    assert told == pytest.approx({"p50": 30, "p95": 56, "p99": 58}, rel=0.02)


def test_the_series_counts_every_result_once_where_it_belongs() -> None:
    results = passing(SLOTS[:50], latency_ms=10.0) + passing(SLOTS[50:], outcome=Outcome.FAILURE)
    (point,) = figures(results).series
    assert (point["success"], point["failure"]) == (50, len(SLOTS) - 50)
    assert point["latency_ms"] == pytest.approx(10, rel=0.02)
    assert point["at"] == text(START)


def test_a_success_that_nobody_measured_does_not_make_the_others_faster() -> None:
    slot = SLOTS[10]
    pair = [
        a_result(MONITOR, slot, REGIONS[0], latency_ms=100.0),
        a_result(MONITOR, slot, REGIONS[1], latency_ms=None),
    ]
    (point,) = [each for each in figures(pair).series if each["success"]]
    assert point["latency_ms"] == pytest.approx(100, rel=0.02)


def test_a_gap_is_a_point_of_the_series() -> None:
    (point,) = figures([]).series
    assert (point["planned"], point["success"], point["latency_ms"]) == (len(SLOTS), 0, None)


def test_a_long_gap_is_neither_up_nor_down_whatever_stood_before_it() -> None:
    silent = passing(SLOTS[:20]) + passing(SLOTS[40:])
    assert figures(silent).unknown_seconds == 20 * 60
    assert figures(silent).uptime_percent == 100
    # Ten of its thirty minutes lie in the silence: of the forty known minutes twenty were down.
    seen = figures(silent, [outage(30.5, None)])
    assert (seen.unknown_seconds, seen.incidents) == (1200, 1)
    assert seen.downtime_seconds == pytest.approx(20 * 60, abs=60)
    assert seen.uptime_percent == pytest.approx(50, abs=2)


def test_one_or_two_missing_slots_are_a_lack_of_coverage_only() -> None:
    seen = figures(passing(SLOTS[:20]) + passing(SLOTS[22:]))
    assert (seen.unknown_seconds, seen.uptime_percent) == (0, 100)
    assert seen.coverage_percent == pytest.approx(100 * 58 / 60, abs=0.001)


def test_maintenance_is_neither_up_nor_down() -> None:
    announced = [Interval(START + 10 * MINUTE, START + 40 * MINUTE)]
    seen = figures(passing(), [outage(10, 46)], maintenance=announced)
    assert (seen.maintenance_seconds, seen.downtime_seconds) == (1800, 360)
    assert seen.uptime_percent == 80


@given(
    st.sets(st.sampled_from(SLOTS)),
    st.lists(st.tuples(st.floats(-30, 90), st.floats(0, 60)), max_size=3),
    st.lists(st.tuples(st.integers(-30, 90), st.integers(0, 60)), max_size=3),
)
def test_every_second_of_a_window_is_counted_once(
    slots: set[datetime],
    spells: list[tuple[float, float]],
    announced: list[tuple[int, int]],
) -> None:
    """Against a recount second by second."""
    incidents = [outage(began, began + lasted) for began, lasted in spells]
    windows = [Interval(START + a * MINUTE, START + (a + b) * MINUTE) for a, b in announced]
    seen = figures(passing(slots), incidents, maintenance=windows)
    counts = {"maintenance": 0, "unknown": 0, "down": 0, "up": 0}
    for second in range(3600):
        counts[_state_at(START + timedelta(seconds=second + 0.5), slots, incidents, windows)] += 1
    assert seen.maintenance_seconds == counts["maintenance"]
    assert seen.unknown_seconds == counts["unknown"]
    assert seen.downtime_seconds == pytest.approx(counts["down"], abs=6)
    known = counts["down"] + counts["up"]
    if slots and known:
        share = 100 * counts["up"] / known
        assert seen.uptime_percent == pytest.approx(share, abs=600 / known)


def _state_at(
    at: datetime, slots: set[datetime], incidents: list[Incident], windows: list[Interval]
) -> str:
    if any(window.holds(at) for window in windows):
        return "maintenance"
    before = max((each + MINUTE for each in slots if each <= at), default=START)
    after = min((each for each in slots if each > at), default=None)
    gap = (after or END) - before
    long = gap >= 3 * MINUTE if after else gap > 4 * MINUTE
    if at >= before and long:
        return "unknown"
    is_down = any(each.opened_at <= at < (each.resolved_at or END) for each in incidents)
    return "down" if is_down else "up"


@given(
    st.lists(st.tuples(st.sampled_from(SLOTS), st.sampled_from(Outcome)), max_size=80),
    st.lists(st.tuples(st.floats(-90, 90), st.floats(0, 60)), max_size=4),
)
def test_no_figure_leaves_its_bounds(
    seen: list[tuple[datetime, Outcome]], spells: list[tuple[float, float]]
) -> None:
    results = [a_result(MONITOR, slot, REGIONS[0], outcome=outcome) for slot, outcome in seen]
    shown = figures(results, [outage(began, began + lasted) for began, lasted in spells])
    for percent in (shown.uptime_percent, shown.success_percent, shown.coverage_percent):
        assert percent is None or 0 <= percent <= 100
    assert 0 <= shown.downtime_seconds <= 3600
