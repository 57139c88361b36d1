"""Wake-ups: delayed as long as SQS can, and no reason not to tell people."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.alerter.retry_queue import MAX_DELAY, Wakeups
from sentinelmesh.messages import AlertMessage, decode
from sentinelmesh.storage.alerts import RowKey
from tests.support.alerts import an_alert
from tests.support.builders import START

ROW = an_alert()
ROWS = [RowKey(f"inc_{number:02}", "opened#ch_1") for number in range(23)]
AWAY = EndpointConnectionError(endpoint_url="https://sqs.example")
THROTTLED = ClientError({"Error": {"Code": "RequestThrottled", "Message": ""}}, "SendMessage")


class Queue:
    """A queue that remembers, refuses some entries, or is away."""

    def __init__(self, *, trouble: Exception | None = None, refuses: tuple[str, ...] = ()) -> None:
        self.trouble = trouble
        self.refuses = refuses
        self.sent: list[tuple[AlertMessage, int]] = []
        self.batches: list[int] = []

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int) -> None:  # noqa: N803
        if self.trouble:
            raise self.trouble
        assert QueueUrl == "url"
        self.sent.append((decode(MessageBody, AlertMessage), DelaySeconds))

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.batches.append(len(Entries))
        if self.trouble:
            raise self.trouble
        taken = [each for each in Entries if each["Id"] not in self.refuses]
        for each in taken:
            self.send_message(QueueUrl, each["MessageBody"], each["DelaySeconds"])
        failed = [{"Id": each} for each in self.refuses]
        return {"Successful": [{"Id": each["Id"]} for each in taken], "Failed": failed}


def wakeups(queue: Queue) -> Wakeups:
    return Wakeups(queue, "url", lambda: START)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "delay"),
    [(0, 1), (0.2, 1), (10, 11), (10.9, 11), (899, 900), (3600, MAX_DELAY), (-5, 0)],
)
def test_a_wake_up_comes_when_the_row_is_due_or_as_late_as_a_queue_can(
    seconds: float, delay: int
) -> None:
    queue = Queue()
    wakeups(queue).set(ROW, START + timedelta(seconds=seconds))
    wanted = AlertMessage(incident_id=ROW.incident_id, alert_key="opened#ch_1")
    assert queue.sent == [(wanted, delay)]


@pytest.mark.parametrize("trouble", [AWAY, THROTTLED])
def test_a_queue_that_is_away_keeps_nobody_from_being_told(trouble: Exception) -> None:
    queue = Queue(trouble=trouble)
    wakeups(queue).set(replace(ROW, attempts=1), START)
    assert queue.sent == []


def test_rows_are_handed_over_ten_at_a_time() -> None:
    queue = Queue()
    assert wakeups(queue).hand_over(ROWS, 7) == frozenset()
    assert queue.batches == [10, 10, 3]
    assert [RowKey(each.incident_id, each.alert_key) for each, _ in queue.sent] == ROWS
    assert {delay for _, delay in queue.sent} == {7}


def test_nothing_to_hand_over_calls_nobody() -> None:
    queue = Queue(trouble=AWAY)
    assert wakeups(queue).hand_over([], 0) == frozenset()
    assert queue.batches == []


def test_rows_that_the_queue_did_not_take_are_given_back() -> None:
    queue = Queue(refuses=("1", "2"))
    assert wakeups(queue).hand_over(ROWS[:4], 0) == {ROWS[1], ROWS[2]}
    assert len(queue.sent) == 2


@pytest.mark.parametrize("trouble", [AWAY, THROTTLED])
def test_all_rows_are_given_back_when_the_queue_is_away(trouble: Exception) -> None:
    assert wakeups(Queue(trouble=trouble)).hand_over(ROWS, 0) == set(ROWS)
