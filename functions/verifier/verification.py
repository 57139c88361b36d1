"""Asking other regions: verification probes for the very slot that is in doubt."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.checks import CheckQueues, check_of
from sentinelmesh.domain.change import Ask
from sentinelmesh.domain.instant import text
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Purpose
from sentinelmesh.domain.rounds import VERIFICATION_GRACE
from sentinelmesh.messages import EvaluationMessage, encode
from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SOON = timedelta(seconds=5)
LONGEST_DELAY = 900  # Source: SQS's limit for DelaySeconds


def ask(queues: CheckQueues, monitor: Monitor, asks: Iterable[Ask], at: datetime) -> None:
    """Dispatch the verification probes; asking again for the same slot is harmless."""
    for wanted in asks:
        due = (at, at + VERIFICATION_GRACE)
        queues.send(
            check_of(monitor, region, Purpose.VERIFICATION, wanted.slot, due)
            for region in wanted.regions
        )
        logger().info(
            "verification_requested",
            monitor_id=monitor.id,
            monitor_name=monitor.name,
            slot=text(wanted.slot),
            regions=wanted.regions,
        )


class Alarm:
    """Wakes the verifier for a monitor later, when no further result may come to do so."""

    def __init__(self, client: "SQSClient", queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock

    def set(self, monitor_id: str, wake_at: datetime) -> None:
        """Have the monitor evaluated at an instant, or soon after."""
        wait = (wake_at - self._clock()) // timedelta(seconds=1) + 1
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=encode(EvaluationMessage(monitor_id=monitor_id)),
            DelaySeconds=min(max(wait, 0), LONGEST_DELAY),
        )

    def hand_over(self, monitor_ids: Iterable[str]) -> frozenset[str]:
        """Have monitors evaluated soon by others; give those that the queue did not take.

        A stream goes on only when its oldest record is done with, and gives a record up after some
        tries; a queue does neither.
        """
        return frozenset(each for each in sorted(monitor_ids) if not self._takes(each))

    def _takes(self, monitor_id: str) -> bool:
        try:
            self.set(monitor_id, self._clock() + SOON)
        except (BotoCoreError, ClientError) as error:
            reason = type(error).__name__
            logger().error("monitor_not_handed_over", monitor_id=monitor_id, reason=reason)
            return False
        return True
