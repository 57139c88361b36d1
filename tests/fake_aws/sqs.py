"""Boto3's SQS client, as far as functions use it, over queues in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from tests.fake_aws.dynamodb import Around
from tests.fake_aws.queues import MAX_BYTES, MAX_ENTRIES, Queue
from tests.fake_aws.refusals import refusal

BATCH_ERROR = "AWS.SimpleQueueService."


@dataclass
class FakeSqs:
    """The calls of boto3's SQS client that functions make, for the queues of one region.

    Args:
        partial: chooses the places of a batch's entries that are refused.
    """

    queues: Mapping[str, Queue]
    clock: Callable[[], datetime]
    around: Around = lambda _name, call: call()
    partial: Callable[[int], set[int]] = lambda _count: set()

    def send_message(self, **asked: Any) -> Any:
        queue = self._queue(asked["QueueUrl"])
        return self.around(
            "SendMessage",
            lambda: {"MessageId": queue.send(asked["MessageBody"], self.clock(), asked)},
        )

    def send_message_batch(self, QueueUrl: str, Entries: Sequence[Any]) -> Any:  # noqa: N803
        return self.around("SendMessageBatch", lambda: self._send_batch(QueueUrl, Entries))

    def _send_batch(self, url: str, entries: Sequence[Mapping[str, Any]]) -> Any:
        _check_batch(entries)
        queue, refused = self._queue(url), self.partial(len(entries))

        def send(place: int, entry: Mapping[str, Any]) -> Mapping[str, str]:
            if place in refused:
                raise refusal("ServiceUnavailable", "not now")
            return {"MessageId": queue.send(entry["MessageBody"], self.clock(), entry)}

        return _one_by_one(entries, send)

    def receive_message(self, QueueUrl: str, MaxNumberOfMessages: int = 1, **rest: Any) -> Any:  # noqa: N803
        attempt = rest.get("ReceiveRequestAttemptId")
        return self.around(
            "ReceiveMessage", lambda: self._receive(QueueUrl, MaxNumberOfMessages, attempt)
        )

    def _receive(self, url: str, most: int, attempt: str | None) -> Any:
        received = self._queue(url).receive(self.clock(), most, attempt)
        return {
            "Messages": [
                {
                    "MessageId": each.message_id,
                    "Body": each.body,
                    "ReceiptHandle": each.receipt,
                    "Attributes": {"ApproximateReceiveCount": str(each.receives)},
                }
                for each in received
            ]
        }

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> Any:  # noqa: N803
        queue = self._queue(QueueUrl)

        def delete() -> Any:
            queue.delete_received(ReceiptHandle, self.clock())
            return {}

        return self.around("DeleteMessage", delete)

    def delete_message_batch(self, QueueUrl: str, Entries: Sequence[Any]) -> Any:  # noqa: N803
        queue = self._queue(QueueUrl)

        def delete(_place: int, entry: Mapping[str, Any]) -> None:
            queue.delete_received(entry["ReceiptHandle"], self.clock())

        _check_batch(Entries)
        return self.around("DeleteMessageBatch", lambda: _one_by_one(Entries, delete))

    def change_message_visibility_batch(self, QueueUrl: str, Entries: Sequence[Any]) -> Any:  # noqa: N803
        queue = self._queue(QueueUrl)

        def change(_place: int, entry: Mapping[str, Any]) -> None:
            receipt, seconds = entry["ReceiptHandle"], entry["VisibilityTimeout"]
            if not queue.hide(receipt, seconds, self.clock()):
                raise refusal("MessageNotInflight", "it can be received already")

        _check_batch(Entries)
        return self.around("ChangeMessageVisibilityBatch", lambda: _one_by_one(Entries, change))

    def get_queue_attributes(self, QueueUrl: str, **_asked: Any) -> Any:  # noqa: N803
        counts = self._queue(QueueUrl).count(self.clock())
        return self.around(
            "GetQueueAttributes",
            lambda: {"Attributes": {name: str(count) for name, count in counts.items()}},
        )

    def _queue(self, url: str) -> Queue:
        return self.queues[url.rsplit("/", 1)[-1]]


def _one_by_one(
    entries: Sequence[Mapping[str, Any]],
    handle: Callable[[int, Mapping[str, Any]], Mapping[str, str] | None],
) -> dict[str, list[Any]]:
    """Handle the entries of a batch; one that is refused leaves the others alone."""
    answer: dict[str, list[Any]] = {"Successful": [], "Failed": []}
    for place, entry in enumerate(entries):
        try:
            handled = handle(place, entry)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            fault = {"Code": code, "SenderFault": code != "ServiceUnavailable"}
            answer["Failed"].append({"Id": entry["Id"], **fault})
        else:
            answer["Successful"].append({"Id": entry["Id"], **(handled or {})})
    return answer


def _check_batch(entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a batch as a whole, before any entry is looked at."""
    if not entries:
        raise refusal(f"{BATCH_ERROR}EmptyBatchRequest", "a batch has an entry")
    if len(entries) > MAX_ENTRIES:
        raise refusal(f"{BATCH_ERROR}TooManyEntriesInBatchRequest", "a batch has ten entries")
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise refusal(f"{BATCH_ERROR}BatchEntryIdsNotDistinct", "each entry has its own name")
    if sum(len(entry.get("MessageBody", "").encode()) for entry in entries) > MAX_BYTES:
        raise refusal(f"{BATCH_ERROR}BatchRequestTooLong", f"a batch has {MAX_BYTES} bytes")
