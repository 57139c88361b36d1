"""Having rollups brought up to date, by what the stream of results shows of the time."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.verifier.records import LONG_AGO, Glance
from sentinelmesh.domain import instant
from sentinelmesh.messages import RecountMessage, encode
from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_ENTRIES = 10  # Source: SendMessageBatch's limit
# The beginning of an instant's text that names ten minutes, or an hour.
PERIOD, HOUR = len("2026-01-01T12:3"), len("2026-01-01T12")
PERIOD_LENGTH = timedelta(minutes=10)
# So many results since the last count are few enough to be read with each look at an uptime.
MOST_UNCOUNTED = 10
# A count waits so long for what is on its way, and is spread over a minute more: all monitors
# cross a full hour at once.
SETTLING_SECONDS, SPREAD_SECONDS = 120, 60
# What arrives later than this after its ten minutes may have missed their count.
IN_TIME = timedelta(seconds=30)
MOST_PENDING = 10_000


@dataclass(slots=True)
class _Seen:
    """What a process remembers of a monitor: the last ten minutes asked for, and results since."""

    period: str
    results: int = 0


class Recounts:
    """Asks for counts; each may be asked for by several processes, which changes nothing.

    What could not be asked for is asked for with the next batch.
    """

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._seen: dict[str, _Seen] = {}
        self._pending: dict[str, RecountMessage] = {}

    def notice(self, glances: Iterable[Glance]) -> None:
        """Look at new results: one of a later hour ends those before, a late one changes one."""
        for each in glances:
            if each.is_scheduled:
                self._notice(each)

    def edited(self, monitor_ids: Iterable[str]) -> None:
        """Note edits: one that pauses a monitor ends what was begun to be counted."""
        for monitor_id in monitor_ids:
            self._want(RecountMessage(monitor_id=monitor_id, until=LONG_AGO))

    def send(self) -> None:
        """Ask for everything that is wanted; trouble hurts nobody else. Cost: a request per ten."""
        waiting = list(self._pending.values())
        for start in range(0, len(waiting), MOST_ENTRIES):
            batch = waiting[start : start + MOST_ENTRIES]
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._queue_url,
                    Entries=[_entry(place, each) for place, each in enumerate(batch)],  # type: ignore[misc]
                )
            except (BotoCoreError, ClientError) as error:
                logger().warning("recounts_unasked", count=len(waiting) - start, reason=str(error))
                return
            refused = {int(each["Id"]) for each in answer.get("Failed", ())}
            for place, each in enumerate(batch):
                if place not in refused:
                    self._pending.pop(each.monitor_id, None)

    def _notice(self, seen: Glance) -> None:
        period = seen.slot[:PERIOD]
        begins = instant.parse(f"{period}0:00Z")
        if seen.created_at >= begins + PERIOD_LENGTH + IN_TIME:
            slot = instant.parse(seen.slot)
            self._want(RecountMessage(monitor_id=seen.monitor_id, until=begins, since=slot))
        kept = self._seen.get(seen.monitor_id)
        if kept is not None:
            kept.results += 1
            is_new_hour = period[:HOUR] > kept.period[:HOUR]
            is_due = is_new_hour or kept.results >= MOST_UNCOUNTED
            if period <= kept.period or not is_due:
                return
        self._seen[seen.monitor_id] = _Seen(period)
        self._want(RecountMessage(monitor_id=seen.monitor_id, until=begins))

    def _want(self, wanted: RecountMessage) -> None:
        other = self._pending.get(wanted.monitor_id)
        if other is not None:
            since = [each.since for each in (wanted, other) if each.since is not None]
            wanted = RecountMessage(
                monitor_id=wanted.monitor_id,
                until=max(wanted.until, other.until),
                since=min(since, default=None),
            )
        if other is not None or len(self._pending) < MOST_PENDING:
            self._pending[wanted.monitor_id] = wanted


def _entry(place: int, wanted: RecountMessage) -> dict[str, Any]:
    spread = zlib.crc32(wanted.monitor_id.encode()) % SPREAD_SECONDS
    return {
        "Id": str(place),
        "MessageBody": encode(wanted),
        "DelaySeconds": SETTLING_SECONDS + spread,
    }
