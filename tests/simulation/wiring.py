"""The real functions over the simulated account: each one's own wiring, a few parts replaced.

Replaced are boto3's session, clocks and sleeping, threads and the event loop, the probes with the
control targets, the senders, and what makes random names. Everything else is what runs on AWS.
"""

import asyncio
import gc
import importlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any

import aws_lambda_powertools
import boto3
import pytest

import sentinelmesh.observability
from functions.prober.evaluation import evaluate
from functions.prober.net import stopwatch
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.probes import heartbeat as heartbeat_probe
from functions.prober.probes.context import Assignment, ProbeContext
from infra.handlers import module_of
from sentinelmesh.checks import check_id
from sentinelmesh.domain.probing.assertion import Answer
from sentinelmesh.domain.probing.result import Outcome
from tests.fake_aws.account import TIMEOUTS, Cloud, FakeSession, environment
from tests.fake_aws.functions import Function, Process
from tests.simulation.machine import Lanes, SimulatedLoop, SimulatedTime
from tests.simulation.oracle.ground_truth import MANUAL, GroundTruth, Visit
from tests.simulation.providers import Providers, make_senders
from tests.simulation.targets import Targets
from tests.support.moto_mesh import HOME

FUNCTIONS = ("api", "scheduler", "prober", "verifier", "alerter", "rollup")
SLEEPERS = (
    "functions.alerter.handler",
    "functions.scheduler.ticks",
    "sentinelmesh.checks",
    "sentinelmesh.storage.dynamodb.batches",
    "sentinelmesh.secrets",
)
SKEW = timedelta(minutes=5)
# A ping is recorded a moment before its answer comes.
PING_LAG = timedelta(seconds=2)


class StoryLogger:
    """Stands in for the logger: what functions say belongs to the story."""

    def __init__(self, workshop: "Workshop") -> None:
        self._tell = workshop.tell
        self._workshop = workshop

    def info(self, event: str, **facts: Any) -> None:
        """Tell an event."""
        if event == "alert_mark_lost":
            self._workshop.providers.doubt(
                f"{facts['incident_id']}.{facts['key'].replace('#', '.')}"
            )
        if event == "evaluation_failed":
            self._workshop.cloud.streams["results"].note_slow(facts["monitor_id"])
        said = " ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
        self._tell(f"  {event} {said}")

    warning = error = info

    def exception(self, event: str, **facts: Any) -> None:
        """Tell an event, and the error that is being handled."""
        self.info(event, error=repr(sys.exception()), **facts)


@dataclass
class Workshop:
    """Makes processes of our functions.

    Args:
        random: for names and jitter.
        wrong_clocks: how wrong the clock of a function is, whatever the weather, by its name.
        probed: how often each check was really probed, by its name and region.
        hold_seconds: how long what has begun waits for others.
    """

    targets: Targets
    providers: Providers
    random: Random
    tell: Callable[[str], None]
    wrong_clocks: dict[str, timedelta] = field(default_factory=dict)
    probed: Counter[tuple[str, str]] = field(default_factory=Counter)
    hold_seconds: int = 0
    cloud: Cloud = field(init=False)
    truth: GroundTruth = field(init=False)

    def make(self, process: Process) -> tuple[Function, Callable[[], None]]:
        """Wire a fresh process; its name is the function's, and its region's if not at home."""
        name, _, region = process.name.partition("@")
        module = importlib.import_module(module_of(name))
        skew = self._skew(process.name)
        os.environ.update(environment(region or HOME, self.hold_seconds, self.cloud.regions))
        wiring: Any = module
        boto3.Session = lambda: FakeSession(self.cloud, region or HOME)  # type: ignore[misc, assignment]
        wiring._now = lambda: self.cloud.hub.now + skew()
        if name == "prober":
            self._arm_prober(module, region, process)
        wired = WIRES[name]()

        def close() -> None:
            # A probe that is still waiting when a life ends is left where it is.
            if name == "prober" and not wired.loop.is_running():
                wired.loop.close()

        context = SimpleNamespace(
            aws_request_id="simulated",
            get_remaining_time_in_millis=lambda: 1000 * TIMEOUTS[name],
        )

        def run(event: Any) -> Any:
            wiring.wire = lambda: wired
            return module.lambda_handler(event, context)

        return run, close

    def _skew(self, name: str) -> Callable[[], timedelta]:
        """Choose how wrong the clock of a process is, until the weather clears up."""
        fate, wrong = self.cloud.fate, timedelta()
        if name.startswith("prober") and fate.happens("clock_skew"):
            wrong = fate.chance.choice((SKEW, -SKEW))
        asked = self.wrong_clocks
        return lambda: wrong if fate.weather.clock_skew else asked.get(name, timedelta())

    def _find_job_failing(self, name: str, slot: datetime, now: datetime) -> bool | None:
        """Return whether a job is in trouble; None where that may have changed meanwhile."""
        job = self.targets.by_address[name]
        edges = [edge for each in job.troubles for edge in (each.begins, each.ends)]
        if job.is_uncertain or any(slot - PING_LAG <= edge <= now + PING_LAG for edge in edges):
            return None
        sight = job.sees("", slot)
        return None if job.abstains("", slot) else sight.error is not None

    def _note_visit(
        self, given: Assignment, region: str, *, fails: bool | None, is_degraded: bool = False
    ) -> None:
        """Write down what a probe met, as its target sees it."""
        check = given.check
        if check.purpose == MANUAL:
            return
        visit = Visit(
            monitor_id=check.monitor_id,
            revision=check.revision,
            slot=check.slot,
            region=region,
            purpose=str(check.purpose),
            at=self.cloud.hub.now,
            fails=fails,
            is_degraded=is_degraded,
        )
        self.truth.visits[check.monitor_id].append(visit)

    def _arm_prober(self, module: ModuleType, region: str, _process: Process) -> None:
        """Give a prober the simulated targets of its region."""
        targets, hub = self.targets, self.cloud.hub
        wiring: Any = module

        async def probe(given: Assignment, _context: Any) -> Observation:
            target = given.check.target
            self.probed[check_id(given.check), region] += 1
            sight = targets.sees(target, region, hub.now)
            is_blind = bool(self.targets.sick.get(region))
            fails = None if is_blind else sight.error is not None
            self._note_visit(given, region, fails=fails, is_degraded=sight.degraded)
            await asyncio.sleep(sight.seconds)
            if given.check.assertions and sight.body is not None:
                given.watch.stop()
                took = round(1000 * sight.seconds)
                return evaluate(given, Answer(status=200, latency_ms=took, body=sight.body))
            if sight.error is not None:
                raise ProbeFailed(sight.error, f"{sight.error} at {target}")
            return Observation(outcome=Outcome.SUCCESS, latency_ms=1000 * sight.seconds)

        async def look_at_job(given: Assignment, context: ProbeContext) -> Observation:
            check = given.check
            fails = self._find_job_failing(check.target, check.slot, hub.now)
            self._note_visit(given, region, fails=fails)
            return await heartbeat_probe.probe(given, context)

        class Control:
            def __init__(self, *_targets: Any, **_parts: Any) -> None:
                """Ask nobody: the simulation knows."""

            async def all_unreachable(self, **_since: Any) -> bool:
                return targets.sick.get(region, False)

        wiring.PROBES = {"http": probe, "heartbeat": look_at_job}
        wiring.ControlTargets = Control


WIRES: dict[str, Callable[[], Any]] = {}


def _remember_wires() -> None:
    for name in FUNCTIONS:
        module: Any = importlib.import_module(module_of(name))
        WIRES.setdefault(name, module.wire.__wrapped__)


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile: looking for some takes a quarter of a life's computing time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def simulated_machine(workshop: Workshop) -> Iterator[None]:
    """Replace what the functions use of their machine, for a while."""
    _remember_wires()
    hub = workshop.cloud.hub
    with pytest.MonkeyPatch.context() as patch:
        for module in _modules_with("time", time):
            patch.setattr(module, "time", SimulatedTime(hub))
        for module in _modules_with("ThreadPoolExecutor", ThreadPoolExecutor):
            patch.setattr(module, "ThreadPoolExecutor", lambda workers=0: Lanes(hub, workers))
        for name in FUNCTIONS:
            handler = importlib.import_module(module_of(name))
            patch.setattr(handler, "wire", None)
            if hasattr(handler, "_now"):
                patch.setattr(handler, "_now", None)
        patch.setattr(boto3, "Session", None)
        for name, value in environment(HOME).items():
            patch.setenv(name, value)
        _replace_parts(patch, workshop)
        try:
            yield
        finally:
            # Whoever comes next in this process has a logger of its own again.
            sentinelmesh.observability.logger.cache_clear()


def _replace_parts(patch: pytest.MonkeyPatch, workshop: Workshop) -> None:
    hub = workshop.cloud.hub
    prober: Any = importlib.import_module("functions.prober.handler")
    patch.setattr(prober, "PROBES", None)
    patch.setattr(prober, "ControlTargets", None)
    patch.setattr(prober, "asyncio", SimpleNamespace(new_event_loop=lambda: SimulatedLoop(hub)))
    patch.setattr(prober, "system_trust", lambda: None)
    patch.setattr(prober, "Random", lambda: workshop.random)
    attempts: Any = importlib.import_module("functions.prober.attempt")
    patch.setattr(
        attempts, "Stopwatch", lambda seconds: Stopwatch(seconds=seconds, began=hub.seconds)
    )
    patch.setattr(stopwatch, "perf_counter", lambda: hub.seconds)
    alerter: Any = importlib.import_module("functions.alerter.handler")
    patch.setattr(alerter, "make_senders", lambda *_parts: make_senders(workshop.providers))
    patch.setattr(alerter, "Random", lambda: workshop.random)
    api: Any = importlib.import_module("functions.api.handler")
    patch.setattr(api, "datetime", SimpleNamespace(now=lambda _zone: hub.now))
    names: Any = importlib.import_module("functions.api.http.ids")
    fake_secrets = SimpleNamespace(
        token_hex=lambda size: f"{workshop.random.getrandbits(8 * size):0{2 * size}x}"
    )
    patch.setattr(names, "secrets", fake_secrets)
    logger = StoryLogger(workshop)
    patch.setattr(aws_lambda_powertools, "Logger", lambda **_how: logger)
    sentinelmesh.observability.logger.cache_clear()


def _modules_with(name: str, thing: object) -> list[ModuleType]:
    """Find the modules of ours that use something of the machine under its own name."""
    ours = ("functions.", "sentinelmesh.")
    return [
        module
        for key, module in sorted(sys.modules.items())
        if key.startswith(ours) and getattr(module, name, None) is thing
    ]


def utc(moment: datetime) -> str:
    """Write a moment for the story."""
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"
