"""How long a shard takes for a granule in which thousands of monitors are due at once.

The scheduler's own code and boto3's own clients, over a wire that answers as late as each region
does from Ireland. Tables are in memory: reading takes a hundredth of the time.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from benchmarks.report import Bar, Report
from functions.scheduler.dispatch import Dispatched, Dispatcher
from sentinelmesh.checks import CheckQueues
from sentinelmesh.clients import client
from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.domain.monitors.monitor import Strategy
from sentinelmesh.domain.monitors.schedule import due_key
from sentinelmesh.messages import TickMessage
from tests.unit.scheduler.fakes import Monitors

# Seconds until a queue of the region has answered.
ANSWER_SECONDS: Mapping[str, float] = {
    "eu-west-1": 0.02,
    "eu-central-1": 0.05,
    "us-east-1": 0.10,
    "us-west-2": 0.15,
    "ap-southeast-1": 0.20,
}
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
CASES: tuple[tuple[int, Strategy], ...] = ((1_000, "all"), (5_000, "all"), (20_000, "rotate"))
# Then the next granule begins, and checks of the shortest interval are worthless.
MAX_SECONDS = 10.0


class _Body:
    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def stream(self, *_args: Any, **_options: Any) -> Iterator[bytes]:
        yield self._raw


def queue_of(region: str) -> Any:
    """Build a client whose wire takes everything, after a while."""

    def answer(request: Any, **_details: Any) -> AWSResponse:
        time.sleep(ANSWER_SECONDS[region])
        taken = [
            {
                "Id": entry["Id"],
                "MessageId": "0" * 36,
                "MD5OfMessageBody": hashlib.md5(entry["MessageBody"].encode()).hexdigest(),
                "SequenceNumber": "1" * 20,
            }
            for entry in json.loads(request.body)["Entries"]
        ]
        raw = json.dumps({"Successful": taken}).encode()
        return AWSResponse(request.url, 200, {}, _Body(raw))  # type: ignore[arg-type]

    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
    made = client(session, "sqs", region, tries=1)
    made.meta.events.register("before-send.sqs.SendMessageBatch", answer)
    return made


def due_monitors(count: int, strategy: Strategy) -> Monitors:
    """Make monitors that are all due in the same granule, probed from five regions."""
    monitors = Monitors()
    monitors.put(
        due_key(10, 0, 0),
        *(
            DueMonitor(
                id=f"mon_{number:022d}",
                revision=3,
                name="Shop front page",
                kind="http",
                target="https://shop.example/",
                interval_seconds=10,
                timeout_ms=5000,
                regions=tuple(ANSWER_SECONDS),
                strategy=strategy,
                probe={"method": "GET", "headers": {"x-team": "shop"}},
            )
            for number in range(count)
        ),
    )
    return monitors


def dispatch(count: int, strategy: Strategy) -> tuple[Dispatched, float, float]:
    """Dispatch one granule; return what was done, and the seconds by clock and processor."""
    queues = CheckQueues(queue_of, "https://sqs.{region}.amazonaws.com/1/checks.fifo")
    dispatcher = Dispatcher(due_monitors(count, strategy), queues)  # type: ignore[arg-type]
    began, worked = time.perf_counter(), time.process_time()
    done = dispatcher.dispatch(TickMessage(granule_at=NOW, shard=0))
    return done, time.perf_counter() - began, time.process_time() - worked


def measure() -> Report:
    """Measure granules of several sizes."""
    logging.disable(logging.CRITICAL)
    try:
        found = {f"{count:,} x {strategy}": dispatch(count, strategy) for count, strategy in CASES}
    finally:
        logging.disable(logging.NOTSET)
    return Report(
        name="busy_granule",
        title="monitors due in one granule of one shard, five regions",
        columns=("monitors", "checks", "seconds", "of the processor", "unsent"),
        rows=[
            (name, done.sent, seconds, processor, done.failed)
            for name, (done, seconds, processor) in found.items()
        ],
        bars=[
            Bar(name=f"seconds for {name}", figure=seconds, most=MAX_SECONDS)
            for name, (_, seconds, _) in found.items()
        ],
    )


if __name__ == "__main__":
    print(measure().text())
