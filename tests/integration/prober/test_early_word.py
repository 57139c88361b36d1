"""The verifier hears of a probe that goes without an answer, while it is still under way."""

import asyncio
from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.prober.observation import Observation
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.slow_probe_notice import (
    KEPT,
    LEAST,
    MARGIN,
    MAX_MONITORS,
    EarlyWord,
    UsualLatency,
)
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.messages import EvaluationMessage, decode
from tests.integration.prober.batches import REGION, Bench, checks
from tests.integration.prober.probing import a_check
from tests.support.builders import START, a_monitor, a_result


def waiting_for(bench: Bench, call: str, outcome: Outcome = Outcome.SUCCESS) -> None:
    """Have targets that answer only once AWS has been called."""
    called = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    def note(name: str, _body: str) -> None:
        if name == call:
            loops[0].call_soon_threadsafe(called.set)

    async def probe(_assignment: Assignment, _context: ProbeContext) -> Observation:
        loops.append(asyncio.get_running_loop())
        await called.wait()
        return Observation(outcome=outcome, latency_ms=2000.0)

    bench.probes, bench.after_call = {"http": probe}, note


def words(bench: Bench) -> list[EvaluationMessage]:
    return [decode(each, EvaluationMessage) for each in bench.mesh.drain("evaluations")]


def test_the_verifier_hears_of_a_slow_probe_before_it_ends(bench: Bench) -> None:
    waiting_for(bench, "SendMessage")
    assert bench.take(*checks(1, patience_ms=1)) == []
    slow = Unanswered(slot=START, region=REGION, revision=3)
    assert words(bench) == [EvaluationMessage(monitor_id="mon_0", unanswered=slow)]
    (result,) = bench.results
    assert result.outcome is Outcome.SUCCESS, "its late answer counts as ever"


def test_nothing_is_said_of_quick_answers_nor_where_nobody_asks_for_it(bench: Bench) -> None:
    bench.probes = {"http": bench.succeeding}
    assert bench.take(*checks(2, patience_ms=15_000)) == []
    assert bench.take(*checks(2)) == []
    assert words(bench) == []
    assert set(bench.calls) == {"PutItem"}


def test_a_word_that_cannot_be_sent_keeps_no_result_back(bench: Bench) -> None:
    waiting_for(bench, "PutItem", Outcome.FAILURE)
    quick = bench.succeeding
    slow = bench.probes["http"]

    async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
        return await (slow if assignment.check.monitor_id == "mon_0" else quick)(
            assignment, context
        )

    def strike(call: str, _body: str) -> None:
        if call == "SendMessage":
            raise EndpointConnectionError(endpoint_url="https://sqs.example")

    bench.probes, bench.before_call = {"http": probe}, strike
    told, untold = a_check("x", monitor_id="mon_0", region=REGION, patience_ms=1), checks(2)[1]
    assert bench.take(told, untold) == []
    assert len(bench.results) == 2
    assert words(bench) == []


def remembering(*latencies: float) -> UsualLatency:
    usual = UsualLatency()
    for latency in latencies:
        usual.note(a_result(a_monitor(), START, REGION, latency_ms=latency))
    return usual


def test_usual_is_the_99th_percentile_of_the_last_hundred_answers_and_a_margin() -> None:
    assert remembering(*[5000.0] * (LEAST - 1)).of("mon_1") == timedelta()
    assert remembering(*[5000.0] * LEAST).of("mon_1") == timedelta(seconds=5) * MARGIN
    hundred = remembering(*[9000.0] * 50, *map(float, range(1, KEPT + 1)))
    assert hundred.of("mon_1") == timedelta(milliseconds=99) * MARGIN
    assert hundred.of("mon_2") == timedelta()


def test_what_failed_says_nothing_about_how_long_answers_take() -> None:
    usual = UsualLatency()
    for outcome in (Outcome.FAILURE, Outcome.UNKNOWN):
        for _ in range(LEAST):
            usual.note(a_result(a_monitor(), START, REGION, outcome=outcome, latency_ms=9000.0))
    assert usual.of("mon_1") == timedelta()


def test_only_so_many_monitors_are_remembered() -> None:
    usual = UsualLatency()
    first, *others = (a_monitor(id=f"mon_{count}") for count in range(MAX_MONITORS + 1))
    for monitor in (first, *others):
        for _ in range(LEAST):
            usual.note(a_result(monitor, START, REGION, latency_ms=100.0))
    assert usual.of(first.id) == timedelta()
    assert usual.of(others[0].id) == timedelta(milliseconds=100) * MARGIN


@pytest.mark.parametrize(
    ("patience_ms", "usual_ms", "seconds"),
    [(None, 10.0, None), (1500, 10.0, 1.5), (1500, 1600.0, 2.0), (1500, 3200.0, None)],
)
def test_a_probe_is_slow_after_its_patience_or_what_is_usual(
    patience_ms: int | None, usual_ms: float, seconds: float | None
) -> None:
    early = EarlyWord(lambda: pytest.fail("nothing is sent"), "")
    early.usual = remembering(*[usual_ms] * LEAST)
    check = a_check("x", monitor_id="mon_1", timeout_ms=4000, patience_ms=patience_ms)
    assert early.due_after(check) == seconds
