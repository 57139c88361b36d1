"""Standard queues: delay, visibility, receipts, dead letters and batches.

Source: Amazon SQS Developer Guide, "Amazon SQS visibility timeout", "Amazon SQS message timers",
"Using dead-letter queues in Amazon SQS" and "Amazon SQS message quotas"; Amazon SQS API Reference,
the pages of the calls.
"""

from typing import Any

import pytest

from tests.conformance.asking import code_of
from tests.conformance.stand_ins import (
    RETENTION_SECONDS,
    VISIBILITY_SECONDS,
    QueuePair,
    StandIn,
)

MEBIBYTE = 1024 * 1024
MAX_DELAY = 900
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


@pytest.fixture
def queue(aws: StandIn) -> QueuePair:
    return aws.make_queue(most_receives=2)


def _send(aws: StandIn, queue: QueuePair, body: str = "tick", **asked: Any) -> None:
    aws.sqs.send_message(QueueUrl=queue.url, MessageBody=body, **asked)


def _receive(aws: StandIn, url: str) -> list[Any]:
    answer = aws.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"]
    )
    found: list[Any] = answer.get("Messages", [])
    return found


def _bodies(aws: StandIn, url: str) -> list[str]:
    return sorted(message["Body"] for message in _receive(aws, url))


def _hide(aws: StandIn, queue: QueuePair, message: Any, seconds: int) -> Any:
    receipt = {"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds}
    return aws.sqs.change_message_visibility_batch(
        QueueUrl=queue.url, Entries=[{"Id": "only", **receipt}]
    )


def _delete(aws: StandIn, queue: QueuePair, message: Any) -> None:
    aws.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])


def _send_batch(aws: StandIn, queue: QueuePair, *entries: dict[str, Any]) -> Any:
    return aws.sqs.send_message_batch(QueueUrl=queue.url, Entries=list(entries))


def _entry(name: str, body: str = "tick", **more: Any) -> dict[str, Any]:
    return {"Id": name, "MessageBody": body, **more}


def test_a_delayed_message_cannot_be_received_before_its_time(
    aws: StandIn, queue: QueuePair
) -> None:
    _send(aws, queue, "now")
    _send(aws, queue, "later", DelaySeconds=60)
    aws.pass_time(1)
    assert _bodies(aws, queue.url) == ["now"]
    aws.pass_time(VISIBILITY_SECONDS - 5)
    assert _bodies(aws, queue.url) == []
    aws.pass_time(60)
    assert "later" in _bodies(aws, queue.url)


def test_a_delay_is_a_quarter_of_an_hour_at_most(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue, DelaySeconds=MAX_DELAY)
    code = code_of(lambda: _send(aws, queue, DelaySeconds=MAX_DELAY + 1))
    assert code == "InvalidParameterValue"


def test_a_received_message_is_hidden_for_a_while(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue)
    (first,) = _receive(aws, queue.url)
    aws.pass_time(VISIBILITY_SECONDS - 1)
    assert _receive(aws, queue.url) == []
    aws.pass_time(2)
    (second,) = _receive(aws, queue.url)
    assert first["MessageId"] == second["MessageId"]


def test_a_message_tells_how_often_it_was_received(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue)
    for count in (1, 2):
        (message,) = _receive(aws, queue.url)
        assert message["Attributes"]["ApproximateReceiveCount"] == str(count)
        aws.pass_time(VISIBILITY_SECONDS + 1)


def test_each_receive_gives_a_receipt_of_its_own(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue)
    (first,) = _receive(aws, queue.url)
    aws.pass_time(VISIBILITY_SECONDS + 1)
    (second,) = _receive(aws, queue.url)
    assert first["ReceiptHandle"] != second["ReceiptHandle"]


def test_a_deleted_message_does_not_come_back(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue)
    (message,) = _receive(aws, queue.url)
    _delete(aws, queue, message)
    aws.pass_time(VISIBILITY_SECONDS + 1)
    assert _receive(aws, queue.url) == []


def test_deleting_a_message_again_is_no_error(aws: StandIn, queue: QueuePair) -> None:
    """Source: API Reference, "DeleteMessage": with an old receipt the request will succeed."""
    _send(aws, queue)
    (message,) = _receive(aws, queue.url)
    _delete(aws, queue, message)
    _delete(aws, queue, message)


def test_a_message_can_be_given_back_at_once(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue)
    (message,) = _receive(aws, queue.url)
    _hide(aws, queue, message, 0)
    aws.pass_time(0.1)
    assert _bodies(aws, queue.url) == ["tick"]


def test_a_message_can_be_kept_longer_counted_from_then_on(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue)
    (message,) = _receive(aws, queue.url)
    aws.pass_time(VISIBILITY_SECONDS - 5)
    _hide(aws, queue, message, VISIBILITY_SECONDS)
    aws.pass_time(VISIBILITY_SECONDS - 1)
    assert _receive(aws, queue.url) == []
    aws.pass_time(2)
    assert _bodies(aws, queue.url) == ["tick"]


def test_a_changed_timeout_holds_for_one_receive_only(aws: StandIn, queue: QueuePair) -> None:
    """Source: API Reference, "ChangeMessageVisibility": the value is not saved in memory."""
    _send(aws, queue)
    (message,) = _receive(aws, queue.url)
    _hide(aws, queue, message, 2)
    aws.pass_time(3)
    assert _bodies(aws, queue.url) == ["tick"]
    aws.pass_time(VISIBILITY_SECONDS - 1)
    assert _receive(aws, queue.url) == []


def test_a_message_that_is_not_in_flight_any_more_cannot_be_kept(
    aws: StandIn, queue: QueuePair
) -> None:
    """Source: API Reference, "ChangeMessageVisibility": MessageNotInflight."""
    _send(aws, queue)
    (message,) = _receive(aws, queue.url)
    aws.pass_time(VISIBILITY_SECONDS + 1)
    answer = _hide(aws, queue, message, VISIBILITY_SECONDS)
    assert [each["Id"] for each in answer.get("Failed", [])] == ["only"]
    assert _bodies(aws, queue.url) == ["tick"]


def test_a_message_received_too_often_goes_to_the_dead_letters(
    aws: StandIn, queue: QueuePair
) -> None:
    _send(aws, queue)
    for _ in range(2):
        assert _bodies(aws, queue.url) == ["tick"]
        assert _bodies(aws, queue.dead_url) == []
        aws.pass_time(VISIBILITY_SECONDS + 1)
    assert _bodies(aws, queue.url) == []
    assert _bodies(aws, queue.dead_url) == ["tick"]


def test_a_message_is_dropped_when_its_time_is_over(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue, "old")
    aws.pass_time(RETENTION_SECONDS / 2)
    _send(aws, queue, "young")
    aws.pass_time(RETENTION_SECONDS / 2 + 1)
    assert _bodies(aws, queue.url) == ["young"]


def test_dead_letters_keep_the_age_of_their_messages(aws: StandIn, queue: QueuePair) -> None:
    """So they have to be kept longer than the messages of the queue that they come from."""
    _send(aws, queue)
    for _ in range(3):
        _receive(aws, queue.url)
        aws.pass_time(VISIBILITY_SECONDS + 1)
    aws.pass_time(RETENTION_SECONDS - 3 * VISIBILITY_SECONDS)
    assert _bodies(aws, queue.dead_url) == []


def test_a_queue_counts_what_waits(aws: StandIn, queue: QueuePair) -> None:
    for body in ("a", "b", "c"):
        _send(aws, queue, body)
    _send(aws, queue, "later", DelaySeconds=60)
    aws.pass_time(1)
    aws.sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=1)
    asked = aws.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=list(COUNTS))
    assert [asked["Attributes"][name] for name in COUNTS] == ["2", "1", "1"]


def test_the_entries_of_a_batch_are_answered_one_by_one(aws: StandIn, queue: QueuePair) -> None:
    answer = _send_batch(
        aws, queue, _entry("good"), _entry("bad", DelaySeconds=MAX_DELAY + 1), _entry("fine")
    )
    assert [each["Id"] for each in answer["Successful"]] == ["good", "fine"]
    assert [(each["Id"], each["SenderFault"]) for each in answer["Failed"]] == [("bad", True)]
    assert _bodies(aws, queue.url) == ["tick", "tick"]


def test_a_batch_has_ten_entries_at_most(aws: StandIn, queue: QueuePair) -> None:
    entries = [_entry(str(count)) for count in range(11)]
    code = code_of(lambda: _send_batch(aws, queue, *entries))
    assert code == "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
    assert len(_send_batch(aws, queue, *entries[:10])["Successful"]) == 10


def test_a_batch_has_one_entry_at_least(aws: StandIn, queue: QueuePair) -> None:
    code = code_of(lambda: _send_batch(aws, queue))
    assert code == "AWS.SimpleQueueService.EmptyBatchRequest"


def test_the_entries_of_a_batch_have_names_of_their_own(aws: StandIn, queue: QueuePair) -> None:
    code = code_of(lambda: _send_batch(aws, queue, _entry("a"), _entry("a")))
    assert code == "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"


def test_a_message_has_one_mebibyte_at_most(aws: StandIn, queue: QueuePair) -> None:
    """Source: "Amazon SQS message quotas"; it was 256 KiB until August 2025."""
    code = code_of(lambda: _send(aws, queue, "x" * (MEBIBYTE + 1)))
    assert code == "InvalidParameterValue"
    _send(aws, queue, "x" * MEBIBYTE)


def test_the_messages_of_a_batch_have_one_mebibyte_together(aws: StandIn, queue: QueuePair) -> None:
    """Source: API Reference, "SendMessageBatch"."""
    half = MEBIBYTE // 2
    entries = _entry("a", "x" * half), _entry("b", "x" * (half + 1))
    code = code_of(lambda: _send_batch(aws, queue, *entries))
    assert code == "AWS.SimpleQueueService.BatchRequestTooLong"
    smaller = _entry("a", "x" * half), _entry("b", "x" * half)
    assert len(_send_batch(aws, queue, *smaller)["Successful"]) == 2
