"""The alerter on DynamoDB and SQS: stream, retries, sweep, and what each leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.alerts.delivery_context import QUIET_WINDOW
from sentinelmesh.domain.alerts.delivery_policy import KEYLESS_LEASE
from sentinelmesh.domain.incidents.incident import IncidentState, incident_id
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.messages import AlertMessage, encode
from sentinelmesh.storage.alerts import RowKey
from tests.integration.alerter.alerting import AlertStage, name_of
from tests.support.alerts import an_alert, an_incident, resolved
from tests.support.builders import START, a_channel
from tests.support.deliveries import queue_record

OPEN, OVER = an_incident(), resolved(an_incident())
BEGINNING, END = an_alert(OPEN), an_alert(OVER, AlertKind.RESOLVED)
SOON = timedelta(minutes=3)
NEXT = an_incident(incident_id=incident_id("mon_1", START + SOON, 3), opened_at=START + SOON)


def refuse(_notice: Notification) -> str:
    raise DeliveryFailed("HTTP 503 busy")


def titles(stage: AlertStage) -> list[str]:
    return [notice.title for notice in stage.keyless.taken]


def test_an_outage_and_its_end_are_told_once_each(stage: AlertStage) -> None:
    stage.configure(a_channel())
    assert stage.deliver(stage.happen(OPEN, BEGINNING)) == []
    stage.at(minutes=3)
    assert stage.deliver(stage.happen(OVER, END)) == []
    assert titles(stage) == ["DOWN: Shop", "UP again: Shop after 3 min"]
    sent = stage.row(BEGINNING)
    assert (sent.state, sent.finished, sent.answer) == (AlertState.SENT, True, "ok")
    assert (sent.attempts, sent.sent_at) == (1, START + timedelta(seconds=5))
    assert stage.sweep() == {"due": 0, "failed": 0, "left": 0}


def test_a_delivery_takes_as_many_calls_as_it_must(stage: AlertStage) -> None:
    stage.configure(a_channel())
    records = stage.happen(OPEN, BEGINNING)
    stage.deliver(records)
    assert sorted(stage.calls.made) == sorted(
        [
            "GetItem",  # the row
            "GetItem",  # its incident
            "GetItem",  # its channel
            "GetItem",  # what the channel was told last
            "SendMessage",  # the wake-up in case we die
            "TransactWriteItems",  # the claim
            "PutItem",  # the mark
        ]
    )


def test_a_replay_of_the_whole_stream_tells_nothing(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.at(minutes=4)
    records = stage.happen(OVER, BEGINNING, END)
    stage.deliver(records)
    told, calls = len(stage.keyless.taken), len(stage.calls.made)
    assert stage.deliver(records) == []
    assert len(stage.keyless.taken) == told
    assert stage.calls.made[calls:] == ["GetItem", "GetItem"]


def test_changes_and_expiries_of_rows_are_nobodys_news(stage: AlertStage) -> None:
    stage.configure(a_channel())
    (record,) = stage.happen(OPEN, BEGINNING)
    for event in ("MODIFY", "REMOVE"):
        assert stage.deliver([{**record, "eventName": event}]) == []
    assert stage.calls.made == []


def test_what_a_channel_was_told_is_no_row(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.deliver(stage.happen(OPEN, BEGINNING))
    (memory,) = (item for item in stage.mesh.items("alerts") if "ttl" in item)
    calls = len(stage.calls.made)
    keys = {name: memory[name] for name in ("incident_id", "alert_key")}
    assert stage.deliver([stage.record(keys)]) == []
    assert len(stage.calls.made) == calls


def test_beginning_and_end_in_one_batch_are_one_message(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.at(minutes=4)
    assert stage.deliver(stage.happen(OVER, BEGINNING, END)) == []
    # The beginning found its end there, and left it to that.
    assert titles(stage) == ["UP again: Shop was down for 3 min"]
    assert stage.row(BEGINNING).answer == "told together with its end"
    assert {row.state for row in stage.rows.values()} == {AlertState.SUPPRESSED, AlertState.SENT}
    assert all(row.finished for row in stage.rows.values())


def test_a_refused_message_is_tried_again_when_it_is_due(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.keyless.answer = refuse
    stage.deliver(stage.happen(OPEN, BEGINNING))
    waiting = stage.row(BEGINNING)
    assert (waiting.state, waiting.answer) == (AlertState.RETRY, "HTTP 503 busy")
    assert not stage.wake(BEGINNING)
    assert stage.row(BEGINNING).attempts == 1
    stage.keyless.answer = lambda _notice: "ok"
    stage.now = waiting.due_at
    assert not stage.wake(BEGINNING)
    assert stage.row(BEGINNING).state is AlertState.SENT
    (notice,) = stage.keyless.taken
    assert not notice.repeat


def test_each_refusal_leaves_a_wake_up_for_the_next_attempt(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.keyless.answer = refuse
    stage.deliver(stage.happen(OPEN, BEGINNING))
    stage.woken()
    for attempt in range(2, 20):
        stage.now = stage.row(BEGINNING).due_at
        stage.wake(BEGINNING)
        waiting = stage.row(BEGINNING)
        assert waiting.attempts == attempt
        (in_case_of_death, next_attempt) = stage.woken()
        assert in_case_of_death == (name_of(BEGINNING), KEYLESS_LEASE.total_seconds() + 1)
        assert next_attempt[0] == name_of(BEGINNING)
        pause = (waiting.due_at - stage.now).total_seconds()
        assert min(pause, 900) <= next_attempt[1] <= min(pause + 1, 900)


def test_a_provider_that_refuses_for_a_day_is_given_up(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.keyless.answer = refuse
    stage.at(hours=23, minutes=40)
    stage.happen(OPEN, replace(BEGINNING, state=AlertState.RETRY, attempts=100))
    while not stage.row(BEGINNING).finished:
        stage.sweep()
        stage.now = stage.row(BEGINNING).due_at
    dead = stage.row(BEGINNING)
    assert dead.state is AlertState.DEAD
    assert dead.answer == "not delivered within a day; last answer: HTTP 503 busy"
    assert stage.now - BEGINNING.created_at == timedelta(hours=24)
    assert dead.attempts > 101


def test_a_lost_wake_up_is_found_by_the_sweep(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.happen(OPEN, BEGINNING)
    assert stage.sweep() == {"due": 1, "failed": 0, "left": 0}
    assert titles(stage) == ["DOWN: Shop"]


def test_the_sweep_finds_a_claim_whose_claimer_died(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.happen(OPEN, replace(BEGINNING, state=AlertState.CLAIMED, attempts=1,
                               claimed_at=START, lease_until=START + KEYLESS_LEASE,
                               due_at=START + KEYLESS_LEASE))  # fmt: skip
    stage.now = START + KEYLESS_LEASE - timedelta(seconds=1)
    assert stage.sweep()["due"] == 0
    stage.now = START + KEYLESS_LEASE
    assert stage.sweep()["due"] == 1
    (notice,) = stage.keyless.taken
    assert notice.repeat


def test_the_same_within_five_minutes_is_told_later_if_it_still_holds(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.deliver(stage.happen(OVER, BEGINNING))
    stage.now = NEXT.opened_at
    again = an_alert(NEXT, created_at=stage.now, due_at=stage.now)
    stage.deliver(stage.happen(NEXT, again))
    quiet = stage.row(again)
    assert (quiet.state, quiet.finished) == (AlertState.SUPPRESSED, False)
    stage.now = quiet.due_at
    assert stage.now - START <= QUIET_WINDOW + timedelta(seconds=5)
    stage.sweep()
    assert stage.row(again).state is AlertState.SENT
    assert len(stage.keyless.taken) == 2


def test_what_was_over_before_it_was_told_again_is_over_for_good(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.deliver(stage.happen(OVER, BEGINNING))
    stage.now = NEXT.opened_at
    again = an_alert(NEXT, created_at=stage.now, due_at=stage.now)
    stage.deliver(stage.happen(NEXT, again))
    end = an_alert(resolved(NEXT), AlertKind.RESOLVED, created_at=stage.now, due_at=stage.now)
    stage.deliver(stage.happen(resolved(NEXT), end))
    assert stage.row(end).answer == "its beginning was not announced"
    assert stage.row(again).answer == "it was over before it could be told"
    assert all(row.finished for row in stage.rows.values())
    assert len(stage.keyless.taken) == 1


@pytest.mark.parametrize("kind", [AlertKind.OPENED, AlertKind.RESOLVED])
def test_a_channel_of_one_kind_of_news_is_told_that(stage: AlertStage, kind: AlertKind) -> None:
    stage.configure(a_channel(events=(kind,)))
    stage.at(minutes=4)
    row = BEGINNING if kind is AlertKind.OPENED else END
    stage.deliver(stage.happen(OVER, row))
    (notice,) = stage.keyless.taken
    assert notice.is_over
    assert notice.kind is kind
    assert notice.content.duration_seconds == 180
    assert stage.row(row).combined == (kind is AlertKind.OPENED)


def test_a_monitor_that_was_deleted_meanwhile_alerts_nobody(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.deliver(stage.happen(replace(OVER, state=IncidentState.CANCELLED), BEGINNING))
    assert stage.row(BEGINNING).state is AlertState.SUPPRESSED
    assert stage.keyless.taken == []


def test_a_channel_that_was_deleted_or_switched_off_hears_nothing(stage: AlertStage) -> None:
    stage.configure(a_channel(id="ch_off", enabled=False))
    rows = [an_alert(OPEN, channel_id=name) for name in ("ch_off", "ch_gone")]
    assert stage.deliver(stage.happen(OPEN, *rows)) == []
    assert {stage.row(row).state for row in rows} == {AlertState.SUPPRESSED}
    assert stage.keyless.taken == []


def test_a_channel_that_was_off_when_a_beginning_was_due_hears_of_no_end(
    stage: AlertStage,
) -> None:
    stage.configure(a_channel(enabled=False))
    stage.deliver(stage.happen(OPEN, BEGINNING))
    stage.reconfigure(a_channel(revision=2))
    stage.at(minutes=4)
    stage.deliver(stage.happen(OVER, END))
    assert stage.row(END).answer == "its beginning was not announced"
    assert stage.keyless.taken == []


def test_a_kind_without_a_sender_ends_visibly(stage: AlertStage) -> None:
    stage.configure(a_channel(kind="pigeon"))
    stage.deliver(stage.happen(OPEN, replace(BEGINNING, channel_kind="pigeon")))
    dead = stage.row(BEGINNING)
    assert (dead.state, dead.answer) == (AlertState.DEAD, "no sender for channels of kind pigeon")


def test_a_wake_up_for_a_row_that_is_not_there_is_done_with(stage: AlertStage) -> None:
    assert stage.wake(RowKey("inc_none", "opened#ch_1")) == []


def test_poison_in_the_queue_stops_alone(stage: AlertStage) -> None:
    stage.configure(a_channel())
    stage.happen(OPEN, BEGINNING)
    message = AlertMessage(incident_id=OPEN.incident_id, alert_key=BEGINNING.key)
    bodies = ["{", encode(replace(message, schema_version=9)), encode(message), '"text"', "[]"]
    messages = [queue_record(str(n), body) for n, body in enumerate(bodies)]
    response = stage.alerter().take_messages(messages)
    assert [each["itemIdentifier"] for each in response["batchItemFailures"]] == [
        "0",
        "1",
        "3",
        "4",
    ]
    assert titles(stage) == ["DOWN: Shop"]


def test_a_row_that_this_code_cannot_read_stops_alone(stage: AlertStage) -> None:
    stage.configure(a_channel())
    odd, fine = replace(BEGINNING, channel_id="ch_0"), BEGINNING
    records = stage.happen(OPEN, odd, fine)
    stage.mesh.dynamodb.update_item(
        TableName=stage.mesh.tables["alerts"],
        Key={"incident_id": {"S": odd.incident_id}, "alert_key": {"S": odd.key}},
        UpdateExpression="SET #state = :newer",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":newer": {"S": "of newer code"}},
    )
    assert stage.deliver(records) == []
    assert (name_of(odd), 10) in stage.woken()
    assert titles(stage) == ["DOWN: Shop"]
    assert stage.wake(RowKey(odd.incident_id, odd.key), fine) == ["0"]
    assert stage.sweep() == {"due": 1, "failed": 1, "left": 0}
