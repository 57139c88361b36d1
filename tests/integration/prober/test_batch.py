"""Batches of checks: each result is written once, the moment its probe ends."""

import asyncio
from datetime import timedelta
from threading import Semaphore

import pytest

from functions.prober.observation import Observation
from functions.prober.probes.context import Assignment, ProbeContext
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.messages import encode
from tests.integration.prober.batches import REGION, Bench, checks
from tests.integration.prober.probing import a_check
from tests.support.builders import START

DEADLINE = timedelta(seconds=60)


class Crash(BaseException):
    """The process is gone: nothing of our code may catch this."""


def test_a_batch_becomes_one_result_per_check(bench: Bench) -> None:
    assert bench.take(*checks(10)) == []
    assert [each.monitor_id for each in bench.results] == [f"mon_{place}" for place in range(10)]
    first = bench.results[0]
    assert (first.outcome, first.region, first.purpose) == (
        Outcome.SUCCESS,
        REGION,
        Purpose.SCHEDULED,
    )
    assert (first.slot, first.revision, first.latency_ms) == (START, 3, 1.5)
    assert (first.started_at - first.scheduled_at, first.lateness_ms) == (
        timedelta(milliseconds=250),
        250,
    )
    assert bench.calls == ["PutItem"] * 10, "and nothing else was asked of AWS"


def test_a_result_is_written_when_its_probe_ends_not_when_the_batch_does(bench: Bench) -> None:
    """The tenth probe ends only when it has seen the results of the nine others."""

    written = Semaphore(0)

    async def probe(assignment: Assignment, _context: ProbeContext) -> Observation:
        if assignment.check.monitor_id == "mon_9":
            for _ in range(9):
                assert await asyncio.to_thread(written.acquire, timeout=15)
        return Observation(outcome=Outcome.SUCCESS)

    bench.probes = {"http": probe}
    bench.after_call = lambda _call, _body: written.release()
    assert bench.take(*checks(10)) == []
    assert {each.outcome for each in bench.results} == {Outcome.SUCCESS}


def test_a_hanging_target_ends_at_its_own_deadline_only(bench: Bench) -> None:
    async def probe(assignment: Assignment, _context: ProbeContext) -> Observation:
        if assignment.check.monitor_id == "mon_0":
            await asyncio.Event().wait()
        return Observation(outcome=Outcome.SUCCESS)

    bench.probes = {"http": probe}
    assert bench.take(*checks(10, timeout_ms=300)) == []
    outcomes = {each.monitor_id: each.error for each in bench.results}
    assert outcomes.pop("mon_0") == "read_timeout"
    assert set(outcomes.values()) == {None}


def test_a_check_that_comes_twice_is_recorded_once(bench: Bench) -> None:
    (check,) = checks(1)
    assert bench.take(check) == []
    bench.now += timedelta(seconds=5)
    assert bench.take(check) == []
    (result,) = bench.results
    assert result.lateness_ms == 250, "the first one stays"
    assert bench.spooled() == []


def test_a_check_that_comes_twice_in_one_batch_is_recorded_once(bench: Bench) -> None:
    (check,) = checks(1)
    assert bench.take(check, check) == []
    assert len(bench.results) == 1


def test_other_revisions_regions_and_purposes_are_other_facts(bench: Bench) -> None:
    (check,) = checks(1)
    others = [
        a_check("x", monitor_id="mon_0", region=REGION, revision=4),
        a_check("x", monitor_id="mon_0", region="eu-west-1"),
        a_check("x", monitor_id="mon_0", region=REGION, purpose=Purpose.VERIFICATION),
    ]
    assert bench.take(check, *others) == []
    assert len(bench.results) == 4


POISON = [
    "",
    "no json",
    "{}",
    "[]",
    "null",
    "[" * 100_000,
    '{"schema_version": 1}',
    encode(a_check("x")).replace('"schema_version":1', '"schema_version":99'),
    encode(a_check("x")).replace('"timeout_ms":20000', '"timeout_ms":"soon"'),
]


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
def test_a_message_that_nobody_can_read_stops_alone(bench: Bench, poison: str) -> None:
    good = checks(3)
    assert bench.take(good[0], poison, *good[1:]) == [1]
    assert len(bench.results) == 3


def test_a_check_of_an_unknown_kind_is_recorded_as_unknown(bench: Bench) -> None:
    assert bench.take(*checks(1, kind="telepathy")) == []
    assert [(each.outcome, each.error) for each in bench.results] == [
        (Outcome.UNKNOWN, "unsupported_kind")
    ]


@pytest.mark.parametrize(
    ("late", "made"),
    [(DEADLINE - timedelta(milliseconds=1), True), (DEADLINE, False), (DEADLINE * 3, False)],
)
def test_a_check_that_comes_too_late_leaves_a_gap_that_can_be_seen(
    bench: Bench, late: timedelta, *, made: bool
) -> None:
    bench.now = START + late
    assert bench.take(*checks(1)) == []
    (result,) = bench.results
    assert bool(bench.succeeding.made) is made
    if not made:
        assert (result.outcome, result.error) == (Outcome.UNKNOWN, "expired")
        assert result.lateness_ms == late / timedelta(milliseconds=1)
        assert result.latency_ms is None


def test_a_clock_behind_the_schedulers_makes_no_negative_lateness(bench: Bench) -> None:
    bench.now = START - timedelta(minutes=5)
    bench.take(*checks(1))
    assert [each.lateness_ms for each in bench.results] == [0]


def test_a_process_that_dies_after_the_write_does_no_harm(bench: Bench) -> None:
    def die(_call: str, _body: str) -> None:
        raise Crash

    bench.after_call = die
    with pytest.raises(Crash):
        bench.take(*checks(3))
    bench.after_call = None
    assert bench.take(*checks(3)) == []
    assert len(bench.results) == 3
