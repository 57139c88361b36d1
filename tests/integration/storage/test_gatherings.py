"""What gathers, on DynamoDB: joined, ended and dissolved from what was seen, all or nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.grouping_window import GroupingWindow, member, member_of
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.grouping_windows import GatheringsRepository
from sentinelmesh.storage.outbox import alert_item
from tests.integration.alerter.storming import outage, row_of
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh

HOLD = timedelta(seconds=5)
EMPTY = GroupingWindow(place="ch_1", kind=AlertKind.OPENED)
ROW = row_of(outage(1))
FULL = EMPTY.begin_part(ROW, START, is_updated=False)
MINE = member(ROW, START, FULL, HOLD)


@pytest.fixture
def kept(mesh: MotoMesh) -> GatheringsRepository:
    mesh.dynamodb.put_item(TableName=mesh.tables["alerts"], Item=alert_item(ROW))
    return GatheringsRepository(mesh.dynamodb, mesh.tables["alerts"])


@pytest.fixture
def alerts(mesh: MotoMesh) -> AlertsRepository:
    return AlertsRepository(mesh.dynamodb, mesh.tables["alerts"])


def join(kept: GatheringsRepository, seen: GroupingWindow = EMPTY) -> None:
    attention = NotificationHistory(monitor_id=ROW.monitor_id, channel_id="ch_1")
    kept.join((ROW, MINE), (attention, START), member_of(ROW), (seen, FULL))


def stored(alerts: AlertsRepository, row: Alert = ROW) -> Alert | None:
    return alerts.get(row.incident_id, row.key)


def test_where_nothing_gathered_yet_there_is_nothing(kept: GatheringsRepository) -> None:
    assert kept.get("ch_1", AlertKind.OPENED) == EMPTY
    assert kept.members("grp_1") == []


def test_a_row_joins_whole(kept: GatheringsRepository, alerts: AlertsRepository) -> None:
    join(kept)
    assert kept.get("ch_1", AlertKind.OPENED) == FULL
    assert stored(alerts) == MINE
    assert kept.members(FULL.group or "") == [member_of(ROW)]
    heard = alerts.attention(ROW.monitor_id, "ch_1")
    assert (heard.version, heard.opened_by) == (1, ROW.incident_id)
    with pytest.raises(StaleState):
        join(kept)


def test_any_number_may_join_side_by_side(
    kept: GatheringsRepository, alerts: AlertsRepository, mesh: MotoMesh
) -> None:
    """None of them writes what another one writes."""
    join(kept)
    other = row_of(outage(2))
    mesh.dynamodb.put_item(TableName=mesh.tables["alerts"], Item=alert_item(other))
    mine = member(other, START, FULL, HOLD)
    attention = NotificationHistory(monitor_id=other.monitor_id, channel_id="ch_1")
    kept.join((other, mine), (attention, START), member_of(other))
    assert kept.get("ch_1", AlertKind.OPENED) == FULL
    assert stored(alerts, other) == mine
    names = {each.incident_id for each in kept.members(FULL.group or "")}
    assert names == {ROW.incident_id, other.incident_id}


def test_of_two_that_begin_a_part_at_once_one_joins_the_other(
    kept: GatheringsRepository, alerts: AlertsRepository
) -> None:
    with pytest.raises(StaleState):
        join(kept, replace(EMPTY, version=3))
    assert stored(alerts) == ROW
    assert kept.get("ch_1", AlertKind.OPENED) == EMPTY
    assert kept.members(FULL.group or "") == []


def test_an_end_joins_without_a_place_of_its_own(kept: GatheringsRepository) -> None:
    attention = NotificationHistory(monitor_id=ROW.monitor_id, channel_id="ch_1")
    kept.join((ROW, MINE), (attention, START), None, (EMPTY, FULL))
    assert kept.members(FULL.group or "") == []


def test_a_part_ends_once_with_one_row(
    kept: GatheringsRepository, alerts: AlertsRepository
) -> None:
    join(kept)
    told = replace(ROW, incident_id=FULL.group or "")
    after = FULL.close_part(START)
    kept.end(FULL, after, told)
    assert stored(alerts, told) == told
    assert kept.get("ch_1", AlertKind.OPENED) == after
    with pytest.raises(StaleState):
        kept.end(FULL, after, told)
    # Whatever gathers now: a row that is there is not written over.
    with pytest.raises(StaleState):
        kept.end(after, after.close_part(START), replace(told, attempts=1))
    assert stored(alerts, told) == told


def test_what_gathers_is_moved_on_from_what_was_seen(kept: GatheringsRepository) -> None:
    join(kept)
    free = FULL.release(START + HOLD, 1)
    with pytest.raises(StaleState):
        kept.replace(EMPTY, free)
    kept.replace(FULL, free)
    assert kept.get("ch_1", AlertKind.OPENED) == free
