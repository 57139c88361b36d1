"""The historian: counts what was seen, hour by hour and day by day, and publishes status pages.

Trigger: queue of recounts (new hours, late results, edits), stream of transitions, each minute.
Effect: writes rollups, which can be recomputed from results, and the files of status pages.
Retries: partial batches; everything it does may be repeated and reordered.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.historian.publishing import Publisher
from functions.historian.recounting import Recounter
from functions.historian.showing import Gatherer
from sentinelmesh.batch import Response, failed, failed_from, is_queue_event, is_stream_event
from sentinelmesh.clients import client
from sentinelmesh.comebacks import Comebacks
from sentinelmesh.domain.incident import Status
from sentinelmesh.errors import MeshError
from sentinelmesh.history import History
from sentinelmesh.messages import RecountMessage, decode
from sentinelmesh.observability import logger
from sentinelmesh.settings import HistorianSettings
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.maintenance import MaintenanceRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.rollups import RollupsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.status_pages import StatusPagesRepository


@dataclass(frozen=True, slots=True)
class Historian:
    """The function with its parts wired."""

    recounter: Recounter
    incidents: IncidentsRepository
    comebacks: Comebacks
    publisher: Publisher

    def take_messages(self, messages: Iterable[Mapping[str, Any]]) -> Response:
        """Count the monitors of a batch of messages; a poison message stops alone."""
        poison, troubled = [], []
        for message in messages:
            try:
                wanted = decode(message["body"], RecountMessage)
            except MeshError as error:
                logger().error("poison_message", reason=str(error))
                poison.append(message)
                continue
            if not self._counts(wanted.monitor_id, wanted.until, wanted.since):
                troubled.append(message)
        self.comebacks.hasten(troubled)
        return failed(each["messageId"] for each in [*poison, *troubled])

    def take_records(self, records: Sequence[Mapping[str, Any]]) -> Response:
        """Count again what an incident that opened or ended has changed about the past."""
        troubled = {
            place
            for place, record in enumerate(records)
            if _moves_an_incident(record) and not self._counts_incident(record)
        }
        # Whoever looks during an outage reads of it at once; the next minute mends a failure.
        self.publish(tidy=False)
        return failed_from(records, troubled)

    def publish(self, *, tidy: bool) -> Response:
        """Write the status pages."""
        try:
            self.publisher.publish(tidy=tidy)
        except Exception:  # noqa: BLE001 (the pages of a minute ago stay; counting goes on)
            logger().exception("pages_unpublished")
        return failed([])

    def _counts_incident(self, record: Mapping[str, Any]) -> bool:
        row = record["dynamodb"]["NewImage"]
        monitor_id = row["monitor_id"]["S"]
        try:
            incident = self.incidents.get(monitor_id, row["incident_id"]["S"])
        except MeshError:
            logger().exception("recount_failed", monitor_id=monitor_id)
            return False
        # Nothing is known to have arrived: what was counted is counted again, and no more.
        return incident is None or self._counts(monitor_id, incident.opened_at, incident.opened_at)

    def _counts(self, monitor_id: str, until: datetime, since: datetime | None) -> bool:
        """Count one monitor; its trouble is not that of the others in the batch."""
        try:
            self.recounter.recount(monitor_id, until, since)
        except Exception:  # noqa: BLE001 (whatever it is, only this monitor comes back)
            logger().exception("recount_failed", monitor_id=monitor_id)
            return False
        return True


def _moves_an_incident(record: Mapping[str, Any]) -> bool:
    row = record["dynamodb"]["NewImage"]
    ends = {row["from_status"]["S"], row["to_status"]["S"]}
    return Status.DOWN in ends and "incident_id" in row


@cache
def wire() -> Historian:
    """Make clients and read settings, once per process."""
    import boto3

    settings = HistorianSettings.from_environment(os.environ)
    session = boto3.Session()
    tables = client(session, "dynamodb", settings.home_region)
    kept = timedelta(days=settings.retention_days)
    rollups = RollupsRepository(tables, settings.rollups_table)
    incidents = IncidentsRepository(tables, settings.incidents_table)
    recounter = Recounter(
        monitors=MonitorsRepository(tables, settings.monitors_table),
        rollups=rollups,
        history=History(
            rollups=rollups,
            results=ResultsRepository(tables, settings.results_table),
            incidents=incidents,
            windows=MaintenanceRepository(tables, settings.directory_table).list,
            kept=kept,
        ),
        kept=kept,
        clock=_now,
    )
    queue = client(session, "sqs", settings.home_region)
    comebacks = Comebacks(queue, settings.recounts_queue_url)
    publisher = Publisher(
        client=client(session, "s3", settings.home_region),
        bucket=settings.pages_bucket,
        pages=StatusPagesRepository(tables, settings.directory_table),
        windows=MaintenanceRepository(tables, settings.directory_table),
        gatherer=Gatherer(
            monitors=recounter.monitors,
            states=StatesRepository(tables, settings.states_table),
            incidents=incidents,
            history=recounter.history,
            clock=_now,
        ),
    )
    return Historian(recounter, incidents, comebacks, publisher)


def lambda_handler(event: Mapping[str, Any], _context: object) -> Response:
    """Take a batch of either source, or publish."""
    if is_stream_event(event):
        return wire().take_records(event["Records"])
    if is_queue_event(event):
        return wire().take_messages(event["Records"])
    return wire().publish(tidy=True)


def _now() -> datetime:
    return datetime.now(UTC)
