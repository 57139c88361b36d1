"""The newest results of many monitors, found by their timetable and else by a search."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import regions_of, slot_at
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.storage.newest_results import NOTHING, NewestResults
from sentinelmesh.storage.results import ResultsRepository
from tests.integration.api.watched import planned_result
from tests.support.builders import START, a_monitor, a_result
from tests.support.calls import Calls
from tests.support.moto_mesh import MotoMesh

MONITOR = a_monitor()
NOW = START + timedelta(minutes=30)
LAST = slot_at(MONITOR.id, MONITOR.interval_seconds, NOW)


@pytest.fixture
def results(mesh: MotoMesh) -> ResultsRepository:
    return ResultsRepository(mesh.dynamodb, mesh.tables["results"])


@pytest.fixture
def newest(mesh: MotoMesh, calls: Calls) -> NewestResults:
    client, table = calls.client("dynamodb"), mesh.tables["results"]
    return NewestResults(client, table, ResultsRepository(client, table))


def back(count: int) -> datetime:
    return LAST - count * MONITOR.interval


def put(
    results: ResultsRepository, slot: datetime, monitor: Monitor = MONITOR, **changes: Any
) -> Result:
    made = planned_result(monitor, slot, **changes)
    results.put(made)
    return made


@pytest.mark.parametrize("count", range(5))
def test_the_last_five_slots_are_addressed_and_not_searched(
    results: ResultsRepository, newest: NewestResults, calls: Calls, count: int
) -> None:
    made = put(results, back(count))
    older = put(results, back(count + 1))
    assert older.slot < made.slot
    found = newest.find([MONITOR], NOW)["mon_1"]
    assert (found.result, found.seen) == (made, made)
    assert Counter(calls.made) == {"BatchGetItem": 1 if count < 2 else 2}


def test_what_was_silent_for_longer_is_searched(
    results: ResultsRepository, newest: NewestResults, calls: Calls
) -> None:
    made = put(results, back(5))
    assert newest.find([MONITOR], NOW)["mon_1"].seen == made
    assert Counter(calls.made) == {"BatchGetItem": 2, "Query": 1}


def test_an_abstention_is_the_newest_result_but_was_not_seen(
    results: ResultsRepository, newest: NewestResults, calls: Calls
) -> None:
    abstained = put(results, back(0), outcome=Outcome.UNKNOWN)
    saw = put(results, back(3), outcome=Outcome.FAILURE)
    found = newest.find([MONITOR], NOW)["mon_1"]
    assert (found.result, found.seen) == (abstained, saw)
    assert Counter(calls.made) == {"BatchGetItem": 2}


def test_a_manual_probe_says_nothing_about_the_timetable(
    results: ResultsRepository, newest: NewestResults
) -> None:
    put(results, back(6), purpose=Purpose.MANUAL)
    assert newest.find([MONITOR], NOW)["mon_1"] == NOTHING


def test_only_who_was_not_heard_is_looked_for_again(
    results: ResultsRepository, newest: NewestResults, calls: Calls
) -> None:
    heard = put(results, back(0))
    other = a_monitor(id="mon_2")
    last = slot_at(other.id, other.interval_seconds, NOW)
    far = put(results, last - 10 * other.interval, monitor=other)
    found = newest.find([MONITOR, other], NOW)
    assert (found["mon_1"].seen, found["mon_2"].seen) == (heard, far)
    assert Counter(calls.made) == {"BatchGetItem": 2, "Query": 1}


def test_a_monitor_that_has_just_been_added_is_not_searched(
    newest: NewestResults, calls: Calls
) -> None:
    young = a_monitor(created_at=NOW - 5 * MONITOR.interval + timedelta(seconds=1))
    assert newest.find([young], NOW) == {"mon_1": NOTHING}
    assert "Query" not in calls.made
    for older in (a_monitor(created_at=NOW - 5 * MONITOR.interval), replace(young, revision=2)):
        calls.made.clear()
        newest.find([older], NOW)
        assert calls.made.count("Query") == 1


def test_slots_from_before_the_timetable_are_not_asked_for(
    calls: Calls, newest: NewestResults
) -> None:
    asked: list[int] = []

    def note(params: dict[str, Any], **_details: Any) -> None:
        asked.extend(len(each["Keys"]) for each in params["RequestItems"].values())

    events = calls.client("dynamodb").meta.events
    events.register("before-parameter-build.dynamodb.BatchGetItem", note)
    newest.find([a_monitor(scheduled_since=back(3))], NOW)
    assert asked == [2, 2], "the slot with which it began, and three more"


def test_a_paused_monitor_was_heard_last_before_its_pause(
    results: ResultsRepository, newest: NewestResults, calls: Calls
) -> None:
    made = put(results, back(7))
    paused = replace(MONITOR, paused=True, revision=2, updated_at=back(7) + timedelta(seconds=5))
    assert newest.find([paused], NOW)["mon_1"].seen == made
    assert Counter(calls.made) == {"BatchGetItem": 1}
    calls.made.clear()
    ahead = replace(paused, updated_at=NOW + timedelta(hours=1))
    newest.find([ahead], back(7) + timedelta(seconds=1))
    assert "Query" not in calls.made, "whose clock is ahead has paused it now"


def test_with_strategy_all_one_region_speaks_for_near_slots_and_all_for_far_ones(
    results: ResultsRepository, newest: NewestResults, calls: Calls
) -> None:
    everywhere = replace(MONITOR, strategy="all")
    slot = back(2)
    (turn,) = regions_of(MONITOR.id, MONITOR.interval_seconds, MONITOR.regions, "rotate", slot)
    other = next(each for each in MONITOR.regions if each != turn)
    made = a_result(everywhere, slot, other)
    results.put(made)
    assert newest.find([everywhere], NOW)["mon_1"].seen == made
    assert Counter(calls.made) == {"BatchGetItem": 2}
