"""Results on DynamoDB: put once, never changed, read in spans of slots."""

from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.errors import AlreadyExists
from sentinelmesh.storage import results as stored
from sentinelmesh.storage.dynamodb.keys import result_key
from sentinelmesh.storage.dynamodb.query_pages import Counted
from sentinelmesh.storage.results import ResultsRepository, bounds
from tests.support.builders import REGIONS, START, a_monitor, a_result
from tests.support.moto_mesh import MotoMesh

MONITOR = a_monitor()
HALF = timedelta(milliseconds=500)


@pytest.fixture
def results(mesh: MotoMesh) -> ResultsRepository:
    return ResultsRepository(mesh.dynamodb, mesh.tables["results"], retention_days=30)


def slot(count: int) -> datetime:
    return START + timedelta(minutes=count)


def put(
    results: ResultsRepository, counts: range, monitor: Monitor = MONITOR, **changes: object
) -> list[Result]:
    made = [a_result(monitor, slot(count), REGIONS[0], **changes) for count in counts]
    for each in made:
        results.put(each)
    return made


def slots_of(rows: list[tuple[str, Result]]) -> list[int]:
    return [(row.slot - START) // timedelta(minutes=1) for _, row in rows]


def test_a_fact_is_put_once_and_never_changed(results: ResultsRepository) -> None:
    (first,) = put(results, range(1))
    with pytest.raises(AlreadyExists):
        put(results, range(1), outcome=Outcome.FAILURE)
    assert results.list_since("mon_1", START) == [first]


@pytest.mark.parametrize(
    "other",
    [
        a_result(MONITOR, START, REGIONS[1]),
        a_result(MONITOR, START, REGIONS[0], purpose=Purpose.VERIFICATION),
        a_result(MONITOR, START, REGIONS[0], purpose=Purpose.MANUAL),
        a_result(a_monitor(revision=2), START, REGIONS[0]),
        a_result(MONITOR, slot(1), REGIONS[0]),
        a_result(a_monitor(id="mon_2"), START, REGIONS[0]),
    ],
)
def test_another_region_purpose_revision_slot_or_monitor_is_another_fact(
    results: ResultsRepository, other: Result
) -> None:
    put(results, range(1))
    results.put(other)
    assert other in results.list_since(other.monitor_id, START)


def test_a_result_is_kept_for_as_long_as_the_deployment_says(
    results: ResultsRepository, mesh: MotoMesh
) -> None:
    (made,) = put(results, range(1))
    kept_until = made.started_at + timedelta(days=30)
    assert mesh.items("results")[0]["ttl"] == {"N": str(int(kept_until.timestamp()))}


def test_a_result_whose_time_is_up_is_the_same_fact_until_it_is_really_gone(
    results: ResultsRepository,
) -> None:
    """DynamoDB deletes hours late; until then a replay must not record it a second time."""
    long_ago = timedelta(days=90)
    old = a_result(
        MONITOR, START - long_ago, REGIONS[0], started_at=START - long_ago, scheduled_at=START
    )
    results.put(old)
    with pytest.raises(AlreadyExists):
        results.put(old)


def test_results_since_a_slot_come_oldest_first_over_all_pages(
    results: ResultsRepository,
) -> None:
    made = put(results, range(14), detail="x" * 150_000)
    put(results, range(3), a_monitor(id="mon_2"))
    assert results.list_since("mon_1", slot(2)) == made[2:]


def test_a_page_goes_newest_first_and_goes_on_behind_its_last_key(
    results: ResultsRepository,
) -> None:
    put(results, range(7))
    first = results.list_newest("mon_1", 3)
    second = results.list_newest("mon_1", 3, before_key=first[-1][0])
    third = results.list_newest("mon_1", 3, before_key=second[-1][0])
    assert [slots_of(page) for page in (first, second, third)] == [[6, 5, 4], [3, 2, 1], [0]]
    assert results.list_newest("mon_1", 3, before_key=third[-1][0]) == []


def test_the_page_before_a_key_that_is_gone_loses_nothing(results: ResultsRepository) -> None:
    put(results, range(4))
    gone = result_key(a_result(MONITOR, slot(3), "us-east-1"))
    assert slots_of(results.list_newest("mon_1", 2, before_key=gone)) == [3, 2]


def test_a_page_is_full_even_if_answers_were_big(results: ResultsRepository) -> None:
    put(results, range(14), detail="x" * 150_000)
    assert len(results.list_newest("mon_1", 12)) == 12


def test_failures_of_a_time_are_counted_by_when_they_began(
    results: ResultsRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(results, range(4), outcome=Outcome.FAILURE)
    put(results, range(4, 8))
    put(results, range(8, 10), outcome=Outcome.FAILURE)
    began = slot(1) + timedelta(milliseconds=120)
    assert results.count_failures(MONITOR.id, began, slot(9)) == Counted(4)
    just_after = began + timedelta(milliseconds=1)
    assert results.count_failures(MONITOR.id, just_after, slot(9)) == Counted(3)
    monkeypatch.setattr(stored, "MAX_PAGES", 0)
    assert results.count_failures(MONITOR.id, began, slot(9)).is_cut


def test_a_span_includes_its_first_slot_and_not_its_end(results: ResultsRepository) -> None:
    put(results, range(6))
    assert slots_of(results.list_newest("mon_1", 9, start=slot(2), end=slot(4))) == [3, 2]
    between = bounds(slot(2), slot(4))
    assert [each.slot for each in results.iterate("mon_1", between)] == [slot(3), slot(2)]


@pytest.mark.parametrize(
    ("start", "end", "seen"),
    [
        (slot(2) + HALF, None, [3]),
        (slot(2) - HALF, None, [3, 2]),
        (None, slot(2) + HALF, [2, 1, 0]),
        (None, slot(2) - HALF, [1, 0]),
    ],
)
def test_fractions_of_a_second_bound_a_span_like_any_instant(
    results: ResultsRepository, start: datetime | None, end: datetime | None, seen: list[int]
) -> None:
    put(results, range(4))
    assert slots_of(results.list_newest("mon_1", 9, start=start, end=end)) == seen


def test_a_span_that_ends_before_it_begins_is_empty(results: ResultsRepository) -> None:
    made = put(results, range(4))
    assert results.list_newest("mon_1", 9, start=slot(3), end=slot(1)) == []
    assert list(results.iterate("mon_1", bounds(slot(3), slot(1)))) == []
    cursor = result_key(made[0])
    assert results.list_newest("mon_1", 9, start=slot(2), before_key=cursor) == []
