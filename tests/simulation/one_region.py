"""One probe region under load: the real prober and its queue in simulated time, without a home.

It answers one question: how late is a check that nothing is wrong with while other targets hang?
Processors are not simulated; what a check costs them is measured by `benchmarks/probe_cost.py`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from functions.prober.batch import Prober
from functions.prober.check_queue import CheckQueue
from functions.prober.control_targets import ControlTargets
from functions.prober.observation import Observation
from functions.prober.probes.context import Assignment
from functions.prober.result_recorder import Recorder
from functions.prober.slow_probe_notice import EarlyWord
from sentinelmesh.checks import check_id
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.messages import CheckMessage, encode
from tests.fake_aws.event_sources import QueueSource
from tests.fake_aws.functions import Function, Lambdas, Process
from tests.fake_aws.hub import Hub
from tests.fake_aws.queues import Queue
from tests.fake_aws.sqs import FakeSqs
from tests.simulation.faults import CALM, Crash, Fate
from tests.simulation.machine import Lanes, SimulatedLoop

START = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://sqs/1/checks.fifo"
HANGING = "hanging"
# Until a check whose prober died has come again.
AFTERWARDS = timedelta(minutes=12)
MEMORY_GB = 0.5


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a region has to carry.

    Args:
        hanging: how many of the monitors have a target that never answers.
        timeout_seconds: after which a probe of it is given up.
        lanes: invocations at once.
        prober_seconds: after which the function is killed.
        is_receiving: lanes that wait take more checks; off, a lane ends with its slowest check.
    """

    monitors: int = 300
    hanging: int = 60
    timeout_seconds: float = 9.0
    interval_seconds: int = 10
    answer_seconds: float = 0.2
    lanes: int = 20
    slots: int = 12
    prober_seconds: float = 90
    is_receiving: bool = True


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What became of the checks of healthy targets, and what it cost.

    Args:
        lateness_ms: of each healthy check that was made, in order of size.
        expired: healthy checks that came too late to be made, or never.
        gb_seconds: billed for all invocations.
        requests: calls to the queue that the prober made itself, by name.
    """

    lateness_ms: Sequence[int]
    expired: int
    gb_seconds: float
    requests: Sequence[str]

    @property
    def expired_share(self) -> float:
        """Part of the healthy checks that nobody made."""
        return self.expired / (len(self.lateness_ms) + self.expired)

    @property
    def p50_lateness_ms(self) -> int:
        """Lateness that half of the healthy checks stay below."""
        return self._lateness_ms(0.5)

    @property
    def p95_lateness_ms(self) -> int:
        """Lateness that 95 of 100 healthy checks stay below."""
        return self._lateness_ms(0.95)

    def _lateness_ms(self, share: float) -> int:
        return self.lateness_ms[int(len(self.lateness_ms) * share)] if self.lateness_ms else 0


class FullBatches(Random):
    """Chooses as Lambda does when checks wait: batches are full."""

    def randint(self, _least: int, most: int) -> int:
        """Choose the most."""
        return most


def wait_alive(hub: Hub, seconds: float) -> None:
    """Let a call take its time; a process that was killed makes none."""
    hub.sleep(seconds)
    if hub.task is not None and hub.task.owner.is_dead:
        raise Crash


class Notebook(Recorder):
    """Keeps results in memory, each once; writing one takes as long as at DynamoDB."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.results: dict[tuple[str, datetime], Result] = {}

    def record(self, result: Result) -> None:
        """Keep the first result of a check."""
        wait_alive(self._hub, 0.005)
        self.results.setdefault((result.monitor_id, result.slot), result)


@dataclass
class OneRegion:
    """The region, and the notes of its prober."""

    load: Load
    hub: Hub = field(default_factory=lambda: Hub(START))
    requests: list[str] = field(default_factory=list)
    billed_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.rng = Random(1)
        self.notebook = Notebook(self.hub)
        self.queue = Queue(
            "checks.fifo", fifo=True, visibility=timedelta(seconds=540), most_receives=2
        )
        self.lambdas = Lambdas(
            self.hub, self._make, {"prober": self.load.prober_seconds}, lambda _said: None
        )
        fate = Fate(self.hub, FullBatches(1), CALM)
        parts = (self.hub, fate, self.lambdas, self.queue, "arn:checks.fifo", "prober")
        QueueSource(*parts, most_at_once=self.load.lanes)

    def carry(self) -> Carried:
        """Live through all slots, and for as long as checks come again."""
        for place in range(self.load.slots):
            slot = START + timedelta(seconds=place * self.load.interval_seconds)
            self.hub.run_until(slot)
            self._send(slot)
        self.hub.run_until(self.hub.now + AFTERWARDS)
        self.lambdas.shut_down()
        healthy = [
            each for each in self.notebook.results.values() if HANGING not in each.monitor_id
        ]
        made = sorted(each.lateness_ms for each in healthy if each.error != "expired")
        return Carried(
            lateness_ms=made,
            expired=(self.load.monitors - self.load.hanging) * self.load.slots - len(made),
            gb_seconds=self.billed_seconds * MEMORY_GB,
            requests=self.requests,
        )

    def _send(self, slot: datetime) -> None:
        checks = [self._check(place, slot) for place in range(self.load.monitors)]
        self.rng.shuffle(checks)
        for check in checks:
            name = check_id(check)
            asked = {"MessageGroupId": name, "MessageDeduplicationId": name}
            self.queue.send(encode(check), slot, asked)

    def _check(self, place: int, slot: datetime) -> CheckMessage:
        name = HANGING if place < self.load.hanging else "healthy"
        return CheckMessage(
            monitor_id=f"{name}-{place}",
            monitor_name=name,
            revision=1,
            slot=slot,
            scheduled_at=slot,
            expires_at=slot + timedelta(seconds=self.load.interval_seconds),
            region="here",
            purpose=Purpose.SCHEDULED,
            kind="http",
            target="x",
            timeout_ms=int(self.load.timeout_seconds * 1000),
        )

    async def _probe(self, given: Assignment, _context: Any) -> Observation:
        if HANGING in given.check.monitor_id:
            await asyncio.Event().wait()
        await asyncio.sleep(self.load.answer_seconds)
        return Observation(outcome=Outcome.SUCCESS, latency_ms=1000 * self.load.answer_seconds)

    def _make(self, _process: Process) -> tuple[Function, Callable[[], None]]:
        loop, prober = SimulatedLoop(self.hub), self._prober()
        # A killed one believes that it has time: only so it has checks of its own to lose.
        seconds_left = 90.0 if self.load.is_receiving else 0.0

        def run(event: Any) -> Any:
            began = self.hub.seconds
            answer = loop.run_until_complete(prober.take_checks(event["Records"], seconds_left))
            self.billed_seconds += self.hub.seconds - began
            return answer

        return run, loop.close

    def _prober(self) -> Prober:
        sqs: Any = FakeSqs({"checks.fifo": self.queue}, self.hub.clock, self._around)
        nobody: Any = None
        return Prober(
            region="here",
            probes={"http": self._probe},
            context=nobody,
            control=ControlTargets((), nobody),
            recorder=self.notebook,
            early=EarlyWord(lambda: sqs, URL),
            queue=CheckQueue(lambda: sqs, URL),
            writers=Lanes(self.hub),  # type: ignore[arg-type]
            clock=self.hub.clock,
            rng=self.rng,
        )

    def _around(self, name: str, call: Callable[[], Any]) -> Any:
        self.requests.append(name)
        wait_alive(self.hub, 0.01)
        return call()
