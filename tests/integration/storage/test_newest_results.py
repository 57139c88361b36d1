"""The newest results of many monitors, found by their timetable and else by a search."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Outcome, Purpose, Result
from sentinelmesh.domain.schedule import regions_of, slot_at
from sentinelmesh.storage.newest_results import NOTHING, NewestResults
from sentinelmesh.storage.results import ResultsRepository
from tests.building import START, a_monitor, a_result
from tests.integration.tables import MotoMesh

MONITOR = a_monitor()
NOW = START + timedelta(minutes=30)
LAST = slot_at(MONITOR.id, MONITOR.interval_seconds, NOW)


@pytest.fixture
def results(mesh: MotoMesh) -> ResultsRepository:
    return ResultsRepository(mesh.dynamodb, mesh.tables["results"])


@pytest.fixture
def calls(mesh: MotoMesh) -> Iterator[Counter[str]]:
    """Count what is asked of the table."""
    counted = Counter[str]()

    def count(model: Any, **_details: Any) -> None:
        counted[model.name] += 1

    mesh.dynamodb.meta.events.register("before-call.dynamodb", count)
    yield counted
    mesh.dynamodb.meta.events.unregister("before-call.dynamodb", count)


@pytest.fixture
def newest(mesh: MotoMesh, results: ResultsRepository) -> NewestResults:
    return NewestResults(mesh.dynamodb, mesh.tables["results"], results)


def back(count: int, monitor: Monitor = MONITOR, last: datetime = LAST) -> datetime:
    return last - count * monitor.interval


def in_turn(slot: datetime, monitor: Monitor = MONITOR) -> str:
    regions = regions_of(
        monitor.id, monitor.interval_seconds, monitor.regions, monitor.strategy, slot
    )
    return regions[0]


def put(results: ResultsRepository, slot: datetime, **changes: Any) -> Result:
    monitor = changes.pop("monitor", MONITOR)
    made = a_result(monitor, slot, changes.pop("region", in_turn(slot, monitor)), **changes)
    results.put(made)
    return made


@pytest.mark.parametrize("count", range(5))
def test_the_last_five_slots_are_addressed_and_not_searched(
    results: ResultsRepository, newest: NewestResults, calls: Counter[str], count: int
) -> None:
    made = put(results, back(count))
    older = put(results, back(count + 1))
    assert older.slot < made.slot
    calls.clear()
    found = newest.find([MONITOR], NOW)["mon_1"]
    assert (found.result, found.seen) == (made, made)
    assert calls == {"BatchGetItem": 1 if count < 2 else 2}


def test_what_was_silent_for_longer_is_searched(
    results: ResultsRepository, newest: NewestResults, calls: Counter[str]
) -> None:
    made = put(results, back(5))
    calls.clear()
    assert newest.find([MONITOR], NOW)["mon_1"].seen == made
    assert calls == {"BatchGetItem": 2, "Query": 1}


def test_an_abstention_is_the_newest_result_but_was_not_seen(
    results: ResultsRepository, newest: NewestResults, calls: Counter[str]
) -> None:
    abstained = put(results, back(0), outcome=Outcome.UNKNOWN)
    saw = put(results, back(3), outcome=Outcome.FAILURE)
    calls.clear()
    found = newest.find([MONITOR], NOW)["mon_1"]
    assert (found.result, found.seen) == (abstained, saw)
    assert calls == {"BatchGetItem": 2}


def test_a_manual_probe_says_nothing_about_the_timetable(
    results: ResultsRepository, newest: NewestResults
) -> None:
    put(results, back(6), purpose=Purpose.MANUAL)
    assert newest.find([MONITOR], NOW)["mon_1"] == NOTHING


def test_only_who_was_not_heard_is_looked_for_again(
    results: ResultsRepository, newest: NewestResults, calls: Counter[str]
) -> None:
    heard = put(results, back(0))
    other = a_monitor(id="mon_2")
    last = slot_at(other.id, other.interval_seconds, NOW)
    far = put(results, last - 10 * other.interval, monitor=other)
    calls.clear()
    found = newest.find([MONITOR, other], NOW)
    assert (found["mon_1"].seen, found["mon_2"].seen) == (heard, far)
    assert calls == {"BatchGetItem": 2, "Query": 1}


def test_a_monitor_that_has_just_been_added_is_not_searched(
    newest: NewestResults, calls: Counter[str]
) -> None:
    young = a_monitor(created_at=NOW - 5 * MONITOR.interval + timedelta(seconds=1))
    assert newest.find([young], NOW) == {"mon_1": NOTHING}
    assert calls["Query"] == 0
    for older in (a_monitor(created_at=NOW - 5 * MONITOR.interval), replace(young, revision=2)):
        calls.clear()
        newest.find([older], NOW)
        assert calls["Query"] == 1


def test_slots_from_before_the_timetable_are_not_asked_for(
    mesh: MotoMesh, newest: NewestResults
) -> None:
    asked: list[int] = []

    def note(params: dict[str, Any], **_details: Any) -> None:
        asked.extend(len(each["Keys"]) for each in params["RequestItems"].values())

    mesh.dynamodb.meta.events.register("before-parameter-build.dynamodb.BatchGetItem", note)
    newest.find([a_monitor(scheduled_since=back(3))], NOW)
    assert asked == [2, 2], "the slot with which it began, and three more"


def test_a_paused_monitor_was_heard_last_before_its_pause(
    results: ResultsRepository, newest: NewestResults, calls: Counter[str]
) -> None:
    made = put(results, back(7))
    paused = replace(MONITOR, paused=True, revision=2, updated_at=back(7) + timedelta(seconds=5))
    calls.clear()
    assert newest.find([paused], NOW)["mon_1"].seen == made
    assert calls == {"BatchGetItem": 1}
    calls.clear()
    ahead = replace(paused, updated_at=NOW + timedelta(hours=1))
    newest.find([ahead], back(7) + timedelta(seconds=1))
    assert calls["Query"] == 0, "whose clock is ahead has paused it now"


def test_with_strategy_all_one_region_speaks_for_near_slots_and_all_for_far_ones(
    results: ResultsRepository, newest: NewestResults, calls: Counter[str]
) -> None:
    everywhere = replace(MONITOR, strategy="all")
    slot = back(2)
    (turn,) = regions_of(MONITOR.id, MONITOR.interval_seconds, MONITOR.regions, "rotate", slot)
    other = next(each for each in MONITOR.regions if each != turn)
    made = put(results, slot, monitor=everywhere, region=other)
    calls.clear()
    assert newest.find([everywhere], NOW)["mon_1"].seen == made
    assert calls == {"BatchGetItem": 2}
