"""A transition on DynamoDB: each of its conditions alone refuses all of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Incident, IncidentState, Status
from sentinelmesh.domain.verification.monitor_state import Rule, State, Transition
from sentinelmesh.domain.verification.transition import TransitionPlan
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.outbox import alert_item
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions_writer import Ledger
from tests.support.alerts import an_alert, an_incident, resolved
from tests.support.builders import START, a_monitor
from tests.support.moto_mesh import MotoMesh

ALL = ("monitors", "states", "transitions", "incidents", "alerts")
OPENED = an_incident()
ROW = an_alert(OPENED)


def a_step(version: int, to_status: Status, **parts: Any) -> TransitionPlan:
    state = State(monitor_id="mon_1", revision=1, version=version, status=to_status, since=START)
    transition = Transition(
        monitor_id="mon_1",
        version=version,
        from_status=Status.UP,
        to_status=to_status,
        at=START,
        rule=Rule.QUORUM,
        sentence="Because.",
        revision=1,
    )
    return TransitionPlan(state=state, transition=transition, **parts)


FIRST = a_step(1, Status.UP)
DOWN = a_step(2, Status.DOWN, opened=OPENED, alerts=(ROW,))
UP_AGAIN = a_step(3, Status.UP, closed=resolved(OPENED))
GONE = a_step(3, Status.DELETED, closed=replace(OPENED, state=IncidentState.CANCELLED))


@pytest.fixture
def ledger(mesh: MotoMesh) -> Ledger:
    MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"]).create(a_monitor())
    return Ledger(mesh.dynamodb, mesh.tables)


def everything(mesh: MotoMesh) -> dict[str, Any]:
    return {owner: mesh.items(owner) for owner in ALL}


def put(mesh: MotoMesh, owner: str, item: Any) -> None:
    mesh.dynamodb.put_item(TableName=mesh.tables[owner], Item=item)


def delete_monitor(mesh: MotoMesh) -> None:
    MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"]).delete("mon_1")


def the_incident(mesh: MotoMesh) -> Incident | None:
    incidents = IncidentsRepository(mesh.dynamodb, mesh.tables["incidents"])
    return incidents.get(OPENED.monitor_id, OPENED.incident_id)


def test_a_step_is_written_whole(ledger: Ledger, mesh: MotoMesh) -> None:
    ledger.commit(FIRST)
    ledger.commit(DOWN)
    assert StatesRepository(mesh.dynamodb, mesh.tables["states"]).get("mon_1") == DOWN.state
    assert the_incident(mesh) == OPENED
    assert [len(items) for items in everything(mesh).values()] == [1, 1, 2, 1, 1]


OBSTACLES: dict[str, Callable[[MotoMesh], None]] = {
    "the monitor was edited": lambda mesh: MonitorsRepository(
        mesh.dynamodb, mesh.tables["monitors"]
    ).replace(a_monitor(revision=2)),
    "the monitor was deleted": delete_monitor,
    "the state was moved": lambda mesh: put(
        mesh, "states", to_item(replace(FIRST.state, version=2))
    ),
    "the state is gone": lambda mesh: (
        mesh.dynamodb.delete_item(
            TableName=mesh.tables["states"], Key={"monitor_id": {"S": "mon_1"}}
        )
        and None
    ),
    "the ledger has this row": lambda mesh: put(
        mesh, "transitions", to_item(DOWN.transition, sentence="Another.")
    ),
    "the incident is there": lambda mesh: put(mesh, "incidents", to_item(OPENED, cause="another")),
    "the alert is there": lambda mesh: put(mesh, "alerts", alert_item(replace(ROW, attempts=1))),
}


@pytest.mark.parametrize("obstacle", OBSTACLES.values(), ids=OBSTACLES.keys())
def test_one_condition_that_does_not_hold_refuses_all_of_a_step(
    ledger: Ledger, mesh: MotoMesh, obstacle: Callable[[MotoMesh], None]
) -> None:
    ledger.commit(FIRST)
    obstacle(mesh)
    before = everything(mesh)
    with pytest.raises(StaleState):
        ledger.commit(DOWN)
    assert everything(mesh) == before


def test_the_first_decision_is_made_once(ledger: Ledger, mesh: MotoMesh) -> None:
    ledger.commit(FIRST)
    mesh.dynamodb.delete_item(
        TableName=mesh.tables["transitions"],
        Key={"monitor_id": {"S": "mon_1"}, "version": {"N": "1"}},
    )
    with pytest.raises(StaleState):
        ledger.commit(FIRST)
    assert mesh.items("transitions") == []


def test_what_an_open_incident_becomes_is_noted_and_what_has_ended_stays(
    ledger: Ledger, mesh: MotoMesh
) -> None:
    for each in (FIRST, DOWN):
        ledger.commit(each)
    flapping = replace(OPENED, flapping=True).with_flip(START, up=True)
    ledger.commit(a_step(3, Status.DOWN, updated=flapping))
    assert the_incident(mesh) == flapping
    ledger.commit(a_step(4, Status.UP, closed=resolved(flapping)))
    ended = the_incident(mesh)
    with pytest.raises(StaleState):
        ledger.commit(a_step(5, Status.UP, updated=replace(flapping, flapping=False)))
    assert the_incident(mesh) == ended


def test_an_incident_ends_once_and_keeps_what_people_wrote(ledger: Ledger, mesh: MotoMesh) -> None:
    for each in (FIRST, DOWN):
        ledger.commit(each)
    incidents = IncidentsRepository(mesh.dynamodb, mesh.tables["incidents"])
    incidents.acknowledge(OPENED, START, "ada")
    ledger.commit(UP_AGAIN)
    ended = the_incident(mesh)
    assert ended == replace(resolved(OPENED), acknowledged_at=START, acknowledged_by="ada")
    assert incidents.list_page(5, only_open=True) == []
    later = replace(resolved(OPENED, timedelta(hours=1)), state=IncidentState.CANCELLED)
    with pytest.raises(StaleState):
        ledger.commit(a_step(4, Status.UP, closed=later))
    assert the_incident(mesh) == ended


def test_a_deleted_monitor_leaves_no_state_and_only_once_it_is_gone(
    ledger: Ledger, mesh: MotoMesh
) -> None:
    for each in (FIRST, DOWN):
        ledger.commit(each)
    with pytest.raises(StaleState):
        ledger.commit(GONE)
    assert mesh.items("states")
    delete_monitor(mesh)
    ledger.commit(GONE)
    assert mesh.items("states") == []
    ended = the_incident(mesh)
    assert ended is not None
    assert (ended.state, ended.resolved_at) == (IncidentState.CANCELLED, OPENED.confirmed_at)


def test_a_deleted_monitors_state_is_removed_at_the_version_that_was_seen(
    ledger: Ledger, mesh: MotoMesh
) -> None:
    ledger.commit(FIRST)
    delete_monitor(mesh)
    with pytest.raises(StaleState):
        ledger.commit(a_step(3, Status.DELETED))
    assert mesh.items("states")
