"""Answers that are judged and jobs that ping: true outages, degraded targets, nothing invented."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.prober import evaluation
from functions.prober.probes import heartbeat as heartbeat_probe
from sentinelmesh.domain.monitors import heartbeat
from sentinelmesh.domain.verification import decide_up
from tests.simulation.jobs import HABITS, ping_in_time
from tests.simulation.lives import live, report
from tests.simulation.mesh import Simulation
from tests.simulation.oracle.truth_oracle import find_untruths
from tests.simulation.plan import Plan
from tests.simulation.plans import JOBS, draw_lasting

SMALL: dict[str, Any] = {"is_lifelike": False, "lasting": False, "whims": 0}
MAX_SEEDS = 20

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def draw_answers(seed: int) -> Plan:
    """Return a small life in which answers are judged."""
    storm = timedelta(minutes=7)
    plan = replace(draw_lasting(seed), judges_answers=True, monitors=8, storm=storm)
    return replace(plan, **SMALL)


def draw_jobs(seed: int) -> Plan:
    """Return a small life with a job of each habit."""
    return replace(draw_lasting(seed), jobs=JOBS, monitors=0, **SMALL)


def is_found(untruth: str, draw: Callable[[int], Plan], start: int = 1) -> bool:
    """Return True if the truth contradicts a life in these words.

    Args:
        start: one of the first seeds that finds it soon.
    """
    return any(
        untruth in each
        for seed in range(start, start + MAX_SEEDS)
        for each in Simulation(draw(seed)).run(lambda life: list(find_untruths(life)))
    )


def test_what_works_but_not_as_it_should_is_degraded_and_never_down() -> None:
    life = live(draw_answers(2))
    assert not life.violations, report(life)
    assert life.simulation.truth.degradations, "something was announced as degraded"


def test_jobs_are_judged_by_what_they_did() -> None:
    life = live(draw_jobs(1))
    assert not life.violations, report(life)
    outages = life.simulation.truth.outages.values()
    failed = {each.subject.target for of in outages for each in of}
    jobs = {f"job-{place}" for place, habit in enumerate(HABITS) if habit is not ping_in_time}
    assert failed == jobs - {"job-6"}, "overlapping runs are no trouble"


def test_an_assertion_that_may_only_degrade_and_fails_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    violations = evaluation._violations

    def take_all_as_failures(*given: Any) -> tuple[list[str], list[str]]:
        failing, degrading = violations(*given)
        return failing + degrading, []

    monkeypatch.setattr(evaluation, "_violations", take_all_as_failures)
    assert is_found("false alarm", draw_answers)


def test_an_assertion_that_is_not_evaluated_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_violations", lambda *_given: ([], []))
    assert is_found("no outage was open", draw_answers, 6)


def test_a_degraded_target_that_nobody_hears_of_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide_up, "decide_pace", lambda *_given: None)
    assert is_found("degraded incident was not open", draw_answers)


def test_a_start_that_moves_what_is_due_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that crashes in a loop was never missed."""

    def judge_by_starts(pings: heartbeat.Pings, *rest: Any) -> heartbeat.Pulse:
        moved = max(filter(None, (pings.started_at, pings.finished_at)), default=None)
        return heartbeat.judge(replace(pings, finished_at=moved), *rest)

    monkeypatch.setattr(heartbeat_probe, "judge", judge_by_starts)
    assert is_found("no outage was open", draw_jobs)


def test_an_ignored_grace_of_a_job_is_found(monkeypatch: pytest.MonkeyPatch) -> None:

    def judge_at_once(
        pings: heartbeat.Pings, expected: heartbeat.Expectation, *rest: Any
    ) -> heartbeat.Pulse:
        return heartbeat.judge(pings, replace(expected, grace=timedelta()), *rest)

    monkeypatch.setattr(heartbeat_probe, "judge", judge_at_once)
    assert is_found("false alarm", draw_jobs)
