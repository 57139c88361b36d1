"""Delayed messages of the alerter to itself: look at this row again then."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.domain.alerts.alert import Alert
from sentinelmesh.messages import AlertMessage, encode
from sentinelmesh.observability import logger
from sentinelmesh.queue_sender import send_all
from sentinelmesh.storage.alerts import RowKey

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_DELAY = 900  # Source: SQS's limit for DelaySeconds


class Wakeups:
    """Sets wake-ups; one that comes too early finds the row waiting and sets the next."""

    def __init__(self, client: "SQSClient", queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock

    def set(self, row: Alert, when: datetime) -> None:
        """Have a row looked at again at a moment, or soon after.

        A queue that is away is no reason not to tell people: the sweep of each minute finds the
        row as well, a little later.
        """
        wait = (when - self._clock()) // timedelta(seconds=1) + 1
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=_body(RowKey(row.incident_id, row.key)),
                DelaySeconds=min(max(wait, 0), MAX_DELAY),
            )
        except (BotoCoreError, ClientError) as error:
            reason = type(error).__name__
            logger().warning("wakeup_unset", incident_id=row.incident_id, reason=reason)

    def hand_over(self, rows: Sequence[RowKey], delay_seconds: int) -> frozenset[RowKey]:
        """Have other invocations look at rows.

        Cost: one request per ten rows.

        Returns:
            The rows that the queue did not take: they have to come back in another way.
        """
        left = send_all(
            self._client,
            self._queue_url,
            rows,
            lambda row: (_body(row), delay_seconds),
            lambda count, reason: logger().error("rows_not_handed_over", rows=count, reason=reason),
        )
        return frozenset(left)


def _body(row: RowKey) -> str:
    return encode(AlertMessage(incident_id=row.incident_id, alert_key=row.alert_key))
