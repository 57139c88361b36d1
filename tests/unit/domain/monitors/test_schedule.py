"""Slots, phases, turns and granules, on plain examples; tests/property has the general laws."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from sentinelmesh.domain.monitors.monitor import INTERVALS
from sentinelmesh.domain.monitors.schedule import (
    GRANULE,
    GRANULE_SECONDS,
    MINUTE,
    count_slots,
    due_key_of,
    due_keys,
    expires_at,
    granules_of_next_minute,
    next_slot,
    phase_granule,
    planned_slots,
    regions_of,
    shard_of,
    slot_at,
    slot_index,
)
from tests.support.builders import REGIONS, START

MANY = [f"mon_{count}" for count in range(6000)]


@pytest.mark.parametrize("interval", INTERVALS)
def test_slots_lie_exactly_one_interval_apart(interval: int) -> None:
    end = START + timedelta(seconds=5 * interval)
    slots = list(planned_slots("mon_1", interval, START, end))
    assert len(slots) == 5
    assert {later - earlier for earlier, later in pairwise(slots)} == {timedelta(seconds=interval)}


@pytest.mark.parametrize("interval", INTERVALS)
def test_slots_begin_with_a_granule(interval: int) -> None:
    for monitor_id in MANY[:50]:
        assert slot_at(monitor_id, interval, START).timestamp() % GRANULE_SECONDS == 0


def test_an_interval_of_one_granule_has_no_phase_to_choose() -> None:
    assert {phase_granule(monitor_id, 10) for monitor_id in MANY} == {0}


@pytest.mark.parametrize("interval", [20, 60, 300, 3600])
def test_monitors_are_spread_over_their_interval(interval: int) -> None:
    granules = interval // GRANULE_SECONDS
    share = Counter(phase_granule(monitor_id, interval) for monitor_id in MANY)
    fair = len(MANY) / granules
    assert len(share) == granules
    assert max(share.values()) < fair + 6 * fair**0.5
    assert min(share.values()) > fair - 6 * fair**0.5


def test_monitors_are_spread_over_the_shards_whatever_their_phase() -> None:
    share = Counter((shard_of(each, 4), phase_granule(each, 60)) for each in MANY)
    fair = len(MANY) / 24
    assert len(share) == 24
    assert max(share.values()) < fair + 6 * fair**0.5


def test_the_place_in_the_timetable_is_fixed_for_ever() -> None:
    """Another hash would move every slot and tear every monitor's place in the due index."""
    assert due_key_of("mon_1", 60, 1) == "60#0#0"
    assert due_key_of("mon_2", 3600, 8) == "3600#320#1"
    assert slot_at("mon_2", 3600, START) == START - timedelta(seconds=400)
    turns = {each: regions_of(each, 3600, REGIONS, "rotate", START)[0] for each in MANY[:4]}
    assert [REGIONS.index(each) for each in turns.values()] == [0, 0, 2, 1]
    assert regions_of("mon_2", 3600, REGIONS, "rotate", START) == ("ap-southeast-1",)


def test_the_index_of_a_slot_rises_by_one_from_slot_to_slot() -> None:
    slots = planned_slots("mon_1", 300, START, START + timedelta(hours=2))
    indexes = [slot_index("mon_1", 300, slot) for slot in slots]
    assert indexes == list(range(indexes[0], indexes[0] + 24))


def test_a_slot_belongs_to_itself_and_the_instant_before_to_the_one_before() -> None:
    slot = slot_at("mon_1", 60, START)
    assert slot_at("mon_1", 60, slot) == slot
    assert slot_at("mon_1", 60, slot - timedelta(microseconds=1)) == slot - MINUTE
    assert next_slot("mon_1", 60, slot) == slot + MINUTE
    assert next_slot("mon_1", 60, slot - timedelta(microseconds=1)) == slot


def test_a_range_of_slots_has_its_start_and_not_its_end() -> None:
    slot = slot_at("mon_1", 60, START)
    assert list(planned_slots("mon_1", 60, slot, slot + MINUTE)) == [slot]
    assert list(planned_slots("mon_1", 60, slot, slot)) == []
    moment = timedelta(microseconds=1)
    assert count_slots("mon_1", 60, slot, slot + moment) == 1
    assert count_slots("mon_1", 60, slot + moment, slot + MINUTE) == 0


def test_slots_do_not_depend_on_the_time_zone_in_which_the_clock_is_read() -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    assert slot_at("mon_1", 3600, START.astimezone(kolkata)) == slot_at("mon_1", 3600, START)


def test_slots_of_a_day_do_not_move_with_daylight_saving() -> None:
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    slots = list(planned_slots("mon_1", 86400, spring, spring + timedelta(days=3)))
    assert {slot.time() for slot in slots} == {slots[0].time()}


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_turns_visit_all_regions_evenly(count: int) -> None:
    regions = [f"region-{number}" for number in range(count)]
    slots = planned_slots("mon_1", 60, START, START + timedelta(hours=1))
    turns = [regions_of("mon_1", 60, regions, "rotate", slot) for slot in slots]
    assert Counter(turns) == {(region,): 60 // count for region in regions}
    for place in range(60 - count):
        assert len(set(turns[place : place + count])) == count


def test_monitors_do_not_all_call_on_the_same_region_at_once() -> None:
    turns = Counter(
        regions_of(each, 60, REGIONS, "rotate", slot_at(each, 60, START))[0] for each in MANY
    )
    assert min(turns.values()) > len(MANY) / 3 - 6 * (len(MANY) / 3) ** 0.5


def test_with_strategy_all_every_region_probes_every_slot() -> None:
    assert regions_of("mon_1", 60, list(REGIONS), "all", START) == REGIONS


def test_a_granule_names_one_partition_per_interval_and_shard() -> None:
    at = datetime(2026, 1, 1, 0, 1, 10, tzinfo=UTC)
    assert due_keys(at, 3)[:5] == ["10#0#3", "20#1#3", "30#1#3", "60#1#3", "120#7#3"]
    assert len(due_keys(at, 3)) == len(INTERVALS)


@pytest.mark.parametrize("second", [0, 17, 59])
def test_a_tick_plans_the_next_minute_whatever_its_second(second: int) -> None:
    minute = datetime(2026, 1, 1, 23, 59, tzinfo=UTC)
    tick_at = minute + timedelta(seconds=second, microseconds=987)
    first = datetime(2026, 1, 2, tzinfo=UTC)
    assert granules_of_next_minute(tick_at) == [first + GRANULE * count for count in range(6)]


def test_an_answer_is_worthless_once_the_next_slot_is_due_and_after_two_minutes_at_most() -> None:
    assert expires_at(START, 10) == START + timedelta(seconds=10)
    assert expires_at(START, 120) == START + timedelta(minutes=2)
    assert expires_at(START, 86400) == START + timedelta(minutes=2)
