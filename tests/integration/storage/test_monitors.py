"""Monitors on DynamoDB: one author at a time, and a due index that agrees with the schedule."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentinelmesh.checks import check_of
from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.domain.monitors.monitor import INTERVALS, Assertion, Monitor, Policy
from sentinelmesh.domain.monitors.schedule import (
    GRANULE,
    due_keys,
    next_slot,
    planned_slots,
    shard_of,
)
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState
from sentinelmesh.storage.dynamodb.batches import MAX_KEYS
from sentinelmesh.storage.monitors import MonitorsRepository
from tests.support.builders import REGIONS, START, a_monitor
from tests.support.moto_mesh import MotoMesh

SHARDS = 3


@pytest.fixture
def monitors(mesh: MotoMesh) -> MonitorsRepository:
    return MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"], SHARDS)


def due_now(monitors: MonitorsRepository, monitor: Monitor) -> list[DueMonitor]:
    """Read the partitions of the due index that a monitor's next slot belongs to."""
    slot = next_slot(monitor.id, monitor.interval_seconds, START)
    keys = due_keys(slot, shard_of(monitor.id, SHARDS))
    return [each for key in keys for each in monitors.list_due(key)]


def due_in(monitors: MonitorsRepository, granule: datetime, shard: int) -> list[str]:
    """Return the monitors that one shard finds due in a granule."""
    found = (monitors.list_due(key) for key in due_keys(granule, shard))
    return [each.id for part in found for each in part]


def test_a_monitor_comes_back_as_it_was_put(monitors: MonitorsRepository) -> None:
    monitor = a_monitor(probe={"method": "HEAD", "headers": {"a": "b"}}, tags=("x",))
    monitors.create(monitor)
    assert monitors.get(monitor.id) == monitor
    assert monitors.get("mon_other") is None


def test_an_id_is_given_once(monitors: MonitorsRepository) -> None:
    monitors.create(a_monitor())
    with pytest.raises(AlreadyExists):
        monitors.create(a_monitor(name="Another"))
    assert monitors.get("mon_1") == a_monitor()


def test_an_edit_replaces_the_revision_that_its_author_saw(monitors: MonitorsRepository) -> None:
    monitors.create(a_monitor())
    monitors.replace(a_monitor(revision=2, name="Store"))
    monitors.replace(a_monitor(revision=3, name="Market"))
    assert monitors.get("mon_1") == a_monitor(revision=3, name="Market")


@pytest.mark.parametrize("revision", [1, 2, 4])
def test_an_edit_of_an_older_or_unknown_revision_is_refused(
    monitors: MonitorsRepository, revision: int
) -> None:
    monitors.create(a_monitor())
    monitors.replace(a_monitor(revision=2))
    with pytest.raises(StaleState, match="mon_1"):
        monitors.replace(a_monitor(revision=revision, name="Mine"))
    assert monitors.get("mon_1") == a_monitor(revision=2)


def test_a_monitor_that_was_deleted_cannot_be_edited_back_to_life(
    monitors: MonitorsRepository,
) -> None:
    monitors.create(a_monitor())
    monitors.delete("mon_1")
    with pytest.raises(StaleState):
        monitors.replace(a_monitor(revision=2))
    assert monitors.get("mon_1") is None


def test_deleting_twice_says_that_there_is_none(monitors: MonitorsRepository) -> None:
    monitors.create(a_monitor())
    monitors.delete("mon_1")
    with pytest.raises(NotFound):
        monitors.delete("mon_1")


def test_more_monitors_than_one_request_takes_are_read_and_none_twice(
    monitors: MonitorsRepository,
) -> None:
    ids = [f"mon_{number:03}" for number in range(MAX_KEYS + 5)]
    for each in ids:
        monitors.create(a_monitor(id=each))
    found = monitors.get_many([*ids[:7], *ids, "mon_missing"])
    assert sorted(found) == ids
    assert all(monitor.id == each for each, monitor in found.items())
    assert monitors.get_many([]) == {}


def test_the_list_goes_page_by_page_in_the_order_of_ids(monitors: MonitorsRepository) -> None:
    ids = [f"mon_{number}" for number in (3, 1, 2, 5, 4)]
    for each in ids:
        monitors.create(a_monitor(id=each, paused=each == "mon_2"))
    first = monitors.list_page(2)
    second = monitors.list_page(2, first[-1].id)
    third = monitors.list_page(2, second[-1].id)
    assert [each.id for each in (*first, *second, *third)] == sorted(ids)
    assert monitors.list_page(2, third[-1].id) == []


def test_a_page_is_full_even_if_dynamodb_cuts_its_answer_at_a_megabyte(
    monitors: MonitorsRepository,
) -> None:
    for number in range(14):
        monitors.create(a_monitor(id=f"mon_{number:02}", probe={"body": "x" * 150_000}))
    assert len(monitors.list_page(10)) == 10
    assert len(monitors.list_page(20)) == 14


def test_all_monitors_of_a_partition_are_due_even_over_several_pages(
    monitors: MonitorsRepository,
) -> None:
    alike = [each for each in map(a_monitor_of, range(60)) if shard_of(each.id, SHARDS) == 0][:12]
    for each in alike:
        monitors.create(replace(each, probe={"body": "x" * 150_000}))
    assert sorted(each.id for each in due_now(monitors, alike[0])) == sorted(
        each.id for each in alike
    )


def a_monitor_of(number: int) -> Monitor:
    """Build a monitor that is due in every granule."""
    return a_monitor(id=f"mon_{number:02}", interval_seconds=10)


def test_a_paused_monitor_is_due_nowhere_until_it_is_resumed(
    monitors: MonitorsRepository, mesh: MotoMesh
) -> None:
    monitor = a_monitor(paused=True)
    monitors.create(monitor)
    assert due_now(monitors, monitor) == []
    assert "due" not in mesh.items("monitors")[0]
    monitors.replace(replace(monitor, revision=2, paused=False))
    assert [each.id for each in due_now(monitors, monitor)] == ["mon_1"]
    monitors.replace(replace(monitor, revision=3))
    assert due_now(monitors, monitor) == []


def test_an_edited_interval_moves_the_monitor_to_its_new_partition(
    monitors: MonitorsRepository,
) -> None:
    monitors.create(a_monitor())
    edited = a_monitor(revision=2, interval_seconds=300)
    monitors.replace(edited)
    assert [each.revision for each in due_now(monitors, edited)] == [2]


def test_a_due_monitor_makes_the_very_checks_of_the_whole_one(
    monitors: MonitorsRepository,
) -> None:
    monitor = a_monitor(
        probe={"method": "HEAD", "headers": {"a": "b"}, "expected_status": ["200"]},
        assertions=(Assertion(source="json", operator="equals", value=[1, None], path="$.a"),),
        secret_fields=("headers.authorization",),
        secrets_version=7,
        degraded_after_ms=1500,
        strategy="all",
        revision=9,
    )
    monitors.create(monitor)
    (due,) = due_now(monitors, monitor)
    for region in REGIONS:
        order = (region, Purpose.SCHEDULED, START, (START, START))
        assert check_of(due, *order) == check_of(monitor, *order)
    assert (due.regions, due.strategy) == (monitor.regions, monitor.strategy)


def test_a_monitor_that_this_code_cannot_read_is_left_out_alone(
    monitors: MonitorsRepository, mesh: MotoMesh
) -> None:
    for each in ("mon_1", "mon_2", "mon_3"):
        monitors.create(a_monitor(id=each, interval_seconds=10))
    mesh.dynamodb.update_item(
        TableName=mesh.tables["monitors"],
        Key={"monitor_id": {"S": "mon_2"}},
        UpdateExpression="SET strategy = :newer",
        ExpressionAttributeValues={":newer": {"S": "of newer code"}},
    )
    left_out: list[str] = []
    watched = MonitorsRepository(
        mesh.dynamodb,
        mesh.tables["monitors"],
        SHARDS,
        report=lambda row: left_out.append(row.row_id),
    )
    for _ in range(2):
        found = [
            each.id
            for shard in range(SHARDS)
            for key in due_keys(START, shard)
            for each in watched.list_due(key)
        ]
        assert sorted(found) == ["mon_1", "mon_3"]
    assert left_out == ["mon_2"], "reported once"


@given(
    number=st.integers(0, 10**6),
    interval=st.sampled_from(INTERVALS),
    shards=st.integers(1, 4),
    minutes=st.integers(0, 3000),
)
@settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_due_index_agrees_with_the_schedule(
    mesh: MotoMesh, number: int, interval: int, shards: int, minutes: int
) -> None:
    """In each granule exactly the shard of a monitor finds it, and only when it has a slot."""
    monitors = MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"], shards)
    monitor = a_monitor(id=f"mon_{number}", interval_seconds=interval)
    monitors.create(monitor)
    try:
        start = START + minutes * 6 * GRANULE
        slot = next_slot(monitor.id, interval, start)
        for granule in (start, slot, slot + GRANULE):
            planned = list(planned_slots(monitor.id, interval, granule, granule + GRANULE))
            found = {shard: due_in(monitors, granule, shard) for shard in range(shards)}
            mine = shard_of(monitor.id, shards)
            assert found == {
                shard: [monitor.id] if planned and shard == mine else [] for shard in range(shards)
            }
    finally:
        monitors.delete(monitor.id)


def test_what_matters_for_the_trust_in_regions_is_read_of_every_monitor(
    monitors: MonitorsRepository,
) -> None:
    monitors.create(a_monitor(id="mon_1"))
    monitors.create(a_monitor(id="mon_2", policy=Policy(quorum=1)))
    monitors.create(a_monitor(id="mon_3", paused=True))
    found = {each.id: each for each in monitors.iterate_watched()}
    assert {name: each.quorum for name, each in found.items()} == {
        "mon_1": 2, "mon_2": 1, "mon_3": 2,
    }  # fmt: skip
    assert [each.can_contradict for each in found.values()] == [True, False, False]
