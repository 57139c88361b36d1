"""How soon a burst of outages is confirmed while one region's queue is a black hole.

The real verifier runs, several processes side by side, as Lambda runs them: one for each lane of
the results stream and two for the evaluations queue. Tables and the queues of the other regions
are in memory. The queue of the lost region is a real socket that takes connections and never
answers, called by the client that the verifier makes for it.
"""

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import Any
from zlib import crc32

import boto3

from benchmarks.report import Bar, Report
from functions.verifier import handler
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import slot_at
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.messages import CheckMessage, decode
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.dynamodb.keys import result_key
from tests.fake_aws.account import environment
from tests.fake_aws.dynamodb import FakeDynamoDb
from tests.fake_aws.queues import Message, Queue
from tests.fake_aws.sqs import FakeSqs
from tests.fake_aws.tables import Table
from tests.support.builders import a_monitor, a_result
from tests.support.moto_mesh import HOME, PROBE_REGIONS, TABLES, table_name

MONITORS = 200
LANES = 4
EVALUATORS = 2
LOST = PROBE_REGIONS[2]
STREAM_BATCH = 100
PATIENCE_SECONDS = 180
PROBE_SECONDS = 0.3
CALL_SECONDS = 0.004
MAX_EXTRA_SECONDS = 3.0
Record = dict[str, Any]


def now() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


@contextmanager
def black_hole() -> Iterator[str]:
    """Listen on a port, and never answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class World:
    """Tables, queues, lanes of the results stream, and the threads that work on them.

    Args:
        lost_at: address of the lost region's queue; None means that no region is lost.
    """

    lost_at: str | None
    lock: Lock = field(default_factory=Lock)
    over: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.tables = {
            table_name(owner): Table((partition, sort) if sort else (partition,), indexes)
            for owner, (partition, sort, indexes) in TABLES.items()
        }
        home = ("evaluations", "recounts")
        self.queues: dict[str, Queue] = {
            f"sentinelmesh-{name}": Queue(f"sentinelmesh-{name}") for name in home
        }
        self.checks = {
            region: Queue("sentinelmesh-checks.fifo", fifo=True) for region in PROBE_REGIONS
        }
        self.lanes: list[deque[Record]] = [deque() for _ in range(LANES)]
        self.written = 0

    def around(self, _name: str, call: Callable[[], Any]) -> Any:
        """Carry out a call as slowly as the real ones are, and none at the same time."""
        time.sleep(CALL_SECONDS)
        with self.lock:
            return call()

    def client(self, service: str, region_name: str, config: Any = None, **_more: Any) -> Any:
        """Build a client, as boto3's session does."""
        if service == "dynamodb":
            return FakeDynamoDb(self.tables, now, self.around)
        if region_name == LOST and self.lost_at is not None:
            session = boto3.session.Session(aws_access_key_id="none", aws_secret_access_key="none")
            return session.client("sqs", region_name=LOST, endpoint_url=self.lost_at, config=config)
        queues = {**self.queues, "sentinelmesh-checks.fifo": self.checks[region_name]}
        return FakeSqs(queues, now, self.around)

    def write(self, owner: str, item: Any, **more: Any) -> None:
        """Put an item past all code."""
        row = to_item(item, **more)
        table = self.tables[table_name(owner)]
        with self.lock:
            table.write({name: row[name] for name in table.keys}, row, now())

    def see(self, monitor: Monitor, slot: datetime, region: str, **changes: Any) -> None:
        """Write a failing result, and its record into its lane."""
        result = a_result(monitor, slot, region, outcome=Outcome.FAILURE, **changes)
        key = result_key(result)
        self.write("results", result, slot_key=key)
        row = to_item(result, slot_key=key)
        with self.lock:
            self.written += 1
            number = self.written
        record = {
            "eventSource": "aws:dynamodb",
            "eventName": "INSERT",
            "dynamodb": {
                "Keys": {name: row[name] for name in ("monitor_id", "slot_key")},
                "NewImage": row,
                "SequenceNumber": f"{number:020d}",
                "ApproximateCreationDateTime": now().timestamp(),
            },
        }
        self.lanes[crc32(monitor.id.encode()) % LANES].append(record)

    def incidents(self) -> list[datetime]:
        """Return when each incident was confirmed."""
        with self.lock:
            rows = list(self.tables[table_name("incidents")].items.values())
        return [datetime.fromisoformat(row["confirmed_at"]["S"]) for row in rows]


def read_lane(world: World, lane: deque[Record], verifier: handler.Verifier) -> None:
    """Be the reader of one lane: batches in order, again from where one failed."""
    while not world.over.is_set():
        batch = [lane[place] for place in range(min(len(lane), STREAM_BATCH))]
        if not batch:
            time.sleep(0.02)
            continue
        failures = verifier.take_records(batch)["batchItemFailures"]
        numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
        done = numbers.index(failures[0]["itemIdentifier"]) if failures else len(batch)
        for _ in range(done):
            lane.popleft()
        if failures:
            time.sleep(1)


def read_evaluations(world: World, verifier: handler.Verifier) -> None:
    """Be a reader of the evaluations queue."""
    queue = world.queues["sentinelmesh-evaluations"]
    while not world.over.is_set():
        with world.lock:
            batch = queue.receive(now())
        if not batch:
            time.sleep(0.1)
            continue
        answer = verifier.take_messages([_as_record(each) for each in batch])
        back = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        with world.lock:
            for each in batch:
                if each.message_id not in back:
                    queue.delete(each)


def _as_record(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "eventSource": "aws:sqs",
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
    }


def probe(world: World, region: str, monitors: dict[str, Monitor]) -> None:
    """Be the probers of a region: each check that was ordered fails a moment later."""
    queue = world.checks[region]
    while not world.over.is_set():
        with world.lock:
            batch = queue.receive(now())
            for each in batch:
                queue.delete(each)
        if not batch:
            time.sleep(0.02)
            continue
        time.sleep(PROBE_SECONDS)
        for each in batch:
            check = decode(each.body, CheckMessage)
            world.see(
                monitors[check.monitor_id],
                check.slot,
                region,
                purpose=check.purpose,
                scheduled_at=check.scheduled_at,
                started_at=now(),
            )


def burst(lost_at: str | None) -> list[float]:
    """Break all targets at one moment; return the seconds until each outage was confirmed."""
    world = World(lost_at)
    monitors = {f"mon_{n:03d}": a_monitor(id=f"mon_{n:03d}") for n in range(MONITORS)}
    for monitor in monitors.values():
        world.write("monitors", monitor, monitor_id=monitor.id, id=None)
        up = State(monitor_id=monitor.id, revision=1, version=1, status=Status.UP, since=now())
        world.write("states", up)
    boto3.Session = lambda: world  # type: ignore[misc, assignment]
    wire = handler.wire.__wrapped__
    works: list[Callable[[], None]] = [
        *(partial(read_lane, world, lane, wire()) for lane in world.lanes),
        *(partial(read_evaluations, world, wire()) for _ in range(EVALUATORS)),
        *(partial(probe, world, region, monitors) for region in PROBE_REGIONS),
    ]
    threads = [Thread(target=work, daemon=True) for work in works]
    began = now()
    for monitor in monitors.values():
        slot = slot_at(monitor.id, monitor.interval_seconds, began)
        world.see(monitor, slot, HOME, scheduled_at=slot, started_at=began)
    for thread in threads:
        thread.start()
    while len(world.incidents()) < MONITORS and now() - began < timedelta(seconds=PATIENCE_SECONDS):
        time.sleep(0.05)
    world.over.set()
    found = sorted((at - began).total_seconds() for at in world.incidents())
    for thread in threads:
        thread.join(60)
    return found + [float("inf")] * (MONITORS - len(found))


def rank(figures: Sequence[float], share: float) -> float:
    """Return the nearest rank of sorted figures."""
    return figures[round((len(figures) - 1) * share)]


def measure() -> Report:
    """Measure with all regions, and with one region's queue lost."""
    logging.disable(logging.CRITICAL)
    os.environ.update(environment(HOME))
    original = boto3.Session
    try:
        whole = burst(None)
        with black_hole() as address:
            lost = burst(address)
    finally:
        boto3.Session = original  # type: ignore[misc]
        logging.disable(logging.NOTSET)
    shares = (0.5, 0.9, 1.0)
    return Report(
        name="region_away",
        title=f"seconds until outages are confirmed, {MONITORS} monitors break at one moment",
        columns=("queues", "p50", "p90", "worst"),
        rows=[
            ("all regions", *(rank(whole, share) for share in shares)),
            ("one region a black hole", *(rank(lost, share) for share in shares)),
        ],
        bars=[
            Bar(
                name=f"seconds later than undisturbed, {name}",
                figure=rank(lost, share) - rank(whole, share),
                most=MAX_EXTRA_SECONDS,
            )
            for name, share in (("p50", 0.5), ("worst", 1.0))
        ],
        remarks=[f"{LANES} lanes of the stream, {EVALUATORS} readers of the evaluations queue."],
    )


if __name__ == "__main__":
    print(measure().text())
