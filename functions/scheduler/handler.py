"""The scheduler: dispatches intent and knows nothing of outcomes.

Trigger: a cron rule, each minute; the queue of delayed ticks, each ten seconds and shard.
Effect: ticks for the next minute; checks into the queues of the probe regions.
Retries: safe at any time: slots and their names depend on nothing but the clock.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from functions.scheduler.dispatch import Dispatcher
from functions.scheduler.ticks import Ticks, is_stale
from sentinelmesh.batch import Response, is_queue_event, report_failures
from sentinelmesh.checks import CheckQueues
from sentinelmesh.clients import client, queue_client
from sentinelmesh.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.values import instant
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import TickMessage, decode
from sentinelmesh.observability import logger
from sentinelmesh.settings import SchedulerSettings
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository
from sentinelmesh.storage.dynamodb.fast_decoding import read_quickly
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.unreadable import UnreadableRows


@dataclass(frozen=True, slots=True)
class Scheduler:
    """The function with its parts wired."""

    ticks: Ticks
    dispatcher: Dispatcher
    heartbeats: HeartbeatsRepository
    comebacks: MessageRetries
    shards: int
    clock: Callable[[], datetime]

    def plan_minute(self, tick_at: datetime) -> None:
        """Plan the minute after a tick, and leave a sign of life."""
        messages = self.ticks.plan(tick_at, self.shards)
        logger().info("tick_planned", tick_at=instant.text(tick_at), messages=messages)
        self.heartbeats.beat("scheduler", self.clock(), {"tick_at": instant.text(tick_at)})

    def dispatch(
        self, messages: Iterable[Mapping[str, Any]], deadline: Deadline = NO_DEADLINE
    ) -> Response:
        """Dispatch a batch of granules; only those that failed come back."""
        broken = [message for message in messages if not self._succeeds(message["body"], deadline)]
        self.comebacks.hasten(broken)
        return report_failures(message["messageId"] for message in broken)

    def _succeeds(self, body: str, deadline: Deadline) -> bool:
        try:
            tick = decode(body, TickMessage)
            if is_stale(tick, self.clock()):
                logger().warning("tick_stale", granule_at=instant.text(tick.granule_at))
                return True
            dispatched = self.dispatcher.dispatch(tick, deadline)
            if dispatched.rest is not None:
                self.ticks.send_rest(dispatched.rest)
        except Exception:  # noqa: BLE001 (whatever it is, only this tick comes back)
            logger().exception("tick_failed")
            return False
        logger().info(
            "checks_dispatched",
            granule_at=instant.text(tick.granule_at),
            shard=tick.shard,
            due=dispatched.due,
            sent=dispatched.sent,
            failed=dispatched.failed,
            is_whole=dispatched.rest is None,
        )
        return True


@cache
def wire() -> Scheduler:
    """Build clients and read settings, once per process."""
    import boto3

    settings = SchedulerSettings.from_environment(os.environ)
    session = boto3.Session()
    tables = read_quickly(client(session, "dynamodb", settings.home_region))
    queues = CheckQueues(partial(queue_client, partial(client, session)), settings.checks_queue_url)
    sqs = queue_client(partial(client, session), settings.home_region)
    ticks_url = settings.ticks_queue_url
    unreadable = UnreadableRows(tables, settings.directory_table, _now)
    return Scheduler(
        ticks=Ticks(sqs, ticks_url, _now),
        dispatcher=Dispatcher(
            MonitorsRepository(
                tables, settings.monitors_table, settings.shards, report=unreadable.note
            ),
            queues,
        ),
        heartbeats=HeartbeatsRepository(tables, settings.directory_table),
        comebacks=MessageRetries(sqs, ticks_url),
        shards=settings.shards,
        clock=_now,
    )


def lambda_handler(event: Mapping[str, Any], context: Any) -> Response | None:
    """Take the minute's tick or a batch of granules."""
    if is_queue_event(event):
        return wire().dispatch(event["Records"], Deadline.of(context, time.monotonic))
    wire().plan_minute(instant.parse(event["time"]))
    return None


def _now() -> datetime:
    return datetime.now(UTC)
