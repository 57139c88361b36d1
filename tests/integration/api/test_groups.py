"""Incidents that were told in one message: the API names them, and acknowledges them together."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.alert_group import build_row, content_of
from sentinelmesh.domain.alerts.grouping_window import GroupingWindow, member, member_of
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.storage.grouping_windows import GatheringsRepository
from sentinelmesh.storage.outbox import alert_item
from tests.integration.alerter.storming import outage, row_of
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.support.alerts import resolved
from tests.support.builders import START

HOLD = timedelta(seconds=5)


def store(stage: Stage, row: Alert) -> None:
    item = alert_item(row)
    stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["alerts"], Item=item)


@pytest.fixture
def storm(stage: Stage) -> list[Incident]:
    """Have four outages told in one message, of which one is over."""
    incidents = [outage(number) for number in range(4)]
    incidents[3] = resolved(incidents[3])
    kept = GatheringsRepository(stage.mesh.dynamodb, stage.mesh.tables["alerts"])
    gathering, rows = GroupingWindow(place="ch_1", kind=AlertKind.OPENED), list[Alert]()
    for incident in incidents:
        put_incident(stage, incident)
        row = row_of(incident)
        store(stage, row)
        after = gathering if rows else gathering.begin_part(row, START, is_updated=False)
        mine = member(row, START, after, HOLD)
        attention = NotificationHistory(monitor_id=row.monitor_id, channel_id="ch_1")
        begun = None if rows else (gathering, after)
        kept.join((row, mine), (attention, START), member_of(row), begun)
        gathering, rows = after, [*rows, mine]
    members = kept.members(gathering.group or "")
    known = {each.incident_id: each for each in incidents}
    told = build_row(rows[0], 0, content_of(members, known), START + HOLD)
    kept.end(gathering, gathering.close_part(START + HOLD), told)
    return incidents


def test_an_incident_names_the_group_that_it_was_told_in_and_the_cause(
    stage: Stage, storm: list[Incident]
) -> None:
    shown = stage.get(f"/v1/incidents/{storm[1].incident_id}")
    group = shown["group"]
    assert group["total"] == 4
    assert [(each["id"], each["monitor_name"]) for each in group["incidents"]] == [
        (each.incident_id, each.monitor_name)
        for each in sorted(storm, key=lambda it: it.incident_id)
    ]
    assert group["cause"] == {
        "kind": "address",
        "value": "192.0.2.7",
        "shared_by": 4,
        "members": 4,
        "sentence": "All 4 are at the address 192.0.2.7.",
    }
    (row,) = (event for event in shown["timeline"] if event["what"] == "alert")
    assert row["group"] == group["id"]
    assert row["answer"] == "waits: what happens at the same time is told in one message"


def test_an_incident_that_was_told_alone_has_no_group(stage: Stage) -> None:
    incident = outage(1)
    put_incident(stage, incident)
    store(stage, replace(row_of(incident), alone=True))
    assert stage.get(f"/v1/incidents/{incident.incident_id}")["group"] is None


@pytest.mark.parametrize("whole", [True, False])
def test_a_group_is_acknowledged_at_once_where_that_is_asked_for(
    stage: Stage, storm: list[Incident], *, whole: bool
) -> None:
    path = f"/v1/incidents/{storm[0].incident_id}/acknowledge"
    assert stage.call("POST", path, {"group": True} if whole else {}).status == 200
    taken = [
        stage.get(f"/v1/incidents/{each.incident_id}")["acknowledged_at"] is not None
        for each in storm
    ]
    assert taken == [True, whole, whole, False]
