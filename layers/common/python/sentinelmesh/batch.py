"""Batches of records and messages: how they are read, and what of them comes back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from sentinelmesh.observability import logger

T = TypeVar("T")
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


def read_each(
    records: Iterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]
) -> Iterator[tuple[int, T]]:
    """Read the records of a stream, each by itself; yield the place of each and what it says.

    One that cannot be read is logged and left out: it will not become readable by being delivered
    again, and until a stream gives it up everything behind it in its shard would wait.
    """
    for place, record in enumerate(records):
        try:
            said = read(record)
        except Exception:  # noqa: BLE001 (whatever it is, only this record is left out)
            number = record.get("dynamodb", {}).get("SequenceNumber")
            logger().exception("record_unreadable", sequence_number=number)
        else:
            yield place, said


def report_failures(identifiers: Iterable[str]) -> Response:
    """Report the messages of a queue that have to come back.

    >>> report_failures(["a"])
    {'batchItemFailures': [{'itemIdentifier': 'a'}]}
    """
    return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}


def report_failures_from(records: Iterable[Mapping[str, Any]], failures: set[int]) -> Response:
    """Report where a stream has to start again: at the first record that failed.

    Args:
        failures: places of the failed records; later records are repeated too, harmlessly.
    """
    for place, record in enumerate(records):
        if place in failures:
            return report_failures([record["dynamodb"]["SequenceNumber"]])
    return report_failures([])
