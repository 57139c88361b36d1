"""The time before a new or resumed monitor has worked is neither up nor down."""

from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.incidents.incident import REGIONAL, Incident
from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.uptime.rollup import Rollup, Stretch, stretches
from sentinelmesh.domain.uptime.rollup_builder import Facts, count
from sentinelmesh.domain.uptime.uptime import uptime_percent
from sentinelmesh.domain.uptime.warm_up import find_first_pass, warm_up
from sentinelmesh.domain.values.interval import Interval
from tests.support.builders import REGIONS, START, a_monitor, a_result, an_incident

MINUTE = timedelta(minutes=1)
GRACE = Interval(START, START + 5 * MINUTE)
MONITOR = a_monitor(
    created_at=START, enabled_at=START, scheduled_since=START, grace_period_seconds=300
)
SLOTS = list(planned_slots(MONITOR.id, 60, START, START + 60 * MINUTE))


def an_outage(minutes: float, **changes: object) -> Incident:
    return an_incident(opened_at=START + minutes * MINUTE, **changes)


@pytest.mark.parametrize(
    ("worked", "outages", "ended"),
    [
        (None, [], 5),
        (2, [], 2),
        (9, [], 5),
        (None, [1], 5),
        (None, [7], 7),
        (6, [7], 5),
        (8, [7], 7),
        (6, [5.5, 7], 5.5),
        (2, [1], 2),
        (None, [-3], 5),
        (None, [9, 7], 7),
        (None, [65], 5),
    ],
)
def test_it_ends_with_the_first_pass_or_with_the_grace_period_or_with_an_outage_after_that(
    worked: float | None, outages: list[float], ended: float
) -> None:
    worked_at = None if worked is None else START + worked * MINUTE
    found = warm_up(GRACE, worked_at, [an_outage(each) for each in outages])
    assert found == Interval(START, START + ended * MINUTE)


def test_only_an_outage_ends_it() -> None:
    assert warm_up(GRACE, None, [an_outage(7, severity=REGIONAL)]) == GRACE


def votes(slot: datetime, *outcomes: Outcome, purpose: Purpose = Purpose.SCHEDULED) -> list[Result]:
    pairs = zip(REGIONS, outcomes, strict=False)
    return [a_result(MONITOR, slot, name, outcome=each, purpose=purpose) for name, each in pairs]


PASS, FAIL, ABSTAIN = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN


def test_the_first_pass_is_the_first_slot_with_more_passing_regions_than_failing_ones() -> None:
    first, second, third, fourth = SLOTS[:4]
    results = [
        *votes(fourth, PASS),
        *votes(third, PASS, ABSTAIN),
        *votes(second, PASS, FAIL),
        *votes(first, PASS, FAIL, FAIL),
    ]
    assert find_first_pass(GRACE, results) == third
    assert find_first_pass(GRACE, results[3:]) is None


def test_what_came_before_or_was_asked_by_hand_is_no_pass() -> None:
    before, by_hand = votes(START - MINUTE, PASS), votes(SLOTS[0], PASS, purpose=Purpose.MANUAL)
    assert find_first_pass(GRACE, [*before, *by_hand]) is None


def counted(results: list[Result], *incidents: Incident, hours: int = 1) -> list[Rollup]:
    end = START + hours * 60 * MINUTE
    facts = Facts(
        monitor_id=MONITOR.id,
        results=results,
        incidents=incidents,
        maintenance=(),
        until=end,
        settled=end,
    )
    parts = stretches(MONITOR, None, end, START, is_final=False)
    return [count(each, facts) for each in parts]


def all_of(outcome: Outcome) -> list[Result]:
    return [each for slot in SLOTS for each in votes(slot, outcome)]


def test_a_monitor_that_never_passed_has_zero_percent_and_no_downtime_in_its_grace_period() -> None:
    (hour,) = counted(all_of(FAIL), an_outage(0.01))
    assert uptime_percent(hour) == 0
    assert (hour.unknown_ms, hour.down_ms) == (300_000, 3_300_000)
    assert hour.silent == (GRACE,)


def test_a_monitor_that_never_passed_and_has_no_outage_yet_has_no_uptime() -> None:
    (hour,) = counted([each for each in all_of(FAIL) if each.slot < GRACE.end])
    assert uptime_percent(hour) is None


def test_a_monitor_that_worked_at_once_is_up_from_its_first_slot_on() -> None:
    (hour,) = counted(all_of(PASS))
    assert uptime_percent(hour) == 100
    assert hour.unknown_ms == (SLOTS[0] - START) / timedelta(milliseconds=1)


def test_downtime_after_the_first_pass_counts_within_the_grace_period_too() -> None:
    later = [each for slot in SLOTS[1:] for each in votes(slot, FAIL)]
    (hour,) = counted([*votes(SLOTS[0], PASS), *later], an_outage(2))
    assert hour.down_ms == 58 * 60_000


def test_a_later_hour_of_the_grace_period_asks_whether_it_worked_before() -> None:
    grace = Interval(START, START + 120 * MINUTE)
    stretch = Stretch(
        start=START + 60 * MINUTE,
        end=START + 120 * MINUTE,
        interval_seconds=60,
        began=START,
        grace=grace,
    )
    failing = [
        each
        for slot in planned_slots(MONITOR.id, 60, stretch.start, stretch.end)
        for each in votes(slot, FAIL)
    ]
    for earlier, unknown_ms in ((votes(SLOTS[0], PASS), 0), (votes(SLOTS[0], FAIL), 3_600_000)):
        facts = Facts(
            monitor_id=MONITOR.id,
            results=[*earlier, *failing],
            incidents=(),
            maintenance=(),
            until=stretch.end,
            settled=stretch.end,
        )
        assert count(stretch, facts).unknown_ms == unknown_ms
