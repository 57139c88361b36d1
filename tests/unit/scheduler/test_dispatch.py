"""Dispatching a granule: the due monitors, each to its regions, and no trouble spreads."""

from datetime import timedelta
from typing import Any

import pytest

from functions.scheduler.dispatch import MAX_READS, Dispatched, Dispatcher, checks_of
from sentinelmesh.checks import CheckQueues, check_id
from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.domain.monitors.monitor import INTERVALS
from sentinelmesh.domain.monitors.schedule import due_key, due_keys
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.messages import CheckMessage, TickMessage, decode
from tests.support.builders import REGIONS, START
from tests.unit.scheduler.fakes import AWAY, Monitors, Queue

TICK = TickMessage(granule_at=START, shard=0)
EVERY_GRANULE = due_key(10, 0, 0)


def due(number: int = 0, **changes: Any) -> DueMonitor:
    plain: dict[str, Any] = {
        "id": f"mon_{number}",
        "revision": 3,
        "name": "Shop",
        "kind": "http",
        "target": "https://shop.example/",
        "interval_seconds": 10,
        "timeout_ms": 5000,
        "regions": REGIONS,
    }
    return DueMonitor(**{**plain, **changes})


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentinelmesh.checks.time.sleep", lambda _seconds: None)


def a_dispatcher(monitors: Monitors, queues: dict[str, Queue]) -> Dispatcher:
    return Dispatcher(
        monitors,  # type: ignore[arg-type]
        CheckQueues(lambda region: queues[region], "https://{region}"),  # type: ignore[arg-type, return-value]
    )


def empty_queues() -> dict[str, Queue]:
    return {region: Queue() for region in REGIONS}


def sent(queues: dict[str, Queue]) -> list[CheckMessage]:
    entries = [entry for queue in queues.values() for entry in queue.taken]
    return [decode(entry["MessageBody"], CheckMessage) for entry in entries]


@pytest.mark.parametrize(
    ("changes", "patience_ms"),
    [({}, 1500), ({"strategy": "all"}, None), ({"regions": REGIONS[:1]}, None)],
)
def test_a_slow_probe_is_told_about_where_others_can_be_asked(
    changes: dict[str, Any], patience_ms: int | None
) -> None:
    assert {check.patience_ms for check in checks_of(due(**changes), START)} == {patience_ms}


def test_one_region_in_turn_probes_a_monitor() -> None:
    slots = [START + count * timedelta(seconds=10) for count in range(6)]
    turns = [[check.region for check in checks_of(due(), slot)] for slot in slots]
    assert all(len(turn) == 1 for turn in turns)
    assert {region for turn in turns for region in turn} == set(REGIONS)
    assert turns[:3] == turns[3:]


def test_or_all_of_them_do() -> None:
    checks = list(checks_of(due(strategy="all"), START))
    assert tuple(check.region for check in checks) == REGIONS
    assert len({check_id(check) for check in checks}) == 1


def test_a_check_says_when_it_is_due_and_when_it_is_worthless() -> None:
    (check,) = checks_of(due(interval_seconds=60), START)
    assert (check.slot, check.scheduled_at) == (START, START)
    assert check.expires_at == START + timedelta(seconds=60)
    assert check.purpose is Purpose.SCHEDULED
    (rare,) = checks_of(due(interval_seconds=86400), START)
    assert rare.expires_at == START + timedelta(seconds=120)


def test_every_due_monitor_is_sent_to_its_region_and_counted() -> None:
    monitors, queues = Monitors(), empty_queues()
    monitors.put(EVERY_GRANULE, *(due(number) for number in range(25)))
    monitors.put(due_keys(START, 0)[5], due(99, interval_seconds=180, strategy="all"))
    done = a_dispatcher(monitors, queues).dispatch(TICK)
    assert done == Dispatched(due=26, sent=28, failed=0)
    assert len(sent(queues)) == 28
    for region, queue in queues.items():
        assert {decode(each["MessageBody"], CheckMessage).region for each in queue.taken} == {
            region
        }


def test_exactly_the_partitions_of_the_granule_and_the_shard_are_read() -> None:
    monitors = Monitors()
    tick = TickMessage(granule_at=START + timedelta(seconds=30), shard=4)
    a_dispatcher(monitors, empty_queues()).dispatch(tick)
    assert sorted(monitors.reads) == sorted(due_keys(tick.granule_at, 4))
    assert len(monitors.reads) == len(INTERVALS)


def test_a_granule_without_monitors_calls_no_queue() -> None:
    queues = empty_queues()
    done = a_dispatcher(Monitors(), queues).dispatch(TICK)
    assert done == Dispatched(due=0, sent=0, failed=0)
    assert all(queue.requests == [] for queue in queues.values())


def test_a_partition_that_cannot_be_read_is_read_again_and_delays_no_other() -> None:
    monitors, queues = Monitors(), empty_queues()
    sick, well = due_keys(START, 0)[:2]
    monitors.put(sick, due(1), due(2), due(3))
    monitors.put(well, due(4, interval_seconds=20))
    monitors.failing[sick] = 1
    done = a_dispatcher(monitors, queues).dispatch(TICK)
    assert done == Dispatched(due=4, sent=4, failed=0)
    assert sorted(check.monitor_id for check in sent(queues)) == [f"mon_{n}" for n in range(1, 5)]
    assert monitors.reads.count(sick) == 2
    assert monitors.reads.count(well) == 1


def test_a_partition_that_stays_unread_fails_the_tick_and_loses_its_own_checks_only() -> None:
    monitors, queues = Monitors(), empty_queues()
    sick, well = due_keys(START, 0)[:2]
    monitors.put(sick, due(1))
    monitors.put(well, due(2, interval_seconds=20))
    monitors.failing[sick] = 99
    with pytest.raises(StoreUnavailable, match=f"1 partitions stayed unread, 1 sent: {sick}"):
        a_dispatcher(monitors, queues).dispatch(TICK)
    assert [check.monitor_id for check in sent(queues)] == ["mon_2"]
    assert monitors.reads.count(sick) == MAX_READS


def test_a_region_that_is_away_loses_its_own_checks_only() -> None:
    monitors, queues = Monitors(), empty_queues()
    queues[REGIONS[1]] = Queue(*[AWAY] * 99)
    monitors.put(EVERY_GRANULE, *(due(number, strategy="all") for number in range(30)))
    done = a_dispatcher(monitors, queues).dispatch(TICK)
    assert done == Dispatched(due=30, sent=60, failed=30)
    assert {check.region for check in sent(queues)} == {REGIONS[0], REGIONS[2]}


def test_entries_that_fail_are_sent_again_alone() -> None:
    monitors, queues = Monitors(), {REGIONS[0]: Queue((2, 4), (0,))}
    monitors.put(EVERY_GRANULE, *(due(number, regions=REGIONS[:1]) for number in range(6)))
    done = a_dispatcher(monitors, queues).dispatch(TICK)
    assert done == Dispatched(due=6, sent=6, failed=0)
    assert queues[REGIONS[0]].requests == [6, 2, 1]


@pytest.mark.parametrize("bad", [due(7, regions=()), due(7, interval_seconds=0)])
def test_a_monitor_that_cannot_be_planned_is_left_out_alone(bad: DueMonitor) -> None:
    monitors, queues = Monitors(), empty_queues()
    monitors.put(EVERY_GRANULE, due(1), bad, due(2))
    done = a_dispatcher(monitors, queues).dispatch(TICK)
    assert done == Dispatched(due=3, sent=2, failed=0)
    assert sorted(check.monitor_id for check in sent(queues)) == ["mon_1", "mon_2"]


def test_repeating_a_tick_sends_the_very_same_messages() -> None:
    monitors = Monitors()
    monitors.put(EVERY_GRANULE, *(due(number) for number in range(12)))
    first, second = empty_queues(), empty_queues()
    a_dispatcher(monitors, first).dispatch(TICK)
    a_dispatcher(monitors, second).dispatch(TICK)
    for region in REGIONS:
        for one, other in zip(first[region].taken, second[region].taken, strict=True):
            assert one["MessageDeduplicationId"] == other["MessageDeduplicationId"]
            assert one["MessageBody"] == other["MessageBody"]


def test_the_check_of_a_heartbeat_has_the_tags_that_maintenance_covers() -> None:
    """Whenever the monitor was saved: they are not part of its probe's options."""
    job = due(kind="heartbeat", regions=REGIONS[:1], tags=("nightly",))
    assert [each.tags for each in checks_of(job, START)] == [("nightly",)]
    assert {each.tags for each in checks_of(due(tags=("nightly",)), START)} == {()}
