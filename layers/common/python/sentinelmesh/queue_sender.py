"""Sending many messages to a queue, in batches; what was not taken comes back to the sender."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")

MAX_ENTRIES = 10  # Source: SendMessageBatch's limit


def send_all(
    client: "SQSClient",
    queue_url: str,
    things: Sequence[T],
    written: Callable[[T], tuple[str, int]],
    report: Callable[[int, str], None] = lambda _unsent, _reason: None,
) -> list[T]:
    """Send a message for each thing, whatever becomes of the others; give back those not taken.

    A queue that is out of reach is not waited for with every batch.

    Args:
        written: gives a thing's body and its delay in seconds.
        report: is told of a request that failed: how many were in it, and the kind of error.

    Cost: one request per ten.
    """
    starts = range(0, len(things), MAX_ENTRIES)
    batches = [things[start : start + MAX_ENTRIES] for start in starts]
    left: list[T] = []
    for place, batch in enumerate(batches):
        try:
            left += _send_batch(client, queue_url, batch, written)
        except ClientError as error:
            report(len(batch), type(error).__name__)
            left += batch
        except BotoCoreError as error:
            unsent = things[place * MAX_ENTRIES :]
            report(len(unsent), type(error).__name__)
            return [*left, *unsent]
    return left


def _send_batch(
    client: "SQSClient",
    queue_url: str,
    batch: Sequence[T],
    written: Callable[[T], tuple[str, int]],
) -> list[T]:
    """Send one batch; return what was not taken."""
    bodies = [written(each) for each in batch]
    answer = client.send_message_batch(
        QueueUrl=queue_url,
        Entries=[
            {"Id": str(place), "MessageBody": body, "DelaySeconds": delay}
            for place, (body, delay) in enumerate(bodies)
        ],
    )
    taken = {sent["Id"] for sent in answer.get("Successful", [])}
    return [each for place, each in enumerate(batch) if str(place) not in taken]
