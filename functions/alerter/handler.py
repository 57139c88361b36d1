"""The alerter: alone talks to people, and alone marks alert rows.

Trigger: stream of alerts (new rows), queue of alert-retries (wake-ups, acknowledgements, mail that
came back), a sweep each minute, the API's test.
Effect: one message per row, and the row's course.
Retries: a row is claimed before it is sent; everything else may be repeated.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from functions.alerter.batches import Batches
from functions.alerter.bounces import ReturnedMail
from functions.alerter.channel_executor import BatchReport, ChannelExecutor
from functions.alerter.channels import make_senders
from functions.alerter.channels.email import Email
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.delivery import Deliverer
from functions.alerter.dependencies import Parents
from functions.alerter.group_reader import GroupReader
from functions.alerter.groups import Groups
from functions.alerter.notification import example_notice
from functions.alerter.retry_queue import Wakeups
from functions.alerter.sender import Recipient
from sentinelmesh.batch import (
    Response,
    is_queue_event,
    is_stream_event,
    read_each,
    report_failures,
    report_failures_from,
)
from sentinelmesh.clients import client
from sentinelmesh.delivery.deadline import NO_DEADLINE, Deadline
from sentinelmesh.errors import DeliveryFailed, StoreUnavailable, UnreadableMessage
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import AcknowledgementMessage, AlertMessage, decode
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretStore, SecretsUnavailable
from sentinelmesh.settings import AlerterSettings
from sentinelmesh.storage.alert_batches import AlertBatchesRepository
from sentinelmesh.storage.alerts import AlertsRepository, RowKey
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.paused_addresses import PausedAddressesRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository
from sentinelmesh.storage.grouping_windows import GatheringsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.target_guard import TargetGuard, runtime_api

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_SWEPT = 500
BOOKKEEPING = ("last#", "storm#", "members#")
# The stream has one reader, and what comes next waits for this batch: it must not take long.
STREAM_SECONDS = 5.0
AT_ONCE, SOON = 0, 10
# EventBridge writes the events of SES into the queue as they are.
RETURNED_MAIL = '"source":"aws.ses"'


@dataclass(frozen=True, slots=True)
class Alerter:
    """The function with its parts wired."""

    deliverer: Deliverer
    comebacks: MessageRetries
    paused: PausedAddressesRepository
    lanes: ChannelExecutor = field(default_factory=ChannelExecutor)

    def take_records(
        self, records: Sequence[Mapping[str, Any]], deadline: Deadline = NO_DEADLINE
    ) -> Response:
        """Look at the rows that were just created.

        The stream goes on whatever happens: rows of slow channels, rows for which there is no
        time and rows that fail go to the queue of retries, which has many readers.
        """
        places = dict(read_each(records, _row_of))
        wanted = {row for row in places.values() if row is not None}
        slow = self.lanes.slow(wanted)
        looked = self._look_at(wanted - slow, deadline.within(STREAM_SECONDS))
        wakeups = self.deliverer.wakeups
        lost = wakeups.hand_over(sorted(looked.left | slow), AT_ONCE)
        lost |= wakeups.hand_over(sorted(looked.broken), SOON)
        return report_failures_from(
            records, {place for place, row in places.items() if row in lost}
        )

    def take_messages(
        self, messages: Iterable[Mapping[str, Any]], deadline: Deadline = NO_DEADLINE
    ) -> Response:
        """Look at the rows that asked to be looked at now."""
        poison: list[str] = []
        broken: list[Mapping[str, Any]] = []
        wanted: list[tuple[RowKey, Mapping[str, Any]]] = []
        for message in messages:
            try:
                row = self._take(message["body"])
            except UnreadableMessage as error:
                logger().error("poison_message", reason=str(error))
                poison.append(message["messageId"])
            except Exception:  # noqa: BLE001 (whatever it is, only this message comes back)
                logger().exception("message_broke")
                broken.append(message)
            else:
                if row is not None:
                    wanted.append((row, message))
        looked = self._look_at((row for row, _ in wanted), deadline)
        lost = self.deliverer.wakeups.hand_over(sorted(looked.left), AT_ONCE)
        back = [message for row, message in wanted if row in lost | looked.broken] + broken
        self.comebacks.hasten(back)
        return report_failures([*poison, *(message["messageId"] for message in back)])

    def _take(self, body: str) -> RowKey | None:
        """Return the row to look at; acknowledgements and returned mail are taken at once.

        Raises:
            UnreadableMessage: it is none of them.
            StoreUnavailable: try again.
        """
        if RETURNED_MAIL in body:
            self.take_returned_mail(json.loads(body)["detail"])
            return None
        if "acknowledged_by" not in body:
            return _read_row_key(decode(body, AlertMessage))
        self.deliverer.followers.acknowledged(decode(body, AcknowledgementMessage).incident_id)
        return None

    def sweep(self, deadline: Deadline = NO_DEADLINE) -> dict[str, int]:
        """Look at rows whose wake-up was lost; nearly always there are none."""
        due = self.deliverer.alerts.iterate_due(self.deliverer.clock())
        rows = list(islice(due, MAX_SWEPT))
        looked = self._look_at(rows, deadline)
        return {"due": len(rows), "failed": len(looked.broken), "left": len(looked.left)}

    def test_channel(self, channel_id: str) -> dict[str, object]:
        """Send an example at once and give the provider's answer word for word."""
        parts = self.deliverer
        try:
            channel = parts.channels.get(channel_id)
            if channel is None:
                return {"ok": False, "answer": "there is no such channel"}
            sender = parts.senders.get(channel.kind)
            if sender is None:
                return {"ok": False, "answer": f"no sender for channels of kind {channel.kind}"}
            notice = example_notice(channel.id, parts.clock(), parts.public_url)
            receipt = Recipient.of(channel, sender, parts.secrets).send(notice)
        except DeliveryFailed as failure:
            return {"ok": False, "answer": failure.answer}
        except (SecretsUnavailable, StoreUnavailable) as trouble:
            return {"ok": False, "answer": f"not sent, try again in a minute: {trouble}"}
        return {"ok": True, "answer": receipt.answer}

    def take_returned_mail(self, event: Mapping[str, Any]) -> None:
        """Act on mail that came back."""
        parts = self.deliverer
        ReturnedMail(self.paused, parts.followers, parts.clock).take(event)

    def _look_at(self, rows: Iterable[RowKey], deadline: Deadline) -> BatchReport:
        return self.lanes.run(rows, self.deliverer.look, deadline)


def _read_row_key(asked: AlertMessage) -> RowKey:
    """Return the row that a wake-up is about.

    Raises:
        UnreadableMessage: it names none.
    """
    if "#" not in asked.alert_key:
        raise UnreadableMessage(f"{asked.alert_key!r} names no row")
    return RowKey(asked.incident_id, asked.alert_key)


def _row_of(record: Mapping[str, Any]) -> RowKey | None:
    """Return the row that a record created; None when it did not create one."""
    keys = record["dynamodb"]["Keys"]
    row = RowKey(keys["incident_id"]["S"], keys["alert_key"]["S"])
    is_news = record["eventName"] == "INSERT" and not row.incident_id.startswith(BOOKKEEPING)
    return row if is_news else None


@cache
def wire() -> Alerter:
    """Build clients and read settings, once per process."""
    import boto3

    settings = AlerterSettings.from_environment(os.environ)
    session = boto3.Session()
    home = settings.home_region
    tables = client(session, "dynamodb", home)
    guard = TargetGuard(
        allow_private=settings.allow_private_targets,
        forbidden=runtime_api(os.environ.get("AWS_LAMBDA_RUNTIME_API")),
    )
    # A mail that timed out may have been taken: repeating it is our decision, not the client's.
    ses = client(session, "sesv2", home, tries=1)
    sqs, retries_url = client(session, "sqs", home), settings.alert_retries_queue_url
    paused = PausedAddressesRepository(tables, settings.directory_table)
    alerts = AlertsRepository(tables, settings.alerts_table)
    gatherings = GatheringsRepository(tables, settings.alerts_table)
    incidents = IncidentsRepository(tables, settings.incidents_table)
    states = StatesRepository(tables, settings.states_table)
    wakeups = Wakeups(sqs, retries_url, _now)
    deliverer = Deliverer(
        alerts=alerts,
        incidents=incidents,
        channels=ChannelsRepository(tables, settings.directory_table),
        secrets=SecretStore(client(session, "ssm", home), settings.secrets_prefix),
        senders=make_senders(
            Email(ses, settings.mail_from, paused.among),
            HttpSender(guard, stand_in=settings.providers_url),
            lambda region: client(session, "sns", region, tries=1),
        ),
        wakeups=wakeups,
        public_url=settings.public_url,
        clock=_now,
        chance=Random(),  # noqa: S311 (jitter guards nothing)
        pause=time.sleep,
        groups=Groups(
            GroupReader(alerts, gatherings, incidents, states, _now),
            wakeups,
            _now,
            timedelta(seconds=settings.storm_hold_seconds),
        ),
        batches=Batches(AlertBatchesRepository(tables, settings.alerts_table), alerts),
        parents=_wire_parents(tables, settings),
    )
    comebacks = MessageRetries(sqs, retries_url)
    return Alerter(
        deliverer, comebacks, paused, ChannelExecutor(clock=time.monotonic, pause=time.sleep)
    )


def _wire_parents(tables: "DynamoDBClient", settings: AlerterSettings) -> Parents:
    return Parents(
        alerts=AlertsRepository(tables, settings.alerts_table),
        states=StatesRepository(tables, settings.states_table),
        monitors=MonitorsRepository(tables, settings.monitors_table),
        policies=EscalationPoliciesRepository(tables, settings.directory_table),
        clock=_now,
    )


def lambda_handler(event: Mapping[str, Any], context: Any) -> object:
    """Take whatever woke it."""
    deadline = Deadline.of(context, time.monotonic)
    if is_stream_event(event):
        return wire().take_records(event["Records"], deadline)
    if is_queue_event(event):
        return wire().take_messages(event["Records"], deadline)
    if "test_channel" in event:
        return wire().test_channel(str(event["test_channel"]))
    return wire().sweep(deadline)


def _now() -> datetime:
    return datetime.now(UTC)
