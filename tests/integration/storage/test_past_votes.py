"""A long past, read quickly: all that a decision looks at, as it was put."""

from dataclasses import replace
from datetime import timedelta

from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.vote_history import READERS, PastVotes
from tests.support.builders import REGIONS, START, a_monitor, a_result
from tests.support.moto_mesh import MotoMesh

MONITOR = a_monitor()
MINUTE = timedelta(minutes=1)


def test_all_results_of_a_time_come_back_as_far_as_they_matter(mesh: MotoMesh) -> None:
    results = ResultsRepository(mesh.dynamodb, mesh.tables["results"])
    put = [
        a_result(
            MONITOR, START + count * MINUTE, REGIONS[count % 3],
            outcome=Outcome.FAILURE if count % 5 == 0 else Outcome.SUCCESS,
            purpose=Purpose.VERIFICATION if count % 7 == 0 else Purpose.SCHEDULED,
            degraded=count % 4 == 1, latency_ms=None if count % 6 == 0 else 12.5,
        )
        for count in range(40)
    ]  # fmt: skip
    for each in put:
        results.put(each)
    made: list[object] = []

    def client() -> object:
        made.append(mesh.fresh_dynamodb())
        return made[-1]

    past = PastVotes(client, mesh.tables["results"])  # type: ignore[arg-type]
    within = Interval(START + 3 * MINUTE, START + 37 * MINUTE)
    for _ in range(2):
        read = sorted(past.read("mon_1", 9, within), key=lambda each: each.slot)
        kept = ("slot", "region", "outcome", "purpose", "error", "detail", "latency_ms", "degraded")
        assert [[getattr(each, name) for name in kept] for each in read] == [
            [getattr(each, name) for name in kept]
            for each in put
            if within.start <= each.slot < within.end
        ]
        assert {(each.revision, each.lateness_ms) for each in read} == {(9, 0)}
    assert len(made) == 1, "what is read with is made once"
    assert READERS > 1


def test_a_piece_of_more_than_a_page_is_read_to_its_end(mesh: MotoMesh) -> None:
    results = ResultsRepository(mesh.dynamodb, mesh.tables["results"])
    long = "x" * 30_000
    for count in range(45):
        slot = START + count * timedelta(seconds=1)
        results.put(replace(a_result(MONITOR, slot, REGIONS[0]), detail=long))
    past = PastVotes(mesh.fresh_dynamodb, mesh.tables["results"])
    # All of it lies in the first of the pieces that are read side by side.
    assert len(past.read("mon_1", 1, Interval(START, START + READERS * MINUTE))) == 45
