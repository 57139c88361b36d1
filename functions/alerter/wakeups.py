"""Delayed messages of the alerter to itself: look at this row again then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sentinelmesh.domain.alert import Alert
from sentinelmesh.messages import AlertMessage, encode

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_DELAY = 900  # Source: SQS's limit for DelaySeconds


class Wakeups:
    """Sets wake-ups; one that comes too early finds the row waiting and sets the next."""

    def __init__(self, client: "SQSClient", queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock

    def set(self, row: Alert, when: datetime) -> None:
        """Have a row looked at again at a moment, or soon after."""
        wait = (when - self._clock()) // timedelta(seconds=1) + 1
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=encode(AlertMessage(incident_id=row.incident_id, alert_key=row.key)),
            DelaySeconds=min(max(wait, 0), LONGEST_DELAY),
        )
