"""Having a message that failed come back soon, not only when its visibility timeout ends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_ENTRIES = 10  # Source: ChangeMessageVisibilityBatch's limit
# Most trouble is over in a moment. What fails a third time waits as long as its queue says: the
# tries of a message are counted, and have to last longer than a longer trouble.
PAUSES = {1: 2, 2: 10}


class MessageRetries:
    """Shortens the wait of failed messages of one queue.

    Lambda leaves a message that failed in flight until its visibility timeout ends, minutes later.
    A tick is worthless by then, and an outage untold.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/
        sqs-visibility-timeout.html

    Args:
        pauses: seconds until a message comes back, by how often it was tried; where there is none
            it waits as long as its queue says.
    """

    def __init__(
        self, client: "SQSClient", queue_url: str, pauses: Mapping[int, int] = PAUSES
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._pauses = pauses

    def hasten(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Have messages that failed delivered again soon; failing at that costs only time.

        Cost: one request per ten messages, none without failures.

        Args:
            messages: records of a queue event; those tried often already keep their wait.
        """
        waits = [(each["receiptHandle"], self._pauses.get(_tries(each))) for each in messages]
        soon = [(handle, seconds) for handle, seconds in waits if seconds is not None]
        for start in range(0, len(soon), MAX_ENTRIES):
            self._change(soon[start : start + MAX_ENTRIES])

    def _change(self, batch: Sequence[tuple[str, int]]) -> None:
        try:
            self._client.change_message_visibility_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(place), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
                    for place, (handle, seconds) in enumerate(batch)
                ],
            )
        except (BotoCoreError, ClientError) as error:
            logger().warning(
                "messages_not_hastened", messages=len(batch), reason=type(error).__name__
            )


def _tries(message: Mapping[str, Any]) -> int:
    """Count how often a message was delivered, this time included."""
    return int(message["attributes"]["ApproximateReceiveCount"])
