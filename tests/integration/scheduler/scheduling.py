"""A mesh with its scheduler, on DynamoDB and SQS in memory."""

from dataclasses import dataclass
from datetime import datetime

from functions.scheduler.dispatch import Dispatcher
from functions.scheduler.handler import Scheduler
from functions.scheduler.ticks import Ticks
from sentinelmesh.checks import CheckQueues
from sentinelmesh.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import CheckMessage, TickMessage, decode, encode
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository
from sentinelmesh.storage.dynamodb.fast_decoding import read_quickly
from sentinelmesh.storage.monitors import MonitorsRepository
from tests.support.builders import START
from tests.support.calls import Calls
from tests.support.deliveries import queue_record
from tests.support.moto_mesh import PROBE_REGIONS, MotoMesh


@dataclass
class SchedulerStage:
    """A mesh, its scheduler, and the AWS calls that it made."""

    mesh: MotoMesh
    calls: Calls
    now: datetime = START
    shards: int = 1

    def scheduler(self) -> Scheduler:
        """Start a fresh process of the scheduler."""
        tables, names = read_quickly(self.calls.client("dynamodb")), self.mesh.tables
        queues = CheckQueues(lambda region: self.calls.client("sqs", region), self.mesh.checks_url)
        sqs, ticks_url = self.calls.client("sqs"), self.mesh.queue_url("ticks")
        return Scheduler(
            ticks=Ticks(sqs, ticks_url, self.clock),
            dispatcher=Dispatcher(
                MonitorsRepository(tables, names["monitors"], self.shards), queues
            ),
            heartbeats=HeartbeatsRepository(tables, names["directory"]),
            comebacks=MessageRetries(sqs, ticks_url),
            shards=self.shards,
            clock=self.clock,
        )

    def clock(self) -> datetime:
        """Tell the time that the test has set."""
        return self.now

    def configure(self, *monitors: Monitor) -> None:
        """Have monitors, as the API would write them."""
        repository = MonitorsRepository(
            self.mesh.dynamodb, self.mesh.tables["monitors"], self.shards
        )
        for monitor in monitors:
            repository.create(monitor)

    def edit(self, monitor: Monitor) -> None:
        """Store the next revision of a monitor."""
        MonitorsRepository(self.mesh.dynamodb, self.mesh.tables["monitors"], self.shards).replace(
            monitor
        )

    def tick(self, granule: datetime, shard: int = 0) -> list[str]:
        """Have a fresh process take one tick; give the names of messages that come back."""
        return self.take(encode(TickMessage(granule_at=granule, shard=shard)))

    def take(self, *bodies: str, deadline: Deadline = NO_DEADLINE) -> list[str]:
        """Have a fresh process take messages of the queue of ticks."""
        messages = [queue_record(str(place), body) for place, body in enumerate(bodies)]
        response = self.scheduler().dispatch(messages, deadline)
        return [each["itemIdentifier"] for each in response["batchItemFailures"]]

    def checks(self) -> list[CheckMessage]:
        """Take the checks that wait in the queues of all regions."""
        return [
            decode(body, CheckMessage)
            for region in PROBE_REGIONS
            for body in self.mesh.drain("checks.fifo", region)
        ]
