"""FIFO queues: order and one at a time within a group, and dropping what was sent before.

Source: Amazon SQS Developer Guide, "FIFO queue delivery logic in Amazon SQS", "Exactly-once
processing in Amazon SQS", "Amazon SQS FIFO queue key terms" and "High throughput for FIFO queues
in Amazon SQS"; Amazon SQS API Reference, "SendMessage".
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

DEDUPLICATION_SECONDS = 300


@pytest.fixture
def queue(aws: StandIn) -> QueuePair:
    return aws.make_queue(fifo=True, most_receives=2)


def _send(
    aws: StandIn, queue: QueuePair, body: str, group: str = "g", name: str | None = None
) -> None:
    aws.sqs.send_message(
        QueueUrl=queue.url,
        MessageBody=body,
        MessageGroupId=group,
        MessageDeduplicationId=name or body,
    )


def _receive(aws: StandIn, url: str, most: int = 10) -> list[Any]:
    answer = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most)
    found: list[Any] = answer.get("Messages", [])
    return found


def _bodies(messages: list[Any]) -> list[str]:
    return [message["Body"] for message in messages]


def _delete(aws: StandIn, queue: QueuePair, *messages: Any) -> None:
    for message in messages:
        aws.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])


def _drain(aws: StandIn, queue: QueuePair) -> list[str]:
    """Handle everything that can be received, one by one."""
    found: list[str] = []
    while messages := _receive(aws, queue.url, most=1):
        found += _bodies(messages)
        _delete(aws, queue, *messages)
    return found


def test_the_messages_of_a_group_come_in_order(aws: StandIn, queue: QueuePair) -> None:
    for count in range(5):
        _send(aws, queue, str(count))
    assert _drain(aws, queue) == ["0", "1", "2", "3", "4"]


def test_one_receive_gives_several_messages_of_a_group_in_order(
    aws: StandIn, queue: QueuePair
) -> None:
    for count in range(5):
        _send(aws, queue, str(count))
    assert _bodies(_receive(aws, queue.url)) == ["0", "1", "2", "3", "4"]


def test_one_receive_may_mix_groups(aws: StandIn, queue: QueuePair) -> None:
    for group in "abc":
        _send(aws, queue, group, group)
    assert sorted(_bodies(_receive(aws, queue.url))) == ["a", "b", "c"]


def test_a_group_waits_while_one_of_its_messages_is_in_flight(
    aws: StandIn, queue: QueuePair
) -> None:
    _send(aws, queue, "a1", "a")
    _send(aws, queue, "a2", "a")
    _send(aws, queue, "b1", "b")
    (first,) = _receive(aws, queue.url, most=1)
    assert first["Body"] == "a1"
    assert _bodies(_receive(aws, queue.url)) == ["b1"]
    _delete(aws, queue, first)
    assert _bodies(_receive(aws, queue.url)) == ["a2"]


def test_a_message_that_nobody_deleted_comes_again_before_its_successors(
    aws: StandIn, queue: QueuePair
) -> None:
    _send(aws, queue, "1")
    _send(aws, queue, "2")
    _receive(aws, queue.url, most=1)
    aws.pass_time(VISIBILITY_SECONDS + 1)
    assert _bodies(_receive(aws, queue.url, most=1)) == ["1"]


def test_a_message_that_is_given_back_comes_again_before_its_successors(
    aws: StandIn, queue: QueuePair
) -> None:
    _send(aws, queue, "1")
    _send(aws, queue, "2")
    (message,) = _receive(aws, queue.url, most=1)
    entry = {"Id": "1", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
    aws.sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=[entry])
    aws.pass_time(0.1)
    assert _bodies(_receive(aws, queue.url)) == ["1", "2"]


def test_a_second_message_of_the_same_name_is_accepted_and_dropped(
    aws: StandIn, queue: QueuePair
) -> None:
    _send(aws, queue, "first", name="same")
    _send(aws, queue, "second", name="same")
    assert _drain(aws, queue) == ["first"]


def test_the_same_name_within_a_batch_is_dropped_too(aws: StandIn, queue: QueuePair) -> None:
    entries = [
        {"Id": body, "MessageBody": body, "MessageGroupId": "g", "MessageDeduplicationId": "same"}
        for body in ("first", "second")
    ]
    answer = aws.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["first", "second"]
    assert _drain(aws, queue) == ["first"]


def test_a_name_is_remembered_when_its_message_is_gone(aws: StandIn, queue: QueuePair) -> None:
    """Source: "Amazon SQS FIFO queue key terms", Message deduplication ID."""
    _send(aws, queue, "first", name="same")
    assert _drain(aws, queue) == ["first"]
    aws.pass_time(DEDUPLICATION_SECONDS - 1)
    _send(aws, queue, "second", name="same")
    assert _drain(aws, queue) == []


def test_a_name_is_forgotten_after_five_minutes(aws: StandIn, queue: QueuePair) -> None:
    _send(aws, queue, "first", name="same")
    assert _drain(aws, queue) == ["first"]
    aws.pass_time(DEDUPLICATION_SECONDS + 1)
    _send(aws, queue, "second", name="same")
    assert _drain(aws, queue) == ["second"]


def test_a_dropped_message_does_not_lengthen_the_memory(aws: StandIn, queue: QueuePair) -> None:
    """The interval begins with the message that was taken."""
    _send(aws, queue, "first", name="same")
    aws.pass_time(DEDUPLICATION_SECONDS - 10)
    _send(aws, queue, "second", name="same")
    aws.pass_time(20)
    _send(aws, queue, "third", name="same")
    assert _drain(aws, queue) == ["first", "third"]


def test_names_count_within_a_group_only(aws: StandIn, queue: QueuePair) -> None:
    """Source: "High throughput for FIFO queues", DeduplicationScope: messageGroup."""
    _send(aws, queue, "a1", "a", name="same")
    _send(aws, queue, "b1", "b", name="same")
    assert sorted(_drain(aws, queue)) == ["a1", "b1"]


def test_a_single_message_cannot_be_delayed(aws: StandIn, queue: QueuePair) -> None:
    message = {"MessageBody": "1", "MessageGroupId": "g", "MessageDeduplicationId": "1"}
    code = code_of(lambda: aws.sqs.send_message(QueueUrl=queue.url, **message, DelaySeconds=5))
    assert code == "InvalidParameterValue"


def test_a_message_needs_a_group(aws: StandIn, queue: QueuePair) -> None:
    message = {"MessageBody": "1", "MessageDeduplicationId": "1"}
    code = code_of(lambda: aws.sqs.send_message(QueueUrl=queue.url, **message))
    assert code == "MissingParameter"


def test_a_message_needs_a_name(aws: StandIn, queue: QueuePair) -> None:
    message = {"MessageBody": "1", "MessageGroupId": "g"}
    code = code_of(lambda: aws.sqs.send_message(QueueUrl=queue.url, **message))
    assert code == "InvalidParameterValue"


def test_a_receipt_that_expired_deletes_nothing(aws: StandIn, queue: QueuePair) -> None:
    """Source: AWS re:Post Knowledge Center, errors of DeleteMessage: FIFO receipts expire."""
    _send(aws, queue, "1")
    (late,) = _receive(aws, queue.url)
    aws.pass_time(VISIBILITY_SECONDS + 1)
    code = code_of(lambda: _delete(aws, queue, late))
    assert code == "InvalidParameterValue"
    assert _bodies(_receive(aws, queue.url)) == ["1"]


def test_dead_letters_begin_a_new_life(aws: StandIn, queue: QueuePair) -> None:
    """Source: "Using dead-letter queues in Amazon SQS": their age starts anew, unlike elsewhere."""
    _send(aws, queue, "1")
    for _ in range(3):
        _receive(aws, queue.url)
        aws.pass_time(VISIBILITY_SECONDS + 1)
    aws.pass_time(RETENTION_SECONDS - 2 * VISIBILITY_SECONDS)
    assert _bodies(_receive(aws, queue.dead_url)) == ["1"]


def test_a_message_received_too_often_makes_way_for_its_group(
    aws: StandIn, queue: QueuePair
) -> None:
    _send(aws, queue, "1")
    _send(aws, queue, "2")
    for _ in range(2):
        assert _bodies(_receive(aws, queue.url, most=1)) == ["1"]
        aws.pass_time(VISIBILITY_SECONDS + 1)
    assert _bodies(_receive(aws, queue.url, most=1)) == ["2"]
    assert _bodies(_receive(aws, queue.dead_url)) == ["1"]


def test_a_receive_that_is_repeated_under_its_name_gives_the_same_messages(
    aws: StandIn, queue: QueuePair
) -> None:
    """Its first answer may have got lost. Source: API Reference, ReceiveRequestAttemptId."""
    for group in "abc":
        _send(aws, queue, group, group)
    asked = {"QueueUrl": queue.url, "MaxNumberOfMessages": 2}
    first, again, other = (
        aws.sqs.receive_message(**asked, ReceiveRequestAttemptId=name).get("Messages", [])
        for name in ("one", "one", "other")
    )
    assert len(first) == 2
    assert sorted(_bodies(again)) == sorted(_bodies(first))
    assert sorted(_bodies(first) + _bodies(other)) == ["a", "b", "c"]


def test_a_batch_of_receipts_deletes_their_messages_and_no_others(
    aws: StandIn, queue: QueuePair
) -> None:
    for group in "abc":
        _send(aws, queue, group, group)
    received = {each["Body"]: each["ReceiptHandle"] for each in _receive(aws, queue.url)}
    entries = [{"Id": body, "ReceiptHandle": received[body]} for body in "ac"]
    answer = aws.sqs.delete_message_batch(QueueUrl=queue.url, Entries=entries)
    assert sorted(each["Id"] for each in answer["Successful"]) == ["a", "c"]
    aws.pass_time(VISIBILITY_SECONDS + 1)
    assert _bodies(_receive(aws, queue.url)) == ["b"]
