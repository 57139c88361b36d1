"""Partial batch responses: only what failed comes back."""

from collections.abc import Iterable, Mapping
from typing import Any

Response = dict[str, list[dict[str, str]]]


def is_stream_event(event: Mapping[str, Any]) -> bool:
    """Tell a batch of stream records from other events."""
    return _source(event) == "aws:dynamodb"


def is_queue_event(event: Mapping[str, Any]) -> bool:
    """Tell a batch of queue messages from other events."""
    return _source(event) == "aws:sqs"


def _source(event: Mapping[str, Any]) -> str | None:
    records = event.get("Records") or [{}]
    source: str | None = records[0].get("eventSource")
    return source


def failed(identifiers: Iterable[str]) -> Response:
    """Report the messages of a queue that have to come back.

    >>> failed(["a"])
    {'batchItemFailures': [{'itemIdentifier': 'a'}]}
    """
    return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}


def failed_from(records: Iterable[Mapping[str, Any]], failures: set[int]) -> Response:
    """Report where a stream has to start again: at the first record that failed.

    Args:
        failures: places of the failed records; later records are repeated too, harmlessly.
    """
    for place, record in enumerate(records):
        if place in failures:
            return failed([record["dynamodb"]["SequenceNumber"]])
    return failed([])
