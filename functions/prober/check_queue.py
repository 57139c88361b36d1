"""The check queue of the region, read by a prober that has room for more checks."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_ENTRIES = 10  # Source: limit of ReceiveMessage and DeleteMessageBatch
Message = Mapping[str, Any]


class CheckQueue:
    """Receives checks beside Lambda's event source, and deletes those that are done.

    What is never deleted becomes visible again, as after a failed batch of Lambda: a check is done
    when its result is recorded, whoever received it.

    Args:
        client: returns the client of the region's queues; called at the first use only.
    """

    def __init__(self, client: Callable[[], "SQSClient"], queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._attempt_id = uuid4().hex

    def receive(self, limit: int) -> list[Message]:
        """Return waiting checks in the form of Lambda's records; none when the queue is away.

        Cost: one request.
        """
        try:
            answer = self._client().receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=min(limit, MAX_ENTRIES),
                # Were an answer lost, its checks would be out of sight until they have expired:
                # the same id has them delivered again.
                ReceiveRequestAttemptId=self._attempt_id,
            )
        except (BotoCoreError, ClientError) as error:
            logger().warning("checks_not_received", reason=type(error).__name__)
            return []
        self._attempt_id = uuid4().hex
        return [_to_record(message) for message in answer.get("Messages", ())]

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete checks that are done; one that stays is recorded a second time, to no effect.

        Cost: one request per ten checks.
        """
        for start in range(0, len(messages), MAX_ENTRIES):
            batch = messages[start : start + MAX_ENTRIES]
            try:
                self._client().delete_message_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {"Id": str(place), "ReceiptHandle": message["receiptHandle"]}
                        for place, message in enumerate(batch)
                    ],
                )
            except (BotoCoreError, ClientError) as error:
                logger().warning("checks_not_deleted", reason=type(error).__name__)


def _to_record(message: Mapping[str, Any]) -> Message:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
    }
