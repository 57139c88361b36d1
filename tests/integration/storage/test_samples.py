"""One result for each stretch of time of many monitors, and what came of the last slots."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import slot_at
from sentinelmesh.domain.probing.result import Purpose, Result
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.samples import Samples
from tests.integration.api.watched import planned_result
from tests.support.builders import START, a_monitor
from tests.support.calls import Calls
from tests.support.moto_mesh import MotoMesh

MINUTE, HOUR, MOMENT = timedelta(minutes=1), timedelta(hours=1), timedelta(microseconds=1)
MONITOR = a_monitor(created_at=START - 10 * HOUR)
UNTIL = START + 2 * HOUR


@pytest.fixture
def results(mesh: MotoMesh) -> ResultsRepository:
    return ResultsRepository(mesh.dynamodb, mesh.tables["results"])


@pytest.fixture
def samples(mesh: MotoMesh, calls: Calls) -> Samples:
    client, table = calls.client("dynamodb"), mesh.tables["results"]
    return Samples(client, table, ResultsRepository(client, table))


def last_of(end: datetime, monitor: Monitor = MONITOR) -> datetime:
    return slot_at(monitor.id, monitor.interval_seconds, end - MOMENT)


def put(results: ResultsRepository, slot: datetime, **changes: Any) -> Result:
    made = planned_result(MONITOR, slot, **changes)
    results.put(made)
    return made


def test_the_last_planned_result_of_each_stretch_is_addressed(
    samples: Samples, results: ResultsRepository, calls: Calls
) -> None:
    first = put(results, last_of(START + HOUR))
    second = put(results, last_of(UNTIL))
    put(results, last_of(UNTIL) - MINUTE)
    wanted = [(MONITOR, START), (MONITOR, START + HOUR)]
    assert samples.find(wanted, HOUR, UNTIL) == {
        ("mon_1", START): first,
        ("mon_1", START + HOUR): second,
    }
    assert Counter(calls.made) == {"BatchGetItem": 1}


def test_a_stretch_that_goes_on_ends_with_what_may_have_come(
    samples: Samples, results: ResultsRepository, calls: Calls
) -> None:
    until = START + 30 * MINUTE
    made = put(results, last_of(until))
    assert samples.find([(MONITOR, START)], HOUR, until) == {("mon_1", START): made}
    assert Counter(calls.made) == {"BatchGetItem": 1}


def test_where_the_planned_one_is_missing_any_scheduled_one_of_the_stretch_is_found(
    samples: Samples, results: ResultsRepository, calls: Calls
) -> None:
    made = put(results, START + 20 * MINUTE, revision=7)
    for count in range(3):
        put(results, START + (30 + count) * MINUTE, purpose=Purpose.MANUAL)
    put(results, START - MINUTE)
    wanted = [(MONITOR, START), (MONITOR, START + HOUR)]
    assert samples.find(wanted, HOUR, UNTIL) == {("mon_1", START): made}
    assert Counter(calls.made) == {"BatchGetItem": 1, "Query": 2}


def test_nothing_is_asked_about_time_before_a_monitor_was_there(
    samples: Samples, calls: Calls
) -> None:
    for created in (START + HOUR, START + HOUR + MOMENT):
        assert samples.find([(replace(MONITOR, created_at=created), START)], HOUR, UNTIL) == {}
        assert calls.made == []
    samples.find([(replace(MONITOR, created_at=START + HOUR - MOMENT), START)], HOUR, UNTIL)
    assert calls.made.count("Query") == 1


def test_after_an_edit_the_stretch_is_searched(
    samples: Samples, results: ResultsRepository, calls: Calls
) -> None:
    slot = last_of(START + HOUR)
    made = put(results, slot)
    for updated, searched in ((slot, 0), (slot + MOMENT, 1)):
        calls.made.clear()
        edited = replace(MONITOR, updated_at=updated)
        assert samples.find([(edited, START)], HOUR, UNTIL) == {("mon_1", START): made}
        assert calls.made.count("Query") == searched


@pytest.mark.parametrize(("strategy", "share"), [("rotate", 1), ("all", 3)])
def test_all_that_was_planned_for_the_last_slots_is_told_with_what_came_of_it(
    samples: Samples, results: ResultsRepository, strategy: Any, share: int
) -> None:
    monitor = replace(MONITOR, strategy=strategy)
    newest = last_of(UNTIL)
    made = put(results, newest - MINUTE)
    found = samples.planned([monitor], 3, UNTIL)
    assert [each.slot for each in found] == [
        newest - count * MINUTE for count in range(3) for _ in range(share)
    ]
    assert [each.result for each in found if each.result] == [made]


def test_slots_that_an_edit_or_another_timetable_may_have_planned_are_left_out(
    samples: Samples,
) -> None:
    newest = last_of(UNTIL)
    for began, count in ((newest - 4 * MINUTE, 3), (newest - 4 * MINUTE + MOMENT, 2)):
        for monitor in (
            replace(MONITOR, updated_at=began),
            replace(MONITOR, scheduled_since=began),
        ):
            assert len(samples.planned([monitor], 9, UNTIL)) == count
    assert [each.slot for each in samples.planned([MONITOR], 1, newest)] == [newest - MINUTE]
