"""Writes that meet a transaction of somebody else: nothing was written, and it is over in a moment.

DynamoDB refuses such a write at once, and boto3 repeats it only where it is called throttling. Left
to the queues it would come back after seconds.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from random import uniform
from typing import Any

CONFLICT = "TransactionConflict"
MAX_CALLS = 6
# Two that met once must not meet again: each waits for a random part of this, doubled each time.
FIRST_PAUSE_SECONDS = 0.05


def retry_conflict(response: Any, attempts: int, **_event: Any) -> float | None:
    """Return how long to wait before a call is repeated, or None if it is not to be repeated.

    This is a handler of botocore's event `needs-retry`.

    Args:
        response: HTTP response and parsed body; None if there was no answer.
        attempts: how often the call was made.
    """
    if response is None or attempts >= MAX_CALLS or not _is_conflict(response[1]):
        return None
    return uniform(0, FIRST_PAUSE_SECONDS * 2**attempts)  # noqa: S311 (jitter guards nothing)


def _is_conflict(parsed: Any) -> bool:
    """Return True if a conflict alone kept a write from being made."""
    if parsed.get("Error", {}).get("Code") == f"{CONFLICT}Exception":
        return True
    reasons = {each.get("Code") for each in parsed.get("CancellationReasons", ())}
    # A condition that does not hold will not hold the next time either: decide again.
    return CONFLICT in reasons and reasons <= {CONFLICT, "None"}
