"""The simulation's AWS, without its faults: the very parts that the simulated mesh runs on."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

from tests.conformance.stand_ins import (
    NEW_IMAGE,
    RETENTION_SECONDS,
    VISIBILITY_SECONDS,
    QueuePair,
    Record,
    fresh_name,
)
from tests.fake_aws.dynamodb import FakeDynamoDb
from tests.fake_aws.functions import Lambdas
from tests.fake_aws.hub import Hub
from tests.fake_aws.queues import Queue
from tests.fake_aws.sqs import FakeSqs
from tests.fake_aws.streams import StreamSource
from tests.fake_aws.tables import Table
from tests.simulation.faults import Fate

# Longer than any delivery takes where nothing goes wrong.
DELIVERED_SECONDS = 5.0


class Reader:
    """A function that is handed a stream and handles everything."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = defaultdict(list)

    def invoke(self, name: str, event: Mapping[str, Any], done: Callable[[Any], None]) -> None:
        self.records[name] += event["Records"]
        done({"batchItemFailures": []})


class Simulation:
    """The stand-in; its time is the simulation's own."""

    def __init__(self) -> None:
        self._hub = Hub(datetime(2026, 1, 1, 12, 0, tzinfo=UTC))
        self._fate = Fate(self._hub, Random(1))
        self._tables: dict[str, Table] = {}
        self._queues: dict[str, Queue] = {}
        self._reader = Reader()
        self.dynamodb = FakeDynamoDb(self._tables, self._hub.clock)
        self.sqs = FakeSqs(self._queues, self._hub.clock)

    def pass_time(self, seconds: float) -> None:
        self._hub.run_until(self._hub.now + timedelta(seconds=seconds))

    def make_table(
        self,
        *keys: str,
        indexes: Mapping[str, tuple[str, str]] | None = None,
        stream: str = NEW_IMAGE,
    ) -> str:
        name = fresh_name()
        self._tables[name] = Table(keys, indexes or {})
        StreamSource(
            self._hub,
            self._fate,
            cast("Lambdas", self._reader),
            name,
            self._tables[name],
            with_image=stream == NEW_IMAGE,
        )
        return name

    def make_queue(self, *, fifo: bool = False, most_receives: int = 3) -> QueuePair:
        name, end = fresh_name(), ".fifo" if fifo else ""
        kept = timedelta(seconds=RETENTION_SECONDS)
        dead = Queue(f"{name}-dlq{end}", fifo=fifo, retention=kept)
        queue = Queue(
            f"{name}{end}",
            fifo=fifo,
            visibility=timedelta(seconds=VISIBILITY_SECONDS),
            retention=kept,
            most_receives=most_receives,
            dead=dead,
        )
        for each in (dead, queue):
            self._queues[each.name] = each
        return QueuePair(queue.name, dead.name)

    def changes(self, table: str) -> list[Record]:
        self.pass_time(DELIVERED_SECONDS)
        return self._reader.records[table]
