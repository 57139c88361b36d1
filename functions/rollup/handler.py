"""Rollups: the verifier's second function counts what was seen, hour by hour and day by day.

Trigger: a cron rule, every ten minutes (rounds); queue of recounts (one monitor each: rounds, late
results, edits); stream of transitions (incidents that change what was counted).
Effect: writes rollups, which can be recomputed from results, and orders to count.
Retries: partial batches; everything it does may be repeated and reordered.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from functions.rollup.rebuild import Recounter
from sentinelmesh.batch import (
    Response,
    is_queue_event,
    is_stream_event,
    read_each,
    report_failures,
    report_failures_from,
)
from sentinelmesh.clients import client
from sentinelmesh.domain.uptime.rollup_schedule import counted_until, due_for_counting
from sentinelmesh.domain.values import instant
from sentinelmesh.errors import MeshError, StoreUnavailable
from sentinelmesh.history import History
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import RecountMessage, decode
from sentinelmesh.observability import logger
from sentinelmesh.queue_sender import MAX_ENTRIES
from sentinelmesh.rebuild_queue import RecountQueue, merge_orders
from sentinelmesh.settings import RollupSettings
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.rollups import RollupsRepository


@dataclass(frozen=True, slots=True)
class Rollups:
    """The function with its parts wired."""

    recounter: Recounter
    recounts: RecountQueue
    comebacks: MessageRetries
    shards: int

    def order_round(self, at: datetime) -> Response:
        """Order the counts of a round: one message for each monitor whose turn it is.

        Cost: half a read unit per 4 KB of monitors, one request per ten of them.

        Raises:
            StoreUnavailable: some were not ordered. Nobody repeats this: their next round counts
                what this one did not.
        """
        until, ordered, left = counted_until(at), 0, []
        due = self._due(at)
        while batch := list(islice(due, MAX_ENTRIES)):
            orders = [RecountMessage(monitor_id=each, until=until) for each in batch]
            left += self.recounts.send(self.recounts.send(orders))
            ordered += len(orders)
        logger().info("counts_ordered", until=instant.text(until), monitors=ordered)
        if left:
            raise StoreUnavailable(f"{len(left)} of {ordered} counts were not ordered")
        return report_failures([])

    def _due(self, at: datetime) -> Iterator[str]:
        for due_key in due_for_counting(at, self.shards):
            for monitor in self.recounter.monitors.list_due(due_key):
                yield monitor.id

    def take_messages(self, messages: Iterable[Mapping[str, Any]]) -> Response:
        """Count the monitors of a batch of orders, each once; a poison message stops alone."""
        wanted: dict[Any, list[tuple[Mapping[str, Any], RecountMessage]]] = defaultdict(list)
        poison = []
        for message in messages:
            try:
                order = decode(message["body"], RecountMessage)
            except MeshError as error:
                logger().error("poison_message", reason=str(error))
                poison.append(message["messageId"])
                continue
            wanted[order.monitor_id, order.incident_id].append((message, order))
        troubled = [
            message
            for orders in wanted.values()
            if not self._succeeds(merge_orders(order for _, order in orders))
            for message, _ in orders
        ]
        self.comebacks.hasten(troubled)
        return report_failures([*poison, *(each["messageId"] for each in troubled)])

    def take_records(self, records: Sequence[Mapping[str, Any]]) -> Response:
        """Order counts of what incidents that opened or ended have changed about the past.

        A stream gives a record up after an hour; the queue does that much later.
        """
        read = read_each(records, lambda record: tuple(_orders_of(record)))
        places = {order: place for place, orders in read for order in orders}
        refused = self.recounts.send(list(places))
        return report_failures_from(records, {places[each] for each in refused})

    def _succeeds(self, order: RecountMessage) -> bool:
        """Count one monitor; its trouble is not that of the others in the batch."""
        try:
            self.recounter.carry_out(order)
        except Exception:  # noqa: BLE001 (whatever it is, only this monitor comes back)
            logger().exception("recount_failed", monitor_id=order.monitor_id)
            return False
        return True


def _orders_of(record: Mapping[str, Any]) -> Iterator[RecountMessage]:
    row = record["dynamodb"]["NewImage"]
    for name in ("incident_id", "superseded"):
        if name in row:
            monitor_id, incident_id = row["monitor_id"]["S"], row[name]["S"]
            yield RecountMessage(monitor_id=monitor_id, incident_id=incident_id)


@cache
def wire() -> Rollups:
    """Build clients and read settings, once per process."""
    import boto3

    settings = RollupSettings.from_environment(os.environ)
    session = boto3.Session()
    tables = client(session, "dynamodb", settings.home_region)
    kept = timedelta(days=settings.retention_days)
    rollups = RollupsRepository(tables, settings.rollups_table)
    recounter = Recounter(
        monitors=MonitorsRepository(tables, settings.monitors_table, settings.shards),
        rollups=rollups,
        history=History(
            rollups=rollups,
            results=ResultsRepository(tables, settings.results_table),
            incidents=IncidentsRepository(tables, settings.incidents_table),
            windows=MaintenanceRepository(tables, settings.directory_table).list,
            kept=kept,
        ),
        kept=kept,
        clock=_now,
    )
    sqs, recounts_url = client(session, "sqs", settings.home_region), settings.recounts_queue_url
    return Rollups(
        recounter,
        RecountQueue(sqs, recounts_url),
        MessageRetries(sqs, recounts_url),
        settings.shards,
    )


def lambda_handler(event: Mapping[str, Any], _context: object) -> Response:
    """Take a batch of either source, or order a round."""
    if is_stream_event(event):
        return wire().take_records(event["Records"])
    if is_queue_event(event):
        return wire().take_messages(event["Records"])
    return wire().order_round(instant.parse(event["time"]))


def _now() -> datetime:
    return datetime.now(UTC)
