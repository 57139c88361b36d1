"""Planning a minute: six ticks per shard, from the event's own time, and none too much."""

from datetime import datetime, timedelta

import pytest

from functions.scheduler.ticks import PAUSES, STALE_AFTER, Ticks, is_stale
from sentinelmesh.domain.monitors.schedule import GRANULE
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.messages import TickMessage, decode
from tests.support.builders import START
from tests.unit.scheduler.fakes import AWAY, THROTTLED, Answer, Queue

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
NEXT = [START + MINUTE + count * GRANULE for count in range(6)]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("functions.scheduler.ticks.time.sleep", made.append)
    return made


def plan(queue: Queue, *, tick_at: datetime = START, now: datetime = START, shards: int = 1) -> int:
    return Ticks(queue, "url", lambda: now).plan(tick_at, shards)  # type: ignore[arg-type]


def planned(queue: Queue) -> list[tuple[datetime, int, int]]:
    """Return granule, shard and delay of each tick that was taken."""
    messages = [(decode(entry["MessageBody"], TickMessage), entry) for entry in queue.taken]
    return [(tick.granule_at, tick.shard, entry["DelaySeconds"]) for tick, entry in messages]


def test_the_next_minute_is_planned_in_six_ticks() -> None:
    queue = Queue()
    assert plan(queue) == 6
    assert planned(queue) == [(at, 0, 60 + 10 * count) for count, at in enumerate(NEXT)]


def test_the_minute_is_the_one_after_the_events_own_whatever_the_clock_says() -> None:
    """EventBridge calls up to a minute late."""
    queue = Queue()
    assert plan(queue, now=START + 59 * SECOND) == 6
    assert planned(queue) == [(at, 0, 1 + 10 * count) for count, at in enumerate(NEXT)]


def test_a_tick_never_comes_before_its_granule() -> None:
    queue = Queue()
    plan(queue, now=START + timedelta(seconds=30, milliseconds=250))
    assert [delay for _, _, delay in planned(queue)] == [30, 40, 50, 60, 70, 80]


@pytest.mark.parametrize(
    ("late", "left"),
    [(69, 6), (70, 5), (79, 5), (89, 4), (119, 1), (120, 0), (24 * 3600, 0)],
)
def test_of_a_late_event_only_what_is_not_over_is_planned(late: int, left: int) -> None:
    queue = Queue()
    assert plan(queue, now=START + late * SECOND) == left
    assert [granule for granule, _, _ in planned(queue)] == NEXT[6 - left :]
    assert all(delay >= 0 for _, _, delay in planned(queue))


def test_a_day_old_event_calls_nobody() -> None:
    queue = Queue()
    assert plan(queue, now=START + timedelta(days=1)) == 0
    assert queue.requests == []


def test_missed_minutes_are_not_made_up_for() -> None:
    """Four ticks were missed; the fifth plans its own next minute, and nothing else."""
    queue = Queue()
    fifth = START + 5 * MINUTE
    plan(queue, now=START)
    queue.taken.clear()
    plan(queue, tick_at=fifth, now=fifth)
    assert [granule for granule, _, _ in planned(queue)] == [at + 5 * MINUTE for at in NEXT]


@pytest.mark.parametrize("later", [timedelta(), 6 * MINUTE])
def test_a_second_event_of_the_same_minute_plans_the_same_or_nothing(later: timedelta) -> None:
    first, second = Queue(), Queue()
    plan(first)
    plan(second, now=START + later)
    assert planned(second) == ([] if later else planned(first))


def test_each_shard_has_ticks_of_its_own_ten_to_a_request() -> None:
    queue = Queue()
    assert plan(queue, shards=7) == 42
    assert queue.requests == [10, 10, 10, 10, 2]
    assert {(at, shard) for at, shard, _ in planned(queue)} == {
        (at, shard) for at in NEXT for shard in range(7)
    }


@pytest.mark.parametrize(
    "script",
    [[(1, 3)], [(0,), (0,)], [AWAY], [THROTTLED, THROTTLED], [THROTTLED, (5,)]],
)
def test_what_the_queue_does_not_take_at_once_is_sent_again(
    script: list[Answer], pauses: list[float]
) -> None:
    """Nobody repeats the event of a minute."""
    queue = Queue(*script)
    assert plan(queue) == 6
    assert sorted(at for at, _, _ in planned(queue)) == NEXT
    assert len(pauses) == len(script)


def test_a_request_that_fails_keeps_no_other_from_being_sent() -> None:
    queue = Queue(AWAY, (), (), AWAY, AWAY)
    with pytest.raises(StoreUnavailable, match="10 of 30 ticks were not taken"):
        plan(queue, shards=5)
    assert len(queue.taken) == 20


def test_after_a_few_tries_the_minute_fails_aloud(pauses: list[float]) -> None:
    queue = Queue(*[AWAY] * 9)
    with pytest.raises(StoreUnavailable, match="6 of 6"):
        plan(queue)
    assert len(queue.requests) == 1 + len(PAUSES)
    assert pauses == list(PAUSES)


def test_the_delay_counts_from_when_a_tick_is_really_sent() -> None:
    times = iter([START, START, START + 5 * SECOND])
    queue = Queue(AWAY)
    Ticks(queue, "url", lambda: next(times)).plan(START, 1)  # type: ignore[arg-type]
    assert [delay for _, _, delay in planned(queue)] == [55, 65, 75, 85, 95, 105]


@pytest.mark.parametrize(
    ("age", "stale"),
    [(timedelta(), False), (STALE_AFTER, False), (STALE_AFTER + SECOND, True), (-MINUTE, False)],
)
def test_a_granule_is_worthless_after_a_minute(
    age: timedelta,
    stale: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    assert is_stale(TickMessage(granule_at=START, shard=0), START + age) == stale
