"""The timetable is one law, seen from three sides: the index, the slots and their count."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.monitor import INTERVALS
from sentinelmesh.domain.monitors.schedule import (
    GRANULE_SECONDS,
    count_slots,
    due_key_of,
    due_keys,
    granules_of_next_minute,
    planned_slots,
    regions_of,
    slot_at,
)
from tests.support.builders import REGIONS

ids = st.text("abcdefghjkmnpqrstvwxyz0123456789", min_size=1, max_size=26).map("mon_{}".format)
intervals = st.sampled_from(INTERVALS)
instants = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone itself)
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
shard_counts = st.integers(1, 64)


def granule_of(instant: datetime) -> datetime:
    return datetime.fromtimestamp(instant.timestamp() // GRANULE_SECONDS * GRANULE_SECONDS, UTC)


@given(ids, intervals, shard_counts, instants)
def test_a_granule_holds_a_monitor_exactly_if_it_is_one_of_its_slots(
    monitor_id: str, interval: int, shards: int, instant: datetime
) -> None:
    granule = granule_of(instant)
    key = due_key_of(monitor_id, interval, shards)
    holding = [shard for shard in range(shards) if key in due_keys(granule, shard)]
    assert len(holding) == (slot_at(monitor_id, interval, granule) == granule)


@given(ids, intervals, shard_counts, instants)
def test_every_slot_is_found_under_its_granule(
    monitor_id: str, interval: int, shards: int, instant: datetime
) -> None:
    slot = slot_at(monitor_id, interval, instant)
    found = [key for shard in range(shards) for key in due_keys(slot, shard)]
    assert found.count(due_key_of(monitor_id, interval, shards)) == 1


@given(ids, intervals, instants)
def test_a_slot_is_the_last_one_not_after_an_instant(
    monitor_id: str, interval: int, instant: datetime
) -> None:
    slot = slot_at(monitor_id, interval, instant)
    assert slot <= instant < slot + timedelta(seconds=interval)


@given(ids, intervals, instants, st.floats(0, 40), st.sampled_from(["anywhere", "on a slot"]))
def test_counting_slots_and_walking_over_them_agree(
    monitor_id: str, interval: int, start: datetime, intervals_long: float, where: str
) -> None:
    if where == "on a slot":
        start = slot_at(monitor_id, interval, start)
    end = start + timedelta(seconds=intervals_long * interval)
    walked = list(planned_slots(monitor_id, interval, start, end))
    assert count_slots(monitor_id, interval, start, end) == len(walked)
    assert all(start <= slot < end for slot in walked)


@given(ids, intervals, instants, st.integers(0, 20), st.integers(0, 20))
def test_counts_of_neighbouring_ranges_add_up(
    monitor_id: str, interval: int, start: datetime, first: int, second: int
) -> None:
    middle = start + timedelta(seconds=first * interval / 3)
    end = middle + timedelta(seconds=second * interval / 3)
    parts = count_slots(monitor_id, interval, start, middle) + count_slots(
        monitor_id, interval, middle, end
    )
    assert count_slots(monitor_id, interval, start, end) == parts


@given(ids, intervals, instants)
def test_a_range_that_ends_before_it_starts_is_empty(
    monitor_id: str, interval: int, instant: datetime
) -> None:
    earlier = instant - timedelta(days=2)
    assert count_slots(monitor_id, interval, instant, earlier) == 0
    assert list(planned_slots(monitor_id, interval, instant, earlier)) == []


@given(ids, intervals, instants, st.permutations(REGIONS))
def test_any_run_of_turns_as_long_as_the_regions_visits_each_once(
    monitor_id: str, interval: int, instant: datetime, regions: list[str]
) -> None:
    end = instant + timedelta(seconds=interval * len(regions))
    slots = planned_slots(monitor_id, interval, instant, end)
    turns = [regions_of(monitor_id, interval, regions, "rotate", slot) for slot in slots]
    assert sorted(region for (region,) in turns) == sorted(regions)


@given(st.lists(instants, min_size=2, max_size=6), ids, intervals)
def test_ticks_of_consecutive_minutes_plan_every_slot_once(
    anywhere: list[datetime], monitor_id: str, interval: int
) -> None:
    """Whatever second each tick is given, five minutes of ticks make five minutes of granules."""
    first = anywhere[0].replace(second=0, microsecond=0)
    ticks = [
        first + timedelta(minutes=count, seconds=each.second, microseconds=each.microsecond)
        for count, each in enumerate(anywhere)
    ]
    granules = [granule for tick in ticks for granule in granules_of_next_minute(tick)]
    key = due_key_of(monitor_id, interval, 1)
    planned = [granule for granule in granules if key in due_keys(granule, 0)]
    start = first + timedelta(minutes=1)
    end = start + timedelta(minutes=len(ticks))
    assert planned == list(planned_slots(monitor_id, interval, start, end))
