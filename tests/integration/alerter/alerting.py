"""An alerter wired to a mesh in memory, with a clock, a provider and faults that tests choose."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from moto.sqs.models import sqs_backends

from functions.alerter.batches import Batches
from functions.alerter.channel_executor import ChannelExecutor
from functions.alerter.channels.contract import Sender
from functions.alerter.delivery import Deliverer
from functions.alerter.dependencies import Parents
from functions.alerter.group_reader import GroupReader
from functions.alerter.groups import Groups
from functions.alerter.handler import Alerter
from functions.alerter.retry_queue import Wakeups
from sentinelmesh.batch import Response
from sentinelmesh.delivery.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.alerts.alert import Alert, Channel
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import AlertMessage, decode, encode
from sentinelmesh.secrets import SecretStore
from sentinelmesh.storage.alert_batches import AlertBatchesRepository
from sentinelmesh.storage.alerts import AlertsRepository, RowKey
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.paused_addresses import PausedAddressesRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.items import from_item, to_item
from sentinelmesh.storage.grouping_windows import GatheringsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.outbox import alert_item
from sentinelmesh.storage.states import StatesRepository
from tests.support.builders import START
from tests.support.calls import Calls
from tests.support.deliveries import queue_record
from tests.support.moto_mesh import ACCOUNT, HOME, NAME, MotoMesh, moto_mesh
from tests.unit.alerter.fakes import FakeSender

PREFIX = "/sentinelmesh/secrets"
Record = dict[str, Any]


def name_of(row: Alert) -> RowKey:
    """Return where a row stands."""
    return RowKey(row.incident_id, row.key)


def no_pause(_seconds: float) -> None:
    """Let time be: the test owns the clock."""


@dataclass
class AlertStage:
    """A mesh, the alerter's AWS calls in it, and providers that remember.

    Args:
        lanes: threads of a process; with one, calls come in the same order each time.
        hold: how long what has begun waits for others.
    """

    mesh: MotoMesh
    calls: Calls
    now: datetime = START + timedelta(seconds=5)
    keyless: FakeSender = field(default_factory=FakeSender)
    keyed: FakeSender = field(default_factory=lambda: FakeSender(takes_key=True))
    more_senders: Mapping[str, Sender] = field(default_factory=dict)
    lanes: int = 1
    hold: timedelta = timedelta(0)
    _sequence: int = 0

    def alerter(self) -> Alerter:
        """Start a fresh process of the alerter."""
        tables, names = self.calls.client("dynamodb"), self.mesh.tables
        sqs, retries_url = self.calls.client("sqs"), self.mesh.queue_url("alert-retries")
        alerts = AlertsRepository(tables, names["alerts"])
        incidents = IncidentsRepository(tables, names["incidents"])
        wakeups = Wakeups(sqs, retries_url, self.clock)
        gatherings = GatheringsRepository(tables, names["alerts"])
        states = StatesRepository(tables, names["states"])
        reader = GroupReader(alerts, gatherings, incidents, states, self.clock)
        deliverer = Deliverer(
            alerts=alerts,
            incidents=incidents,
            channels=ChannelsRepository(tables, names["directory"]),
            secrets=SecretStore(self.calls.client("ssm"), PREFIX),
            senders={"slack": self.keyless, "webhook": self.keyed, **self.more_senders},
            wakeups=wakeups,
            public_url="https://up.example",
            clock=self.clock,
            chance=Random(1),
            pause=no_pause,
            groups=Groups(reader, wakeups, self.clock, self.hold),
            batches=Batches(AlertBatchesRepository(tables, names["alerts"]), alerts),
            parents=Parents(
                alerts=alerts,
                states=states,
                monitors=MonitorsRepository(tables, names["monitors"]),
                policies=EscalationPoliciesRepository(tables, names["directory"]),
                clock=self.clock,
            ),
        )
        paused = PausedAddressesRepository(tables, names["directory"])
        lanes = ChannelExecutor(self.lanes, pause=no_pause)
        return Alerter(deliverer, MessageRetries(sqs, retries_url), paused, lanes)

    def clock(self) -> datetime:
        """Tell the time that the test has set."""
        return self.now

    def at(self, **after_start: float) -> None:
        """Set the clock, counted from the tests' first instant."""
        self.now = START + timedelta(**after_start)

    def configure(self, channel: Channel, **secrets: str) -> None:
        """Have a channel, as the API would write it."""
        if secrets:
            channel = replace(channel, secrets_version=self.put_secrets(channel, **secrets))
        ChannelsRepository(self.mesh.dynamodb, self.mesh.tables["directory"]).create(channel)

    def put_secrets(self, channel: Channel, **secrets: str) -> int | None:
        """Store the secrets of a channel, and give their version."""
        return SecretStore(self.mesh.client("ssm"), PREFIX).put(channel.id, secrets)

    def reconfigure(self, channel: Channel) -> None:
        """Store the next revision of a channel."""
        ChannelsRepository(self.mesh.dynamodb, self.mesh.tables["directory"]).replace(channel)

    def happen(self, incident: Incident, *rows: Alert) -> list[Record]:
        """Write an incident and its new rows as the verifier does; give the stream's records."""
        item = to_item(incident, listing=keys.ALL_INCIDENTS)
        self.mesh.dynamodb.put_item(TableName=self.mesh.tables["incidents"], Item=item)
        return [self.store(row) for row in rows]

    def store(self, row: Alert) -> Record:
        """Write a row and give the stream's record of it."""
        image = alert_item(row)
        self.mesh.dynamodb.put_item(TableName=self.mesh.tables["alerts"], Item=image)
        return self.record({name: image[name] for name in ("incident_id", "alert_key")})

    def record(self, row_keys: Mapping[str, Any], event: str = "INSERT") -> Record:
        """Write a record of the stream."""
        self._sequence += 1
        return {
            "eventSource": "aws:dynamodb",
            "eventName": event,
            "dynamodb": {"Keys": dict(row_keys), "SequenceNumber": str(1000 + self._sequence)},
        }

    def deliver(
        self, records: Sequence[Record], deadline: Deadline = NO_DEADLINE, **process: Alerter
    ) -> list[str]:
        """Have a process take records; give the sequence number to start again from."""
        alerter = process.get("by") or self.alerter()
        return _failures(alerter.take_records(records, deadline))

    def wake(self, *rows: Alert | RowKey, deadline: Deadline = NO_DEADLINE) -> list[str]:
        """Have a fresh process take wake-ups; give the names of the messages that come back."""
        names = [
            RowKey(row.incident_id, row.key) if isinstance(row, Alert) else row for row in rows
        ]
        messages = [
            queue_record(str(place), encode(AlertMessage(**name._asdict())))
            for place, name in enumerate(names)
        ]
        return _failures(self.alerter().take_messages(messages, deadline))

    def sweep(self) -> dict[str, int]:
        """Have a fresh process sweep."""
        return self.alerter().sweep()

    def woken(self) -> list[tuple[RowKey, int]]:
        """Take all wake-ups out of their queue: the rows, and the seconds that each is delayed."""
        queue = sqs_backends[ACCOUNT][HOME].queues[f"{NAME}-alert-retries"]
        taken = [_wake_up(message) for message in queue._messages]
        queue._messages.clear()
        return taken

    @property
    def rows(self) -> dict[str, Alert]:
        """All rows by incident and key, e.g. "inc_1/opened#ch_1"."""
        items = [item for item in self.mesh.items("alerts") if "channel_id" in item]
        found = [from_item(item, Alert) for item in items if "state" in item]
        return {f"{row.incident_id}/{row.key}": row for row in found}

    def row(self, like: Alert) -> Alert:
        """Return a row as it is now."""
        outbox = AlertsRepository(self.mesh.dynamodb, self.mesh.tables["alerts"])
        row = outbox.get(*name_of(like))
        assert row is not None
        return row


def _wake_up(message: Any) -> tuple[RowKey, int]:
    asked = decode(message.body, AlertMessage)
    delay = max(0, round((message.delayed_until - message.sent_timestamp) / 1000))
    return RowKey(asked.incident_id, asked.alert_key), delay


def _failures(response: Response) -> list[str]:
    return [each["itemIdentifier"] for each in response["batchItemFailures"]]


@contextmanager
def an_alert_stage(**choices: Any) -> Iterator[AlertStage]:
    """Have an empty mesh with an alerter for a while."""
    with moto_mesh() as mesh:
        yield AlertStage(mesh, Calls(mesh), **choices)
