"""The scheduler on DynamoDB and SQS: what is due is sent once, and nothing is ever written."""

import json
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from sentinelmesh.checks import check_id
from sentinelmesh.deadline import Deadline
from sentinelmesh.domain.monitors.monitor import INTERVALS, Monitor
from sentinelmesh.domain.monitors.schedule import GRANULE, planned_slots
from sentinelmesh.messages import CheckMessage, TickMessage, encode
from tests.integration.scheduler.scheduling import SchedulerStage
from tests.support.builders import REGIONS, START, a_monitor
from tests.support.calls import refusal, refusing
from tests.support.moto_mesh import PROBE_REGIONS

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def a_mixture(count: int = 40) -> list[Monitor]:
    """Make monitors of every interval, one in five probed from everywhere."""
    return [
        a_monitor(
            id=f"mon_{number:02}",
            interval_seconds=INTERVALS[number % len(INTERVALS)],
            strategy="all" if number % 5 == 0 else "rotate",
            timeout_ms=5000,
        )
        for number in range(count)
    ]


def names(checks: list[CheckMessage]) -> list[str]:
    return sorted(f"{check_id(check)}@{check.region}" for check in checks)


def test_over_some_minutes_exactly_the_planned_slots_are_sent(stage: SchedulerStage) -> None:
    monitors = a_mixture(14)
    stage.configure(*monitors)
    minutes = 4
    for count in range(minutes * 6):
        stage.now = START + count * GRANULE
        assert stage.tick(stage.now) == []
    seen = {(check.monitor_id, check.slot) for check in stage.checks()}
    assert seen == {
        (monitor.id, slot)
        for monitor in monitors
        for slot in planned_slots(
            monitor.id, monitor.interval_seconds, START, START + minutes * MINUTE
        )
    }


def test_a_dispatch_writes_nothing(stage: SchedulerStage) -> None:
    stage.configure(*a_mixture())
    before = {owner: stage.mesh.items(owner) for owner in stage.mesh.tables}
    stage.tick(START)
    reads = ["Query"] * len(INTERVALS)
    sends = ["SendMessageBatch"] * (len(stage.calls.made) - len(reads))
    assert sorted(stage.calls.made) == sorted([*reads, *sends])
    assert len(sends) <= len(REGIONS) * 2
    assert {owner: stage.mesh.items(owner) for owner in stage.mesh.tables} == before


def test_planning_a_minute_takes_one_message_batch_and_one_sign_of_life(
    stage: SchedulerStage,
) -> None:
    stage.scheduler().plan_minute(START)
    assert stage.calls.made == ["SendMessageBatch", "UpdateItem"]
    (beat,) = stage.mesh.items("directory")
    assert (beat["kind"], beat["id"]) == ({"S": "heartbeat"}, {"S": "scheduler"})
    assert beat["facts"]["M"]["tick_at"] == {"S": "2026-01-01T12:00:00Z"}


@pytest.mark.parametrize("later", [timedelta(), 50 * SECOND, 6 * MINUTE])
def test_a_tick_that_comes_twice_makes_no_second_check(
    stage: SchedulerStage, later: timedelta
) -> None:
    stage.configure(*a_mixture())
    stage.tick(START)
    stage.now += later
    stage.tick(START)
    checks = names(stage.checks())
    assert len(checks) == len(set(checks)) > 5


def test_two_schedulers_at_once_send_the_same_messages(stage: SchedulerStage) -> None:
    stage.configure(*a_mixture())
    bodies: list[list[Any]] = []

    def remember(params: dict[str, Any], **_details: Any) -> None:
        bodies[-1] += [(each["MessageDeduplicationId"], each["MessageBody"])
                       for each in params["Entries"]]  # fmt: skip

    for region in PROBE_REGIONS:
        events = stage.calls.client("sqs", region).meta.events
        events.register("before-parameter-build.sqs.SendMessageBatch", remember)
    schedulers = [stage.scheduler(), stage.scheduler()]
    for scheduler in schedulers:
        bodies.append([])
        scheduler.dispatcher.dispatch(TickMessage(granule_at=START, shard=0))
    assert sorted(bodies[0]) == sorted(bodies[1])
    assert len(names(stage.checks())) == len(bodies[0])


def test_a_stale_tick_is_done_with_and_sends_nothing(stage: SchedulerStage) -> None:
    stage.configure(*a_mixture())
    stage.now = START + timedelta(seconds=61)
    assert stage.tick(START) == []
    assert stage.calls.made == []


@pytest.mark.parametrize("shards", [2, 3, 8])
def test_shards_divide_the_monitors_among_them(stage: SchedulerStage, shards: int) -> None:
    monitors = [replace(each, interval_seconds=10) for each in a_mixture()]
    stage.shards = shards
    stage.configure(*monitors)
    by_shard = []
    for shard in range(shards):
        stage.tick(START, shard)
        by_shard.append({check.monitor_id for check in stage.checks()})
    assert sorted(name for found in by_shard for name in found) == [each.id for each in monitors]
    assert sum(bool(found) for found in by_shard) > 1


def test_a_paused_monitor_is_not_probed_and_an_edited_one_as_it_is_now(
    stage: SchedulerStage,
) -> None:
    monitors = [a_monitor(id=f"mon_{number}", interval_seconds=10) for number in range(3)]
    stage.configure(*monitors)
    stage.edit(replace(monitors[0], revision=2, paused=True))
    stage.edit(replace(monitors[1], revision=2, target="https://new.example/"))
    stage.tick(START)
    found = {check.monitor_id: (check.revision, check.target) for check in stage.checks()}
    assert found == {"mon_1": (2, "https://new.example/"), "mon_2": (1, monitors[2].target)}


def test_poison_among_the_ticks_stops_alone(stage: SchedulerStage) -> None:
    stage.configure(a_monitor(interval_seconds=10))
    good = TickMessage(granule_at=START, shard=0)
    newer = encode(replace(good, schema_version=9))
    without_zone = json.dumps({"granule_at": "2026-01-01T12:00:00", "shard": 0})
    back = stage.take("{", newer, encode(good), "[]", without_zone)
    assert back == ["0", "1", "3", "4"]
    assert len(stage.checks()) == 1


def test_one_regions_queue_out_of_reach_loses_its_own_checks_only(stage: SchedulerStage) -> None:
    stage.configure(*(a_monitor(id=f"mon_{n:02}", interval_seconds=10) for n in range(30)))
    sick = stage.calls.client("sqs", REGIONS[1])

    def away(**_details: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://sqs.us-east-1.example")

    sick.meta.events.register("before-call.sqs.SendMessageBatch", away)
    assert stage.tick(START) == []
    regions = {check.region for check in stage.checks()}
    assert regions == {REGIONS[0], REGIONS[2]}


@pytest.mark.parametrize("seed", range(6))
def test_throttling_at_a_tenth_of_all_calls_costs_no_check(
    stage: SchedulerStage, seed: int
) -> None:
    stage.configure(*a_mixture())
    assert stage.tick(START) == []
    everything = names(stage.checks())
    stage.now = later = START + timedelta(days=1)
    stage.calls.before = refusing(0.1, Random(seed))
    for _ in range(5):
        if stage.tick(later) == []:
            break
    assert len(names(stage.checks())) == len(everything)


def test_a_tick_whose_monitors_cannot_be_read_comes_back(stage: SchedulerStage) -> None:
    stage.configure(a_monitor(interval_seconds=10))

    def refuse(_count: int, name: str) -> None:
        if name == "Query":
            raise refusal(name)

    stage.calls.before = refuse
    assert stage.tick(START) == ["0"]
    assert stage.calls.made[-1] == "ChangeMessageVisibilityBatch", "and not in minutes"
    stage.calls.before = None
    assert stage.tick(START) == []
    assert len(stage.checks()) == 1


def test_a_queue_of_ticks_that_is_away_fails_the_minute_and_leaves_no_sign_of_life(
    stage: SchedulerStage,
) -> None:
    def refuse(_count: int, name: str) -> None:
        if name == "SendMessageBatch":
            raise refusal(name)

    stage.calls.before = refuse
    with pytest.raises(Exception, match="6 of 6 ticks were not taken"):
        stage.scheduler().plan_minute(START)
    assert stage.mesh.items("directory") == []


def test_after_missed_ticks_there_is_no_burst(stage: SchedulerStage) -> None:
    """Four minutes were missed: their slots are a gap, and the next minute is like any other."""
    stage.configure(a_monitor(interval_seconds=10))
    for minute in (0, 5):
        stage.now = START + minute * MINUTE
        stage.scheduler().plan_minute(stage.now)
    assert stage.calls.made.count("SendMessageBatch") == 2
    for count in range(6):
        stage.now = START + 6 * MINUTE + count * GRANULE
        stage.tick(stage.now)
    slots = sorted(check.slot for check in stage.checks())
    assert slots == [START + 6 * MINUTE + count * GRANULE for count in range(6)]


def test_what_there_is_no_time_for_goes_on_in_another_invocation(stage: SchedulerStage) -> None:
    monitors = [a_monitor(id=f"mon_{n}", interval_seconds=10, timeout_ms=5000) for n in range(5)]
    stage.configure(*monitors)
    over = Deadline(0.0, lambda: 0.0)
    body = encode(TickMessage(granule_at=START, shard=0))
    assert stage.take(body, deadline=over) == [], "it is done with: its rest is on its way"
    assert stage.checks() == []
    (rest,) = stage.mesh.drain("ticks")
    assert stage.take(rest) == []
    assert {check.monitor_id for check in stage.checks()} == {each.id for each in monitors}


def test_a_granule_whose_rest_no_queue_takes_comes_back(stage: SchedulerStage) -> None:
    stage.configure(a_monitor(interval_seconds=10))

    def refuse(_count: int, name: str) -> None:
        if name == "SendMessageBatch":
            raise refusal(name)

    stage.calls.before = refuse
    over = Deadline(0.0, lambda: 0.0)
    assert stage.take(encode(TickMessage(granule_at=START, shard=0)), deadline=over) == ["0"]
