"""Batches: what of them is read, and what comes back."""

from typing import Any

import pytest

from sentinelmesh.batch import (
    is_queue_event,
    is_stream_event,
    read_each,
    report_failures,
    report_failures_from,
)

RECORDS = [{"dynamodb": {"SequenceNumber": str(100 + place)}} for place in range(5)]


def event_of(source: str) -> dict[str, Any]:
    return {"Records": [{"eventSource": source}]}


def test_a_stream_starts_again_at_its_first_failed_record() -> None:
    assert report_failures_from(RECORDS, {3, 1}) == report_failures(["101"])


def test_a_stream_without_failures_goes_on() -> None:
    assert report_failures_from(RECORDS, set()) == {"batchItemFailures": []}


def test_a_queue_gets_back_exactly_the_failed_messages() -> None:
    assert report_failures(["a", "c"]) == {
        "batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]
    }


@pytest.mark.parametrize(
    ("event", "stream", "queue"),
    [
        (event_of("aws:dynamodb"), True, False),
        (event_of("aws:sqs"), False, True),
        ({"Records": []}, False, False),
        ({"Records": None}, False, False),
        ({"source": "aws.events", "time": "2026-01-01T00:00:00Z"}, False, False),
        ({}, False, False),
    ],
    ids=range(6),
)
def test_events_are_told_apart(event: dict[str, Any], *, stream: bool, queue: bool) -> None:
    assert (is_stream_event(event), is_queue_event(event)) == (stream, queue)


def test_a_record_that_cannot_be_read_is_left_out_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    records: list[dict[str, Any]] = [*RECORDS[:3], {}]
    records[0] = {"dynamodb": {**records[0]["dynamodb"], "Keys": "a"}}
    records[2] = {"dynamodb": {**records[2]["dynamodb"], "Keys": "c"}}
    read = read_each(records, lambda record: record["dynamodb"]["Keys"])
    assert list(read) == [(0, "a"), (2, "c")]
    logged = [vars(each) for each in caplog.records if each.message == "record_unreadable"]
    assert [each["sequence_number"] for each in logged] == ["101", None]
