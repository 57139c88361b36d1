"""Queue messages as Lambda hands them to a function."""

from typing import Any


def queue_record(name: str, body: str, *, handle: str | None = None, tries: int = 1) -> Any:
    """Write a record of a queue event.

    Args:
        handle: a queue's own receipt handle, where the message really is in flight.
        tries: how often it was delivered, this time included.
    """
    return {
        "messageId": name,
        "receiptHandle": handle or f"handle-of-{name}",
        "body": body,
        "eventSource": "aws:sqs",
        "attributes": {"ApproximateReceiveCount": str(tries)},
    }
