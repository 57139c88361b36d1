"""The alerter: alone talks to people, and alone marks alert rows.

Trigger: stream of alerts (new rows), queue of alert-retries, a sweep each minute, the API's test.
Effect: one message per row, and the row's course.
Retries: a row is claimed before it is sent; everything else may be repeated.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from functions.alerter.channels import make_senders
from functions.alerter.channels.posting import Poster
from functions.alerter.delivery import Deliverer
from functions.alerter.notice import example_notice
from functions.alerter.wakeups import Wakeups
from sentinelmesh.batch import failed, failed_from, is_queue_event, is_stream_event
from sentinelmesh.clients import client
from sentinelmesh.errors import DeliveryFailed, UnreadableMessage
from sentinelmesh.messages import AlertMessage, decode
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretStore
from sentinelmesh.settings import AlerterSettings
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory import ChannelsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.target_guard import TargetGuard, runtime_api

LANES = 8
MOST_SWEPT = 50
BOOKKEEPING = "last#"

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Alerter:
    """The function with its parts wired."""

    deliverer: Deliverer

    def take_records(self, records: Sequence[Mapping[str, Any]]) -> object:
        """Look at the rows that were just created."""
        rows = [_row_of(record) for record in records]
        wanted = [row for row in rows if not row[0].startswith(BOOKKEEPING)]
        troubled = self._look_at(wanted)
        return failed_from(records, {place for place, row in enumerate(rows) if row in troubled})

    def take_messages(self, messages: Iterable[Mapping[str, Any]]) -> object:
        """Look at the rows that asked to be looked at now."""
        poison: list[str] = []
        wanted: dict[str, Row] = {}
        for message in messages:
            try:
                asked = decode(message["body"], AlertMessage)
            except UnreadableMessage as error:
                logger().error("poison_message", reason=str(error))
                poison.append(message["messageId"])
                continue
            wanted[message["messageId"]] = (asked.incident_id, asked.alert_key)
        troubled = self._look_at(list(wanted.values()))
        return failed([*poison, *(name for name, row in wanted.items() if row in troubled)])

    def sweep(self) -> object:
        """Look at rows whose wake-up was lost; nearly always there are none."""
        due = self.deliverer.alerts.list_due(self.deliverer.clock(), MOST_SWEPT)
        troubled = self._look_at([(row.incident_id, row.key) for row in due])
        return {"looked_at": len(due), "failed": len(troubled)}

    def test_channel(self, channel_id: str) -> object:
        """Send an example at once and give the provider's answer word for word."""
        parts = self.deliverer
        channel = parts.channels.get(channel_id)
        if channel is None or channel.kind not in parts.senders:
            return {"ok": False, "answer": "there is no such channel"}
        secrets = parts.secrets.get(channel.id) if channel.secret_fields else {}
        notice = example_notice(channel.id, parts.clock(), parts.public_url)
        try:
            answer = parts.senders[channel.kind].deliver(notice, channel, secrets)
        except DeliveryFailed as failure:
            return {"ok": False, "answer": failure.answer}
        return {"ok": True, "answer": answer}

    def _look_at(self, rows: Iterable[Row]) -> set[Row]:
        """Look at rows side by side, so that a slow provider delays nobody else."""
        unique = sorted(set(rows))
        if len(unique) <= 1:
            return {row for row in unique if not self._succeeds(row)}
        with ThreadPoolExecutor(min(LANES, len(unique))) as lanes:
            outcomes = list(lanes.map(self._succeeds, unique))
        return {row for row, well in zip(unique, outcomes, strict=True) if not well}

    def _succeeds(self, row: Row) -> bool:
        try:
            self.deliverer.look(*row)
        except Exception:  # noqa: BLE001 (whatever it is, only this row comes back)
            logger().exception("delivery_broke", incident_id=row[0], alert_key=row[1])
            return False
        return True


def _row_of(record: Mapping[str, Any]) -> Row:
    keys = record["dynamodb"]["Keys"]
    return keys["incident_id"]["S"], keys["alert_key"]["S"]


@cache
def wire() -> Alerter:
    """Make clients and read settings, once per process."""
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
    deliverer = Deliverer(
        alerts=AlertsRepository(tables, settings.alerts_table),
        incidents=IncidentsRepository(tables, settings.incidents_table),
        channels=ChannelsRepository(tables, settings.directory_table),
        secrets=SecretStore(client(session, "ssm", home), settings.secrets_prefix),
        senders=make_senders(ses, settings.mail_from, Poster(guard)),
        wakeups=Wakeups(client(session, "sqs", home), settings.alert_retries_queue_url, _now),
        public_url=settings.public_url,
        clock=_now,
        chance=Random(),  # noqa: S311 (jitter guards nothing)
    )
    return Alerter(deliverer)


def lambda_handler(event: Mapping[str, Any], _context: object) -> object:
    """Take whatever woke it."""
    if is_stream_event(event):
        return wire().take_records(event["Records"])
    if is_queue_event(event):
        return wire().take_messages(event["Records"])
    if "test_channel" in event:
        return wire().test_channel(str(event["test_channel"]))
    return wire().sweep()


def _now() -> datetime:
    return datetime.now(UTC)
