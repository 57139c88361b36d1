"""Planning a minute: one delayed tick per granule and shard, for EventBridge knows only minutes."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.domain.monitors.schedule import GRANULE, granules_of_next_minute
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.messages import TickMessage, encode

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_ENTRIES = 10  # Source: SendMessageBatch's limit
# Nobody repeats a minute's event: what the queue does not take is sent again here, or never.
PAUSES = (0.1, 0.4)
# A tick that comes later than this finds its slots expired: no burst, a visible gap.
STALE_AFTER = timedelta(seconds=60)


class Ticks:
    """The queue on which the scheduler sends itself the granules of the next minute."""

    def __init__(self, client: "SQSClient", queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock

    def plan(self, tick_at: datetime, shards: int) -> int:
        """Queue the granules of the minute after a tick that are not over yet.

        Args:
            tick_at: the event's own time, never the clock: EventBridge may be a minute late.

        Returns:
            How many ticks were queued; 0 when the event is too old to be of use.

        Raises:
            StoreUnavailable: some ticks were not taken; repeating sends them all, harmlessly.
        """
        now = self._clock()
        ticks = [
            TickMessage(granule_at=granule, shard=shard)
            for granule in granules_of_next_minute(tick_at)
            for shard in range(shards)
            if granule > now - GRANULE
        ]
        self._insist(ticks)
        return len(ticks)

    def send_rest(self, tick: TickMessage) -> None:
        """Have the rest of a granule dispatched by another invocation, now.

        Raises:
            StoreUnavailable: the queue did not take it: the tick that it is the rest of comes back.
        """
        self._insist([tick])

    def _insist(self, ticks: Sequence[TickMessage]) -> None:
        """Send ticks; what is not taken is sent again a moment later, twice."""
        left = self._send(ticks)
        for pause in PAUSES:
            if left:
                time.sleep(pause)
                left = self._send(left)
        if left:
            raise StoreUnavailable(f"{len(left)} of {len(ticks)} ticks were not taken")

    def _send(self, ticks: Sequence[TickMessage]) -> list[TickMessage]:
        """Send ticks in batches, whatever becomes of each; give back what was not taken."""
        starts = range(0, len(ticks), MAX_ENTRIES)
        batches = [ticks[start : start + MAX_ENTRIES] for start in starts]
        return [tick for batch in batches for tick in self._send_batch(batch)]

    def _send_batch(self, batch: Sequence[TickMessage]) -> list[TickMessage]:
        now = self._clock()
        try:
            answer = self._client.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {
                        "Id": str(place),
                        "MessageBody": encode(tick),
                        "DelaySeconds": _whole_seconds_until(tick.granule_at, now),
                    }
                    for place, tick in enumerate(batch)
                ],
            )
        except (BotoCoreError, ClientError):
            return list(batch)
        taken = {sent["Id"] for sent in answer.get("Successful", [])}
        return [tick for place, tick in enumerate(batch) if str(place) not in taken]


def _whole_seconds_until(instant: datetime, now: datetime) -> int:
    """Round up: a check that runs early would belong to the slot before."""
    return max(0, -((now - instant) // timedelta(seconds=1)))


def is_stale(tick: TickMessage, now: datetime) -> bool:
    """Return whether a granule is so old that its checks are worthless."""
    return now - tick.granule_at > STALE_AFTER
