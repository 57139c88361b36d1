"""Rollups on DynamoDB: what is written comes back, from what was seen, by hour and by day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.uptime.gaps import Gaps
from sentinelmesh.domain.uptime.rollup import RegionCount, Rollup, Stretch, day_of
from sentinelmesh.domain.values.histogram import Histogram
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.rollups import RollupsRepository
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)


def a_rollup(hours: int = 0, **changes: Any) -> Rollup:
    """Build a rollup of an hour in which each figure is another one."""
    start = START + hours * HOUR
    latency = Histogram.of([10.0, 20.0, 2000.0])
    plain = Rollup(
        stretch=Stretch(start=start, end=start + HOUR, interval_seconds=60, began=START),
        regions={"eu-west-1": RegionCount(3, 2, 1, 1, latency), "us-east-1": RegionCount(4)},
        planned=60,
        covered=50,
        watched_ms=3_600_000,
        maintenance_ms=1,
        unknown_ms=2,
        down_ms=3,
        opened=4,
        is_down_before=True,
        silent=(Interval(start, start + MINUTE),),
        revision=1,
    )
    return replace(plain, **changes)


@pytest.fixture
def rollups(mesh: MotoMesh) -> RollupsRepository:
    return RollupsRepository(mesh.dynamodb, mesh.tables["rollups"])


def hours_of(rollups: RollupsRepository) -> list[Rollup]:
    return rollups.list_hours("mon_1", START, START + 2 * HOUR)


def days_of(rollups: RollupsRepository) -> list[Rollup]:
    return rollups.list_days("mon_1", START, START + 2 * HOUR)


KINDS = {
    "hour": (RollupsRepository.put_hour, hours_of),
    "day": (RollupsRepository.put_day, days_of),
}


@pytest.mark.parametrize(("put", "read"), KINDS.values(), ids=KINDS.keys())
def test_a_count_is_put_on_top_of_the_one_that_was_seen(
    rollups: RollupsRepository,
    put: Callable[[RollupsRepository, str, Rollup], None],
    read: Callable[[RollupsRepository], list[Rollup]],
) -> None:
    first = a_rollup()
    put(rollups, "mon_1", first)
    assert read(rollups) == [first]
    for revision in (1, 3):
        with pytest.raises(StaleState):
            put(rollups, "mon_1", replace(first, covered=1, revision=revision))
    assert read(rollups) == [first]
    second = replace(first, covered=51, revision=2)
    put(rollups, "mon_1", second)
    assert read(rollups) == [second]


def test_nothing_is_put_on_top_of_what_is_not_there(rollups: RollupsRepository) -> None:
    with pytest.raises(StaleState):
        rollups.put_hour("mon_1", a_rollup(revision=2))
    assert hours_of(rollups) == []


def test_hours_are_read_in_order_with_those_that_reach_into_a_time(
    rollups: RollupsRepository,
) -> None:
    for hours in (2, 0, 1, 3):
        rollups.put_hour("mon_1", a_rollup(hours))
    rollups.put_hour("mon_2", a_rollup())
    starts = [START + hours * HOUR for hours in (0, 1)]
    found = rollups.list_hours("mon_1", START + MINUTE, START + 2 * HOUR)
    assert [each.stretch.start for each in found] == starts
    newest = rollups.newest_hour("mon_1")
    assert newest is not None
    assert newest.stretch.start == START + 3 * HOUR
    assert rollups.newest_hour("mon_3") is None


def test_days_are_read_from_the_one_that_reaches_into_a_time_to_its_end(
    rollups: RollupsRepository,
) -> None:
    midnight = day_of(START) + DAY
    days = [midnight + count * DAY for count in range(3)]
    for day in days:
        stretch = replace(a_rollup().stretch, start=day, end=day + HOUR)
        rollups.put_day("mon_1", a_rollup(stretch=stretch, silent=()))

    def read(start: timedelta, end: timedelta) -> list[int]:
        found = rollups.list_days("mon_1", midnight + start, midnight + end)
        return [(each.stretch.start - midnight) // DAY for each in found]

    assert read(HOUR, DAY) == [0]
    assert read(HOUR, DAY + MINUTE) == [0, 1]
    assert read(DAY, 3 * DAY) == [1, 2]
    assert read(2 * DAY, HOUR) == [], "upside down"


def test_what_is_counted_is_forgotten_after_its_time(
    mesh: MotoMesh, rollups: RollupsRepository
) -> None:
    rollups.put_hour("mon_1", a_rollup())
    rollups.put_day("mon_2", a_rollup())
    rollups.put_gaps("mon_3", Gaps(revision=1), START)
    kept = {
        item["monitor_id"]["S"]: int(item["ttl"]["N"]) - int(START.timestamp())
        for item in mesh.items("rollups")
    }
    hour, day = 3600, 86_400
    assert kept["mon_1"] == 400 * day + hour
    assert kept["mon_2"] == 1100 * day + hour
    assert 400 * day in kept.values()


def test_gaps_are_put_on_top_of_those_that_were_seen(rollups: RollupsRepository) -> None:
    assert rollups.get_gaps("mon_1") == Gaps()
    silent, paused = Interval(START, START + MINUTE), Interval(START + HOUR, START + DAY)
    gaps = Gaps(silent=(silent,), paused=(paused,), revision=1)
    rollups.put_gaps("mon_1", gaps, START)
    assert rollups.get_gaps("mon_1") == gaps
    with pytest.raises(StaleState):
        rollups.put_gaps("mon_1", replace(gaps, silent=()), START)
    rollups.put_gaps("mon_1", replace(gaps, silent=(), revision=2), START)
    assert rollups.all_gaps() == {"mon_1": replace(gaps, silent=(), revision=2)}
