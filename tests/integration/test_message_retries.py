"""Failed messages come back soon, the first times."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from sentinelmesh.message_retries import MessageRetries
from tests.support.builders import START
from tests.support.deliveries import queue_record
from tests.support.moto_mesh import MotoMesh, moto_mesh

VISIBILITY = 180


@pytest.fixture
def mesh() -> Iterator[MotoMesh]:
    """Return the account in memory."""
    with moto_mesh() as mesh:
        yield mesh


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Let the test move the time."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def receive(mesh: MotoMesh) -> Callable[[], list[Any]]:
    """Return what the queue hands out, as records."""
    sqs, url = mesh.client("sqs"), mesh.queue_url("evaluations")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(VISIBILITY)})

    def take() -> list[Any]:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"]
        )
        return [
            queue_record(
                each["MessageId"],
                each["Body"],
                handle=each["ReceiptHandle"],
                tries=int(each["Attributes"]["ApproximateReceiveCount"]),
            )
            for each in answer.get("Messages", [])
        ]

    return take


def test_a_failed_message_comes_back_soon_twice_and_then_when_its_queue_says(
    mesh: MotoMesh, clock: time_machine.Traveller, receive: Callable[[], list[Any]]
) -> None:
    sqs, url = mesh.client("sqs"), mesh.queue_url("evaluations")
    comebacks = MessageRetries(sqs, url)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    for wait in (2, 10, VISIBILITY):
        (record,) = receive()
        comebacks.hasten([record])
        clock.shift(timedelta(seconds=wait - 1))
        assert receive() == []
        clock.shift(timedelta(seconds=1.1))
    assert len(receive()) == 1


def test_more_messages_than_a_request_holds_all_come_back_soon(
    mesh: MotoMesh, clock: time_machine.Traveller, receive: Callable[[], list[Any]]
) -> None:
    sqs, url = mesh.client("sqs"), mesh.queue_url("evaluations")
    for place in range(13):
        sqs.send_message(QueueUrl=url, MessageBody=str(place))
    MessageRetries(sqs, url).hasten([*receive(), *receive()])
    clock.shift(timedelta(seconds=2.1))
    assert len([*receive(), *receive()]) == 13


def test_without_failures_nothing_is_asked(mesh: MotoMesh) -> None:
    calls: list[str] = []
    sqs = mesh.client("sqs")
    sqs.meta.events.register("before-call.*.*", lambda model, **_: calls.append(model.name))
    MessageRetries(sqs, mesh.queue_url("evaluations")).hasten([])
    assert calls == []


def test_a_queue_that_does_not_answer_leaves_the_message_its_usual_wait() -> None:
    asked: list[Any] = []

    class Throttled:
        def change_message_visibility_batch(self, **how: Any) -> None:
            asked.append(how)
            raise ClientError({"Error": {"Code": "RequestThrottled", "Message": ""}}, "Change")

    client: Any = Throttled()
    MessageRetries(client, "https://queue").hasten([queue_record("m1", "body")])
    assert len(asked) == 1
