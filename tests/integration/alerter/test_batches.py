"""Whole batches: slow providers, little time, full queues; nothing is lost and nobody waits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.alerter.channel_executor import ChannelExecutor
from functions.alerter.handler import SOON, STREAM_SECONDS, Alerter
from functions.alerter.notification import Notification
from sentinelmesh.delivery.deadline import MAX_DELIVERY_SECONDS, Deadline
from sentinelmesh.domain.alerts.alert import Alert, AlertState
from tests.integration.alerter.alerting import AlertStage, Record, name_of, no_pause
from tests.support.alerts import an_alert, an_incident, content_of
from tests.support.builders import a_channel
from tests.support.calls import refusal

FUNCTION_SECONDS = 60.0
SENDING_SECONDS = 10.0
ROWS = 12


class Afternoon:
    """A clock of seconds for processes, moved by providers that take their time."""

    def __init__(self, stage: AlertStage, slow_channel: str) -> None:
        self.seconds = 0.0
        self._stage = stage
        self._slow = slow_channel

    def __call__(self) -> float:
        return self.seconds

    def provide(self, notice: Notification) -> str:
        """Take ten seconds for the slow channel, a moment for others."""
        took = SENDING_SECONDS if notice.key.endswith(self._slow) else 0.05
        self.seconds += took
        self._stage.now += timedelta(seconds=took)
        return "ok"

    def process(self) -> Alerter:
        """Start a process whose lanes go by this clock."""
        parts = self._stage.alerter()
        return Alerter(
            parts.deliverer, parts.comebacks, parts.paused, ChannelExecutor(1, self, no_pause)
        )

    def invocation(self) -> Deadline:
        """Begin an invocation."""
        return Deadline(self.seconds + FUNCTION_SECONDS, self)


def burst(stage: AlertStage, *channels: str) -> tuple[list[Alert], list[Record]]:
    """Have many incidents begin at once, each told to every channel."""
    rows, records = [], []
    for channel in channels:
        stage.configure(a_channel(id=channel))
    for number in range(ROWS):
        incident = an_incident(monitor_id=f"mon_{number}", incident_id=f"inc_{number:02}")
        short = content_of(incident, votes=(), tags=())
        for channel in channels:
            row = an_alert(incident, channel_id=channel, content=short)
            rows.append(row)
            records += stage.happen(incident, row)
    return rows, records


def test_a_slow_channel_holds_the_stream_for_a_moment_and_others_not_at_all(
    stage: AlertStage,
) -> None:
    afternoon = Afternoon(stage, "ch_slow")
    stage.keyless.answer = afternoon.provide
    rows, records = burst(stage, "ch_a", "ch_slow")
    process = afternoon.process()
    assert stage.deliver(records, afternoon.invocation(), by=process) == []
    assert afternoon.seconds <= STREAM_SECONDS + SENDING_SECONDS
    told = {notice.key for notice in stage.keyless.taken}
    assert sum(key.endswith("ch_a") for key in told) == ROWS
    assert sum(key.endswith("ch_slow") for key in told) == 1
    handed = [row for row, delay in stage.woken() if delay == 0]
    untold = {name_of(row) for row in rows if not stage.row(row).finished}
    assert set(handed) == untold
    assert len(handed) == ROWS - 1


def test_the_next_batch_does_not_even_try_a_channel_that_was_slow(stage: AlertStage) -> None:
    afternoon = Afternoon(stage, "ch_slow")
    stage.keyless.answer = afternoon.provide
    rows, records = burst(stage, "ch_a", "ch_slow")
    process = afternoon.process()
    stage.deliver(records[:2], afternoon.invocation(), by=process)
    stage.woken()
    began = afternoon.seconds
    stage.deliver(records[2:], afternoon.invocation(), by=process)
    assert afternoon.seconds - began < 1
    assert len(stage.woken()) >= ROWS - 1
    assert all(stage.row(row).finished for row in rows if row.channel_id == "ch_a")


def test_the_queue_delivers_what_it_has_time_for_and_hands_over_the_rest(
    stage: AlertStage,
) -> None:
    afternoon = Afternoon(stage, "ch_slow")
    stage.keyless.answer = afternoon.provide
    rows, _ = burst(stage, "ch_slow")
    left = [name_of(row) for row in rows]
    invocations = 0
    while left:
        began = afternoon.seconds
        messages = left[:10]
        assert stage.wake(*messages, deadline=afternoon.invocation()) == []
        assert afternoon.seconds - began <= FUNCTION_SECONDS - MAX_DELIVERY_SECONDS + 10
        handed = [row for row, delay in stage.woken() if delay == 0]
        assert len(handed) < len(messages)
        left = [*left[10:], *handed]
        invocations += 1
    assert invocations <= ROWS // 3
    assert all(stage.row(row).state is AlertState.SENT for row in rows)
    assert all(stage.row(row).attempts == 1 for row in rows)
    assert len(stage.keyless.taken) == ROWS


def test_an_invocation_without_time_claims_nothing(stage: AlertStage) -> None:
    rows, records = burst(stage, "ch_a")
    too_late = Deadline(MAX_DELIVERY_SECONDS - 1, lambda: 0.0)
    assert stage.deliver(records, too_late) == []
    assert stage.keyless.taken == []
    assert {stage.row(row).attempts for row in rows} == {0}
    assert len(stage.woken()) == ROWS


def refuse(operation: str) -> Callable[[int, str], None]:
    def fault(_count: int, name: str) -> None:
        if name == operation:
            raise refusal(name)

    return fault


def test_what_even_the_queue_does_not_take_comes_back_by_the_stream(stage: AlertStage) -> None:
    _, records = burst(stage, "ch_a")
    stage.calls.before = refuse("SendMessageBatch")
    too_late = Deadline(0.0, lambda: 0.0)
    assert stage.deliver(records, too_late) == [records[0]["dynamodb"]["SequenceNumber"]]


def test_only_the_rows_that_failed_and_found_no_place_come_back(stage: AlertStage) -> None:
    rows, records = burst(stage, "ch_a")
    broken = name_of(rows[5])
    stage.mesh.dynamodb.update_item(
        TableName=stage.mesh.tables["alerts"],
        Key={"incident_id": {"S": broken.incident_id}, "alert_key": {"S": broken.alert_key}},
        UpdateExpression="REMOVE created_at",
    )
    stage.calls.before = refuse("SendMessageBatch")
    assert stage.deliver(records) == [records[5]["dynamodb"]["SequenceNumber"]]
    assert len(stage.keyless.taken) == ROWS - 1
    stage.calls.before = None
    assert stage.deliver(records[5:]) == []
    assert (broken, SOON) in stage.woken()
    assert len(stage.keyless.taken) == ROWS - 1


def test_a_message_without_time_and_without_a_queue_comes_back_by_itself(
    stage: AlertStage,
) -> None:
    rows, _ = burst(stage, "ch_a")
    stage.calls.before = refuse("SendMessageBatch")
    too_late = Deadline(0.0, lambda: 0.0)
    assert stage.wake(*rows[:3], deadline=too_late) == ["0", "1", "2"]


def test_a_queue_that_is_away_keeps_nobody_from_being_told(stage: AlertStage) -> None:
    rows, records = burst(stage, "ch_a")
    stage.calls.before = refuse("SendMessage")
    assert stage.deliver(records) == []
    assert all(stage.row(row).state is AlertState.SENT for row in rows)


def test_a_sweep_takes_what_it_has_time_for(stage: AlertStage) -> None:
    afternoon = Afternoon(stage, "ch_slow")
    stage.keyless.answer = afternoon.provide
    burst(stage, "ch_slow")
    swept = afternoon.process().sweep(afternoon.invocation())
    assert swept == {"due": ROWS, "failed": 0, "left": ROWS - 4}
    assert afternoon.process().sweep(afternoon.invocation())["due"] == ROWS - 4


def test_a_parameter_store_that_is_away_costs_no_attempt_at_telling(stage: AlertStage) -> None:
    """Twice claimed and nothing sent would be the end of a row on a channel without keys."""
    stage.configure(a_channel(secret_fields=("webhook_url",)), webhook_url="https://hooks.example")
    row = an_alert()
    stage.calls.before = refuse("GetParameter")
    stage.deliver(stage.happen(an_incident(), row))
    for attempt in range(1, 5):
        waiting = stage.row(row)
        assert (waiting.state, waiting.attempts) == (AlertState.RETRY, attempt)
        assert waiting.uncertain_attempts == 0
        assert "secrets of ch_1" in (waiting.answer or "")
        stage.now = waiting.due_at
        stage.wake(row)
    stage.calls.before = None
    stage.now = stage.row(row).due_at
    stage.wake(row)
    assert stage.row(row).state is AlertState.SENT
    (notice,) = stage.keyless.taken
    assert not notice.repeat


def test_new_secrets_count_with_the_next_message(stage: AlertStage) -> None:
    channel = a_channel(secret_fields=("webhook_url",))
    stage.configure(channel, webhook_url="https://old.example")
    process = stage.alerter()
    rows, records = [], []
    for number in range(2):
        incident = an_incident(monitor_id=f"mon_{number}", incident_id=f"inc_{number}")
        rows.append(an_alert(incident))
        records += stage.happen(incident, rows[-1])
    stage.deliver(records[:1], by=process)
    version = stage.put_secrets(channel, webhook_url="https://new.example")
    stage.reconfigure(replace(channel, revision=2, secrets_version=version))
    stage.deliver(records[1:], by=process)
    used = [secrets["webhook_url"] for secrets in stage.keyless.secrets]
    assert used == ["https://old.example", "https://new.example"]


@pytest.mark.parametrize("channel_kind", ["slack", "webhook"])
def test_a_fault_of_our_own_ends_visibly(stage: AlertStage, channel_kind: str) -> None:
    stage.configure(a_channel(kind=channel_kind))

    def explode(_notice: Notification) -> Any:
        raise KeyError("to")

    stage.keyless.answer = stage.keyed.answer = explode
    row = an_alert(channel_kind=channel_kind)
    stage.at(hours=23, minutes=50)
    stage.deliver(stage.happen(an_incident(), row))
    while not stage.row(row).finished:
        stage.now = stage.row(row).due_at
        stage.wake(row)
    dead = stage.row(row)
    assert dead.state is AlertState.DEAD
    assert "the sender broke (KeyError)" in (dead.answer or "")
