"""A prober on a mesh in memory: its batches, its table and its spool."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from functions.prober.batch import Prober
from functions.prober.check_queue import CheckQueue
from functions.prober.control_targets import ControlTargets
from functions.prober.observation import Observation
from functions.prober.previous_results import PastResults
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.probes.registry import PROBES, Probe
from functions.prober.result_recorder import Recorder
from functions.prober.slow_probe_notice import EarlyWord
from sentinelmesh.checks import CheckQueues
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.messages import CheckMessage, encode
from sentinelmesh.storage.dynamodb.items import from_item
from sentinelmesh.storage.results import ResultsRepository
from tests.integration.prober.probing import a_check, a_context
from tests.support.builders import START
from tests.support.moto_mesh import HOME, MotoMesh, moto_mesh

REGION = "us-east-1"
SPOOL = "results-spool"
CHECKS = "checks.fifo"
# What is left of an invocation that has just begun.
SECONDS_LEFT = 90.0

# Raises, or not, when it is given the name of an AWS call and what is sent with it.
Strike = Callable[[str, str], None]


class Succeeding:
    """A probe that succeeds at once, and counts how often it was made."""

    def __init__(self) -> None:
        self.made: list[str] = []

    async def __call__(self, assignment: Assignment, _context: ProbeContext) -> Observation:
        self.made.append(assignment.check.monitor_id)
        return Observation(outcome=Outcome.SUCCESS, latency_ms=1.5)


@dataclass
class Bench:
    """A mesh, and what its prober did.

    Args:
        succeeding: a probe for tests that are not about probing.
        before_call: an error raised from here strikes an AWS call.
        after_call: one raised from here strikes when the call has taken effect.
    """

    mesh: MotoMesh
    context: ProbeContext
    now: datetime = START + timedelta(milliseconds=250)
    probes: Mapping[str, Probe] = field(default_factory=lambda: PROBES)
    succeeding: Succeeding = field(default_factory=Succeeding)
    calls: list[str] = field(default_factory=list)
    before_call: Strike | None = None
    after_call: Strike | None = None

    def prober(self) -> Prober:
        """Start a fresh process of the prober."""
        tables = self._hooked(self.mesh.fresh_dynamodb())
        results = ResultsRepository(tables, self.mesh.tables["results"])
        return Prober(
            region=REGION,
            probes=self.probes,
            context=replace(self.context, past=PastResults(results, self.context.threads)),
            control=ControlTargets((), self.context.connector),
            recorder=Recorder(
                results,
                lambda: self._hooked(self.mesh.sqs(REGION)),
                self.mesh.queue_url(SPOOL, REGION),
            ),
            early=EarlyWord(
                lambda: self._hooked(self.mesh.sqs(HOME)), self.mesh.queue_url("evaluations")
            ),
            queue=CheckQueue(
                lambda: self._hooked(self.mesh.sqs(REGION)), self.mesh.queue_url(CHECKS, REGION)
            ),
            writers=ThreadPoolExecutor(10),
            clock=lambda: self.now,
            rng=Random(1),
        )

    def _hooked(self, client: Any) -> Any:
        client.meta.events.register_first("before-call.*.*", self._before)
        client.meta.events.register_last("after-call.*.*", self._after)
        return client

    def _before(self, model: Any, params: Mapping[str, Any], **_details: Any) -> None:
        self.calls.append(model.name)
        if self.before_call:
            self.before_call(model.name, str(params["body"]))

    def _after(self, model: Any, **_details: Any) -> None:
        if self.after_call:
            self.after_call(model.name, "")

    def take(self, *checks: CheckMessage | str, seconds_left: float = SECONDS_LEFT) -> list[int]:
        """Have a fresh process take a batch; give the places of the messages that come back."""
        bodies = [each if isinstance(each, str) else encode(each) for each in checks]
        prober = self.prober()
        with prober.writers:
            response = asyncio.run(prober.take_checks(_messages(bodies), seconds_left))
        return _failed(response)

    def queue_up(self, *checks: CheckMessage) -> None:
        """Send checks to the queue of the prober's region."""
        url = self.mesh.queue_url(CHECKS, "{region}")
        assert CheckQueues(self.mesh.sqs, url).send(checks) == []

    def queued(self) -> dict[str, int]:
        """Count what is in the check queue: visible, and received but not deleted."""
        names = {"visible": "", "in flight": "NotVisible"}
        answer = self.mesh.sqs(REGION).get_queue_attributes(
            QueueUrl=self.mesh.queue_url(CHECKS, REGION), AttributeNames=["All"]
        )
        counts = answer["Attributes"]
        return {
            name: int(counts[f"ApproximateNumberOfMessages{end}"])  # type: ignore[index]
            for name, end in names.items()
        }

    def unspool(self, *bodies: str) -> list[int]:
        """Have a fresh process take spooled results; give the places of those that stay."""
        return _failed(self.prober().take_spooled(_messages(bodies)))

    def spooled(self) -> list[str]:
        """Take what waits in the spool of the prober's region."""
        return self.mesh.drain(SPOOL, REGION)

    @property
    def results(self) -> list[Result]:
        """All results in the home table."""
        return [from_item(item, Result) for item in self.mesh.items("results")]


def _messages(bodies: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "messageId": str(place),
            "receiptHandle": f"receipt-{place}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        for place, body in enumerate(bodies)
    ]


def _failed(response: Mapping[str, Any]) -> list[int]:
    return [int(each["itemIdentifier"]) for each in response["batchItemFailures"]]


@contextmanager
def a_bench(**parts: Any) -> Iterator[Bench]:
    """Have a mesh with a prober for a while.

    Args:
        parts: of the prober's context.
    """
    with moto_mesh() as mesh, a_context(**parts) as context:
        yield Bench(mesh, context)


def checks(count: int, **changes: Any) -> list[CheckMessage]:
    """Make checks of so many monitors."""
    return [
        a_check("x", monitor_id=f"mon_{place}", region=REGION, **changes) for place in range(count)
    ]
