"""A granule with more monitors than one invocation can serve: it stops in time, and goes on."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, repeat

import pytest

from functions.scheduler import dispatch
from functions.scheduler.dispatch import MIN_SECONDS_TO_SEND, Dispatched
from sentinelmesh.deadline import Deadline
from sentinelmesh.domain.monitors.schedule import due_keys
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.messages import TickMessage, decode, encode
from tests.unit.scheduler.fakes import Monitors, Queue
from tests.unit.scheduler.test_dispatch import (
    EVERY_GRANULE,
    TICK,
    a_dispatcher,
    due,
    empty_queues,
    sent,
)

SLOW_PARTITION = due_keys(TICK.granule_at, 0)[-1]


@pytest.fixture(autouse=True)
def ten_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MONITORS_AT_ONCE", 10)


def time_for(batches: int) -> Deadline:
    """Return a deadline that lets so many batches of monitors begin."""
    clock: Iterator[float] = chain(repeat(0.0, batches), repeat(MIN_SECONDS_TO_SEND))
    return Deadline(2 * MIN_SECONDS_TO_SEND - 0.001, lambda: next(clock))


def crowd() -> Monitors:
    monitors = Monitors()
    monitors.put(EVERY_GRANULE, *(due(number, strategy="all") for number in range(100, 125)))
    monitors.put(SLOW_PARTITION, *(due(n, interval_seconds=86400) for n in range(100, 110)))
    return monitors


def names(queues: dict[str, Queue]) -> list[tuple[str, str]]:
    """Return what was sent, in no order: each check by its region and its name."""
    return sorted(
        (region, entry["MessageDeduplicationId"])
        for region, queue in queues.items()
        for entry in queue.taken
    )


def test_it_stops_before_its_function_is_stopped_and_says_where() -> None:
    queues = empty_queues()
    done = a_dispatcher(crowd(), queues).dispatch(TICK, time_for(2))
    rest = TickMessage(granule_at=TICK.granule_at, shard=0, after=(10, "mon_119"))
    assert done == Dispatched(due=20, sent=60, failed=0, rest=rest)


def test_another_invocation_sends_exactly_the_rest() -> None:
    whole, parts = empty_queues(), empty_queues()
    a_dispatcher(crowd(), whole).dispatch(TICK)
    tick: TickMessage | None = TICK
    invocations = 0
    while tick is not None:
        tick = decode(encode(tick), TickMessage)
        tick = a_dispatcher(crowd(), parts).dispatch(tick, time_for(1)).rest
        invocations += 1
    assert invocations == 4
    assert names(parts) == names(whole), "nothing is left out, and nothing is sent twice"


def test_the_shortest_intervals_come_first() -> None:
    """Their checks are worthless the soonest."""
    queues = empty_queues()
    a_dispatcher(crowd(), queues).dispatch(TICK, time_for(1))
    assert {check.expires_at - check.slot for check in sent(queues)} == {timedelta(seconds=10)}


def test_without_any_time_nothing_is_sent_and_all_of_it_is_left() -> None:
    queues = empty_queues()
    done = a_dispatcher(crowd(), queues).dispatch(TICK, time_for(0))
    assert done == Dispatched(due=0, sent=0, failed=0, rest=TICK)
    assert sent(queues) == []


def test_monitors_that_come_and_go_meanwhile_make_no_other_miss_its_check() -> None:
    monitors, queues = crowd(), empty_queues()
    rest = a_dispatcher(monitors, queues).dispatch(TICK, time_for(1)).rest
    assert rest is not None
    changed = Monitors()
    changed.put(
        EVERY_GRANULE,
        *(due(n, strategy="all") for n in (*range(1000, 1005), *range(100, 104), *range(108, 125))),
    )
    changed.put(SLOW_PARTITION, *(due(n, interval_seconds=86400) for n in range(100, 110)))
    a_dispatcher(changed, queues).dispatch(rest)
    probed = {check.monitor_id for check in sent(queues)}
    assert probed == {f"mon_{number}" for number in range(100, 125)}


def test_a_granule_that_is_not_read_whole_comes_back_whole_when_time_is_up() -> None:
    monitors, queues = crowd(), empty_queues()
    monitors.failing[SLOW_PARTITION] = 1
    with pytest.raises(StoreUnavailable):
        a_dispatcher(monitors, queues).dispatch(TICK, time_for(1))


def test_a_tick_of_older_code_begins_at_the_beginning() -> None:
    old = '{"granule_at":"2026-01-01T12:00:00Z","shard":0,"schema_version":1}'
    assert decode(old, TickMessage).after is None
