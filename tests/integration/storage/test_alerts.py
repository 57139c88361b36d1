"""The outbox on DynamoDB: a row moves on only from the form that its mover saw."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.alert_transitions import (
    claim,
    finish,
    mark_sent,
    postpone,
    record_failure,
)
from sentinelmesh.domain.alerts.delivery_action import Postpone, Send
from sentinelmesh.domain.alerts.delivery_policy import GIVE_UP_AFTER
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.incident import Incident, incident_id
from sentinelmesh.errors import DeliveryFailed, StaleState
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.outbox import alert_item
from tests.support.alerts import an_alert, an_incident, resolved
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh

NEXT = an_incident(incident_id=incident_id("mon_1", START + timedelta(minutes=3), 3))
MILLISECOND = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
NOTHING_TOLD = NotificationHistory(monitor_id="mon_1", channel_id="ch_1")


@pytest.fixture
def alerts(mesh: MotoMesh) -> AlertsRepository:
    return AlertsRepository(mesh.dynamodb, mesh.tables["alerts"])


def store(mesh: MotoMesh, *rows: Alert) -> None:
    for row in rows:
        mesh.dynamodb.put_item(TableName=mesh.tables["alerts"], Item=alert_item(row))


def claim_of(row: Alert, at: datetime = START) -> Alert:
    return claim(row, Send(), at, takes_key=False, chance=Random(1))


def a_claim(alerts: AlertsRepository, row: Alert, at: datetime = START) -> Alert:
    after = claim_of(row, at)
    alerts.claim(row, after, alerts.attention(row.monitor_id, row.channel_id))
    return after


def opened(incident: Incident = NEXT, **changes: Any) -> Alert:
    return an_alert(incident, **changes)


def stored(alerts: AlertsRepository, row: Alert) -> Alert | None:
    return alerts.get(row.incident_id, row.key)


def test_a_row_goes_its_way_from_claim_to_sent(alerts: AlertsRepository, mesh: MotoMesh) -> None:
    row = an_alert()
    store(mesh, row)
    mine = a_claim(alerts, row)
    assert stored(alerts, row) == mine
    done = mark_sent(mine, START, "HTTP 200")
    alerts.advance((mine, done))
    assert stored(alerts, row) == done
    assert list(alerts.iterate_due(START + timedelta(days=9))) == []


def test_what_follows_from_a_row_is_created_once(alerts: AlertsRepository) -> None:
    row = an_alert()
    assert alerts.create(row)
    assert not alerts.create(replace(row, attempts=3))
    assert stored(alerts, row) == row


def test_a_row_is_claimed_by_one(alerts: AlertsRepository, mesh: MotoMesh) -> None:
    store(mesh, an_alert())
    a_claim(alerts, an_alert())
    with pytest.raises(StaleState):
        a_claim(alerts, an_alert())


OTHER_FORMS = {
    "another state": {"state": AlertState.RETRY},
    "another attempt": {"attempts": 1},
    "another moment": {"due_at": START + MILLISECOND},
    "finished": {"finished": True},
}


@pytest.mark.parametrize("form", OTHER_FORMS.values(), ids=OTHER_FORMS.keys())
def test_a_row_in_any_other_form_than_the_seen_one_does_not_move(
    alerts: AlertsRepository, mesh: MotoMesh, form: dict[str, object]
) -> None:
    seen = an_alert(state=AlertState.SUPPRESSED)
    there = replace(seen, **form)  # type: ignore[arg-type]
    store(mesh, there)
    with pytest.raises(StaleState):
        a_claim(alerts, seen)
    with pytest.raises(StaleState):
        alerts.advance((seen, finish(seen, AlertState.DEAD, "")))
    assert stored(alerts, seen) == there
    assert alerts.attention("mon_1", "ch_1") == NOTHING_TOLD


def test_a_row_that_is_not_there_does_not_come_into_being(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    with pytest.raises(StaleState):
        alerts.advance((an_alert(), finish(an_alert(), AlertState.DEAD, "")))
    assert mesh.items("alerts") == []


def test_every_move_leaves_a_form_that_no_earlier_looker_can_move(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    failure = DeliveryFailed("HTTP 503")
    form = an_alert()
    store(mesh, form)
    forms = [form]

    def move(after: Alert) -> None:
        alerts.advance((forms[-1], after))
        forms.append(after)
        for seen in forms[:-1]:
            with pytest.raises(StaleState):
                alerts.advance((seen, after))

    move(postpone(form, Postpone(until=START + MINUTE)))
    move(postpone(forms[-1], Postpone(until=START + 2 * MINUTE)))
    for minutes in (10, 20):
        at = START + timedelta(minutes=minutes)
        move(claim_of(forms[-1], at))
        move(record_failure(forms[-1], failure, at, takes_key=False, chance=Random(1)))
    move(finish(forms[-1], AlertState.DEAD, ""))


def test_the_channels_attention_is_taken_with_the_row(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    over = an_alert(resolved(an_incident()), AlertKind.RESOLVED)
    store(mesh, an_alert(), over, opened())
    times = [START + 250 * MILLISECOND, START + MINUTE, START + 9 * MINUTE]
    for row, at in zip((an_alert(), over, opened()), times, strict=True):
        a_claim(alerts, row, at)
    assert alerts.attention("mon_1", "ch_1") == NotificationHistory(
        monitor_id="mon_1",
        channel_id="ch_1",
        version=3,
        opened_by=NEXT.incident_id,
        opened_at=times[2],
        resolved_by=an_incident().incident_id,
        resolved_at=times[1],
    )


def test_other_channels_and_monitors_have_heard_nothing(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    store(mesh, an_alert())
    a_claim(alerts, an_alert())
    for monitor, channel in (("mon_1", "ch_2"), ("mon_2", "ch_1")):
        assert alerts.attention(monitor, channel).version == 0


@pytest.mark.parametrize("already", [0, 1, 2])
def test_who_decided_on_what_the_channel_had_heard_before_decides_again(
    alerts: AlertsRepository, mesh: MotoMesh, already: int
) -> None:
    before = [an_alert(channel_id="ch_1", incident_id=f"inc_{n}") for n in range(already)]
    store(mesh, *before, an_alert(), opened())
    for row in before:
        a_claim(alerts, row)
    seen = alerts.attention("mon_1", "ch_1")
    a_claim(alerts, an_alert())
    with pytest.raises(StaleState):
        alerts.claim(opened(), claim_of(opened()), seen)
    assert stored(alerts, opened()) == opened()
    a_claim(alerts, opened())


def test_a_memory_that_was_deleted_meanwhile_is_as_good_as_none(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    store(mesh, an_alert())
    seen = replace(NOTHING_TOLD, version=7)
    with pytest.raises(StaleState):
        alerts.claim(an_alert(), claim_of(an_alert()), seen)
    a_claim(alerts, an_alert())


def test_the_channel_is_remembered_for_as_long_as_an_older_row_may_still_be_delivered(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    store(mesh, an_alert())
    a_claim(alerts, an_alert())
    (memory,) = (item for item in mesh.items("alerts") if "ttl" in item)
    assert int(memory["ttl"]["N"]) > (START + GIVE_UP_AFTER).timestamp()


def test_a_memory_whose_time_is_up_but_is_still_there_counts_on(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    """DynamoDB deletes hours late."""
    store(mesh, an_alert(), opened())
    a_claim(alerts, an_alert())
    a_claim(alerts, opened(), START + timedelta(days=3))
    assert alerts.attention("mon_1", "ch_1").version == 2


def pair() -> tuple[Alert, Alert]:
    """Build the rows of an outage that ended before its beginning was told."""
    over = resolved(an_incident())
    return an_alert(over), an_alert(over, AlertKind.RESOLVED)


def test_a_combined_message_ends_the_row_of_the_beginning_in_the_same_write(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    beginning, end = pair()
    store(mesh, beginning, end)
    told = finish(beginning, AlertState.SUPPRESSED, "told together with its end")
    alerts.claim(end, claim_of(end), NOTHING_TOLD, (beginning, told))
    assert stored(alerts, beginning) == told
    assert stored(alerts, end) == claim_of(end)


def test_a_beginning_that_was_claimed_meanwhile_is_not_combined(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    beginning, end = pair()
    store(mesh, beginning, end)
    mine = a_claim(alerts, beginning)
    told = finish(beginning, AlertState.SUPPRESSED, "told together with its end")
    with pytest.raises(StaleState):
        alerts.claim(end, claim_of(end), alerts.attention("mon_1", "ch_1"), (beginning, told))
    with pytest.raises(StaleState):
        alerts.advance((end, finish(end, AlertState.SUPPRESSED, "")), (beginning, told))
    assert stored(alerts, beginning) == mine
    assert stored(alerts, end) == end


def test_two_rows_end_together_or_not_at_all(alerts: AlertsRepository, mesh: MotoMesh) -> None:
    rows = pair()
    store(mesh, *rows)
    ended = [finish(row, AlertState.SUPPRESSED, "over") for row in rows]
    alerts.advance(*zip(rows, ended, strict=True))
    assert [stored(alerts, row) for row in rows] == ended


def test_rows_that_are_due_come_the_longest_waiting_first(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    waits = {"ch_now": 0, "ch_long": 3600, "ch_short": 60, "ch_later": -60}
    store(
        mesh,
        *(
            opened(channel_id=name, due_at=START - timedelta(seconds=seconds))
            for name, seconds in waits.items()
        ),
        opened(channel_id="ch_done", finished=True, state=AlertState.SENT),
    )
    due = list(alerts.iterate_due(START))
    assert [row.alert_key for row in due] == ["opened#ch_long", "opened#ch_short", "opened#ch_now"]
    assert {row.incident_id for row in due} == {NEXT.incident_id}


def test_a_row_that_this_code_cannot_read_is_due_like_any_other(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    odd = {**alert_item(opened(channel_id="ch_odd")), "state": {"S": "of newer code"}}
    mesh.dynamodb.put_item(TableName=mesh.tables["alerts"], Item=odd)
    store(mesh, opened())
    assert {row.alert_key for row in alerts.iterate_due(START + timedelta(hours=1))} == {
        "opened#ch_odd",
        "opened#ch_1",
    }


def test_rows_of_an_incident_and_due_ones_are_read_over_all_pages(
    alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    rows = [opened(channel_id=f"ch_{number}", answer="x" * 150_000) for number in range(14)]
    store(mesh, *rows, an_alert())
    assert len(alerts.list_of_incident(NEXT.incident_id)) == 14
    assert len(list(alerts.iterate_due(START + timedelta(hours=1)))) == 15
