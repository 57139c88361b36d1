"""Rounds of counting: every monitor has its turn, and what misses it is known to be late."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.monitors.monitor import INTERVALS
from sentinelmesh.domain.monitors.schedule import due_key
from sentinelmesh.domain.uptime.rollup_schedule import (
    ROUND,
    SETTLING,
    TOLERANCE,
    counted_until,
    due_for_counting,
    is_too_late,
    late_from,
    round_at,
)
from tests.support.builders import START

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
ROUNDS = [round_at(START) + place * ROUND for place in range(DAY // ROUND)]
moments = st.datetimes(START.replace(tzinfo=None), (START + DAY).replace(tzinfo=None)).map(
    lambda each: each.replace(tzinfo=START.tzinfo)
)


def test_each_partition_of_each_shard_is_counted_as_often_as_thirty_slots_take() -> None:
    turns = Counter(key for at in ROUNDS for key in due_for_counting(at, 2))
    assert len(turns) == 2 * sum(interval // 10 for interval in INTERVALS)
    for shard in (0, 1):
        assert turns[due_key(10, 0, shard)] == 144
        assert turns[due_key(60, 5, shard)] == 48
        assert turns[due_key(600, 59, shard)] in {4, 5}
        assert turns[due_key(3600, 0, shard)] == turns[due_key(86_400, 8639, shard)] == 1


def test_a_monitor_that_is_probed_once_a_day_is_counted_soon_after() -> None:
    granule = 5000
    (at,) = [each for each in ROUNDS if due_key(86_400, granule, 0) in due_for_counting(each, 1)]
    midnight = START.replace(hour=0)
    slot = midnight + timedelta(seconds=10 * granule)
    assert timedelta(0) < (at - slot) % DAY <= 2 * ROUND


@given(slot=moments, later=st.timedeltas(timedelta(0), DAY))
def test_what_comes_after_a_round_that_counted_its_slot_is_late(
    slot: datetime, later: timedelta
) -> None:
    created = slot + later
    counted = [at for at in ROUNDS if slot < counted_until(at) and at <= created]
    if counted:
        assert is_too_late(slot, created)


@given(slot=moments)
def test_what_comes_within_a_minute_is_not_late_and_what_comes_much_later_is(
    slot: datetime,
) -> None:
    assert not is_too_late(slot, slot + 54 * SECOND)
    assert is_too_late(slot, late_from(slot))
    assert late_from(slot) <= slot + 11 * MINUTE


def test_a_result_is_late_from_the_very_moment_at_which_a_round_may_have_begun() -> None:
    slot, moment = START, timedelta(microseconds=1)
    edge = max(slot + SETTLING, late_from(slot) - TOLERANCE)
    assert is_too_late(slot, edge)
    assert not is_too_late(slot, edge - moment)
    # A round that begins just behind the slot's settling leaves no time before it.
    early = next(
        START + count * SECOND
        for count in range(600)
        if late_from(START + count * SECOND) - TOLERANCE < START + count * SECOND + SETTLING
    )
    assert not is_too_late(early, early + SETTLING - moment)
    assert is_too_late(early, early + SETTLING)
