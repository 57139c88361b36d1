"""Incidents on DynamoDB: by id, newest first, the open ones, and what people write beside them."""

from datetime import timedelta

import pytest

from sentinelmesh.domain.incidents.incident import (
    Incident,
    IncidentNote,
    IncidentState,
    incident_id,
)
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.incidents import IncidentsRepository
from tests.support.alerts import an_incident, resolved
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh


def an_older(minutes: int, monitor_id: str = "mon_1", **changes: object) -> Incident:
    """Build an incident that began so many minutes before the tests' first instant."""
    began = START - timedelta(minutes=minutes)
    name = incident_id(monitor_id, began, 1)
    return an_incident(monitor_id=monitor_id, incident_id=name, opened_at=began, **changes)


def store(mesh: MotoMesh, *incidents: Incident) -> None:
    """Write incidents as the ledger does."""
    for incident in incidents:
        is_open = incident.state is IncidentState.OPEN
        item = to_item(incident, listing=keys.ALL_INCIDENTS, open=keys.OPEN if is_open else None)
        mesh.dynamodb.put_item(TableName=mesh.tables["incidents"], Item=item)


@pytest.fixture
def incidents(mesh: MotoMesh) -> IncidentsRepository:
    return IncidentsRepository(mesh.dynamodb, mesh.tables["incidents"])


def test_an_incident_is_found_with_its_monitor_and_by_its_name_alone(
    incidents: IncidentsRepository, mesh: MotoMesh
) -> None:
    store(mesh, an_incident(), an_older(1))
    wanted = an_incident()
    assert incidents.get("mon_1", wanted.incident_id) == wanted
    assert incidents.find(wanted.incident_id) == wanted
    assert incidents.get("mon_2", wanted.incident_id) is None
    assert incidents.find("inc_none") is None


def test_incidents_of_all_monitors_are_listed_newest_first(
    incidents: IncidentsRepository, mesh: MotoMesh
) -> None:
    made = [an_older(minutes, f"mon_{minutes % 2}") for minutes in (30, 10, 20, 40, 50)]
    store(mesh, *made)
    first = incidents.list_page(2)
    rest = incidents.list_page(5, before_id=first[-1].incident_id)
    ages = [(START - each.opened_at) // timedelta(minutes=1) for each in (*first, *rest)]
    assert ages == [10, 20, 30, 40, 50]


def test_only_open_incidents_are_in_the_list_of_open_ones(
    incidents: IncidentsRepository, mesh: MotoMesh
) -> None:
    still_open = an_older(20)
    store(mesh, resolved(an_older(10)), still_open, resolved(an_older(30)))
    assert incidents.list_page(10, only_open=True) == [still_open]
    assert len(incidents.list_page(10)) == 3


def test_the_incidents_of_one_monitor_go_page_by_page(
    incidents: IncidentsRepository, mesh: MotoMesh
) -> None:
    store(mesh, *(an_older(minutes) for minutes in range(1, 6)), an_older(1, "mon_2"))
    first = incidents.list_of_monitor("mon_1", 3)
    rest = incidents.list_of_monitor("mon_1", 3, first[-1].incident_id)
    assert [each.incident_id for each in (*first, *rest)] == [
        an_older(minutes).incident_id for minutes in range(1, 6)
    ]


def test_a_page_is_full_even_if_people_wrote_much_beside_the_incidents(
    incidents: IncidentsRepository, mesh: MotoMesh
) -> None:
    notes = (IncidentNote(at=START, by="ada", text="x" * 150_000),)
    store(mesh, *(an_older(minutes, notes=notes) for minutes in range(14)))
    assert len(incidents.list_page(10)) == 10
    assert len(incidents.list_page(10, only_open=True)) == 10
    assert len(incidents.list_of_monitor("mon_1", 20)) == 14


def test_the_first_to_acknowledge_stays(incidents: IncidentsRepository, mesh: MotoMesh) -> None:
    store(mesh, an_incident())
    incidents.acknowledge(an_incident(), START, "ada")
    incidents.acknowledge(an_incident(), START + timedelta(minutes=1), "bob")
    seen = incidents.get("mon_1", an_incident().incident_id)
    assert seen is not None
    assert (seen.acknowledged_at, seen.acknowledged_by) == (START, "ada")


def test_notes_are_appended_in_the_order_of_writing(
    incidents: IncidentsRepository, mesh: MotoMesh
) -> None:
    store(mesh, an_incident())
    notes = [IncidentNote(at=START, by="ada", text=text) for text in ("first", "second", "third")]
    for note in notes:
        incidents.add_note(an_incident(), note)
    seen = incidents.get("mon_1", an_incident().incident_id)
    assert seen is not None
    assert list(seen.notes) == notes


def test_what_people_write_makes_no_incident(
    incidents: IncidentsRepository, mesh: MotoMesh
) -> None:
    with pytest.raises(NotFound):
        incidents.acknowledge(an_incident(), START, "ada")
    with pytest.raises(NotFound):
        incidents.add_note(an_incident(), IncidentNote(at=START, by="ada", text="?"))
    assert mesh.items("incidents") == []
