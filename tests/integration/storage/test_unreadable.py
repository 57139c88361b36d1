"""Rows that this version cannot read: they are left out, reported once, and hide no others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from sentinelmesh.domain.alerts.escalation import EscalationStep
from sentinelmesh.domain.alerts.quiet_hours import QuietHours
from sentinelmesh.domain.monitors.schedule import due_key_of
from sentinelmesh.domain.values.instant import text
from sentinelmesh.errors import UnreadableRow
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.repositories import ApiTokensRepository, ChannelsRepository
from sentinelmesh.storage.directory.status_pages import StatusPagesRepository
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.rows import MAX_REPORTED, RowReader
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.outbox import alert_item
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.unreadable import UnreadableRows
from tests.integration.storage.test_directory import PAGE, POLICY, TOKEN, WINDOW
from tests.integration.storage.test_incidents import an_older, store
from tests.support.alerts import an_alert
from tests.support.builders import REGIONS, START, a_channel, a_monitor, a_result, a_slot
from tests.support.calls import Calls, refusing
from tests.support.moto_mesh import MotoMesh

Key = dict[str, Any]
CONFIGURED = pytest.mark.parametrize(
    ("kind", "entry", "repository"),
    [
        (keys.CHANNEL, a_channel(), ChannelsRepository),
        (keys.MAINTENANCE_WINDOW, WINDOW, MaintenanceRepository),
        (keys.ESCALATION_POLICY, POLICY, EscalationPoliciesRepository),
        (keys.STATUS_PAGE, PAGE, StatusPagesRepository),
        (keys.API_TOKEN, TOKEN, ApiTokensRepository),
    ],
    ids=["channel", "window", "policy", "page", "token"],
)


def spoil(mesh: MotoMesh, table: str, key: Key, **attributes: Any) -> None:
    """Write a row as another version may have it, on top of the one that is there."""
    name = mesh.tables[table]
    item = mesh.dynamodb.get_item(TableName=name, Key=key).get("Item", {})
    odd = attributes or {"created_at": {"S": "long ago"}}
    mesh.dynamodb.put_item(TableName=name, Item={**item, **key, **odd})


def in_directory(kind: str, entry_id: str) -> Key:
    return {"kind": {"S": kind}, "id": {"S": entry_id}}


def notes(mesh: MotoMesh) -> UnreadableRows:
    return UnreadableRows(mesh.dynamodb, mesh.tables["directory"], lambda: START)


@CONFIGURED
def test_what_people_configured_is_listed_without_the_row_that_cannot_be_read(
    kind: str,
    entry: Any,
    repository: Callable[[Any, str], Any],
    mesh: MotoMesh,
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = repository(mesh.dynamodb, mesh.tables["directory"])
    kept.create(entry)
    spoil(mesh, "directory", in_directory(kind, "odd"), name={"S": "Odd"})
    assert [kept.list() for _ in range(3)] == [[entry]] * 3
    with pytest.raises(UnreadableRow, match=f"{kind} odd"):
        kept.get("odd")
    (told,) = [vars(each) for each in caplog.records if each.message == "row_unreadable"]
    assert (told["kind"], told["row_id"]) == (kind, "odd")
    assert [(row.kind, row.row_id) for row in notes(mesh).list_in_directory()] == [(kind, "odd")]


def test_a_page_of_monitors_is_filled_with_those_behind_one_that_cannot_be_read(
    mesh: MotoMesh,
) -> None:
    """A short page would mean that there are no more."""
    monitors = MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"])
    for number in range(5):
        monitors.create(a_monitor(id=f"mon_{number}"))
    spoil(mesh, "monitors", {"monitor_id": {"S": "mon_1"}})
    assert [each.id for each in monitors.list_page(3)] == ["mon_0", "mon_2", "mon_3"]
    assert [each.id for each in monitors.list_page(3, "mon_3")] == ["mon_4"]
    assert set(monitors.get_many(["mon_0", "mon_1", "mon_2"])) == {"mon_0", "mon_2"}
    with pytest.raises(UnreadableRow, match="monitor mon_1"):
        monitors.get("mon_1")


def test_incidents_and_their_alerts_are_listed_without_the_row_that_cannot_be_read(
    mesh: MotoMesh,
) -> None:
    older, newer = an_older(10), an_older(5)
    store(mesh, older, newer)
    key = {"monitor_id": {"S": "mon_1"}, "incident_id": {"S": newer.incident_id}}
    spoil(mesh, "incidents", key, opened_at={"S": "today"})
    incidents = IncidentsRepository(mesh.dynamodb, mesh.tables["incidents"])
    assert incidents.list_page(1) == incidents.list_page(1, only_open=True) == [older]
    assert incidents.list_of_monitor("mon_1", 1) == [older]
    wanted = [("mon_1", each.incident_id) for each in (older, newer)]
    assert list(incidents.get_many(wanted).values()) == [older]
    with pytest.raises(UnreadableRow):
        incidents.get("mon_1", newer.incident_id)
    with pytest.raises(UnreadableRow):
        incidents.find(newer.incident_id)


def test_results_are_read_without_the_one_that_cannot_be_read(mesh: MotoMesh) -> None:
    results = ResultsRepository(mesh.dynamodb, mesh.tables["results"])
    monitor = a_monitor()
    made = [a_result(monitor, a_slot(monitor, count), REGIONS[0]) for count in range(4)]
    for each in made:
        results.put(each)
    key = {"monitor_id": {"S": "mon_1"}, "slot_key": {"S": keys.result_key(made[2])}}
    spoil(mesh, "results", key, outcome={"S": "perhaps"})
    assert results.list_since("mon_1", made[0].slot) == [made[0], made[1], made[3]]
    assert [each for _, each in results.list_newest("mon_1", 2)] == [made[3], made[1]]


def test_the_alerts_of_an_incident_are_listed_without_the_one_that_cannot_be_read(
    mesh: MotoMesh,
) -> None:
    alert, odd = an_alert(), an_alert(channel_id="ch_odd")
    for each in (alert, odd):
        mesh.dynamodb.put_item(TableName=mesh.tables["alerts"], Item=alert_item(each))
    key = {"incident_id": {"S": odd.incident_id}, "alert_key": {"S": odd.key}}
    spoil(mesh, "alerts", key, state={"S": "whispered"})
    alerts = AlertsRepository(mesh.dynamodb, mesh.tables["alerts"])
    assert alerts.list_of_incident(alert.incident_id) == [alert]
    assert [each for _, each in alerts.list_of_channel("ch_odd", 5)] == []


def test_states_that_cannot_be_read_do_not_hide_the_others(mesh: MotoMesh) -> None:
    spoil(mesh, "states", {"monitor_id": {"S": "mon_1"}}, status={"S": "dreaming"})
    states = StatesRepository(mesh.dynamodb, mesh.tables["states"])
    assert states.get_many(["mon_1"]) == states.everything() == {}
    with pytest.raises(UnreadableRow, match="state mon_1"):
        states.get("mon_1")


def test_a_row_is_noted_once_by_each_process(mesh: MotoMesh, calls: Calls) -> None:
    client = calls.client("dynamodb", "eu-west-1")
    spoil(mesh, "monitors", {"monitor_id": {"S": "mon_1"}})
    noting = UnreadableRows(client, mesh.tables["directory"], lambda: START + timedelta(hours=1))
    monitors = MonitorsRepository(client, mesh.tables["monitors"], report=noting.note)
    for _ in range(3):
        with pytest.raises(UnreadableRow):
            monitors.get("mon_1")
    assert noting.list_noted() == [("monitor", "mon_1")]
    item = mesh.dynamodb.get_item(
        TableName=mesh.tables["directory"],
        Key=in_directory(keys.UNREADABLE_ROW, "monitor#mon_1"),
    )["Item"]
    assert item["noted_at"]["S"] == text(START + timedelta(hours=1))
    assert int(item["ttl"]["N"]) == int((START + timedelta(hours=49)).timestamp())


def test_a_note_that_cannot_be_written_hurts_nobody(mesh: MotoMesh, calls: Calls) -> None:
    calls.before = refusing(1, Random(0))
    noting = UnreadableRows(
        calls.client("dynamodb", "eu-west-1"), mesh.tables["directory"], lambda: START
    )
    noting.note(UnreadableRow("monitor", "mon_1", "odd"))
    calls.before = None
    assert noting.list_noted() == []


def test_a_table_full_of_unreadable_rows_does_not_fill_the_log() -> None:
    reported: list[UnreadableRow] = []
    reader: RowReader[int] = RowReader(
        "odd", ("id",), lambda item: int(item["n"]["N"]), reported.append
    )
    items = [{"id": {"S": str(number)}} for number in range(MAX_REPORTED + 5)]
    assert list(reader.read_all(items)) == []
    assert len(reported) == MAX_REPORTED


def test_a_channel_whose_quiet_hours_cannot_be_read_still_notifies_and_is_reported(
    mesh: MotoMesh,
) -> None:
    channels = ChannelsRepository(mesh.dynamodb, mesh.tables["directory"])
    channels.create(a_channel(id="ch_1", quiet_hours=QuietHours(starts_at="22:00", ends_at="7:00")))
    assert [each.id for each in channels.list()] == ["ch_1"]
    assert [row.row_id for row in notes(mesh).list_in_directory()] == ["ch_1"]


@pytest.mark.parametrize(
    ("odd", "is_readable"),
    [
        ({"recurrence": "FREQ=LUNAR"}, False),
        ({"recurrence": "FREQ=DAILY", "time_zone": "Mars/Olympus"}, False),
        ({"recurrence": "FREQ=DAILY", "time_zone": "Europe/Berlin"}, True),
        ({"time_zone": "Mars/Olympus"}, True),
    ],
)
def test_a_window_of_which_nobody_can_tell_when_it_happens_is_left_out(
    mesh: MotoMesh, odd: Key, *, is_readable: bool
) -> None:
    """A window that happens once needs no zone."""
    windows = MaintenanceRepository(mesh.dynamodb, mesh.tables["directory"])
    windows.create(replace(WINDOW, **odd))
    assert bool(windows.list()) == is_readable
    assert bool(notes(mesh).list_in_directory()) != is_readable


@pytest.mark.parametrize("minutes", [-1, 10**15])
def test_a_policy_with_a_step_that_never_comes_is_left_out(mesh: MotoMesh, minutes: int) -> None:
    policies = EscalationPoliciesRepository(mesh.dynamodb, mesh.tables["directory"])
    step = EscalationStep(after_minutes=minutes, channels=("ch_1",))
    policies.create(replace(POLICY, steps=(step,)))
    assert policies.list() == []
    assert policies.find_readable(POLICY.id) is None
    assert [row.row_id for row in notes(mesh).list_in_directory()] == [POLICY.id]


@pytest.mark.parametrize(
    "odd",
    [
        {"interval_seconds": {"N": "0"}},
        {"interval_seconds": {"N": "9" * 15}},
        {"timeout_ms": {"N": "0"}},
        {"timeout_ms": {"N": "9" * 18}},
        {"regions": {"L": []}},
    ],
    ids=str,
)
def test_a_monitor_that_cannot_be_planned_is_left_out(mesh: MotoMesh, odd: Key) -> None:
    monitors = MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"])
    for each in ("mon_1", "mon_2"):
        monitors.create(a_monitor(id=each))
    due = due_key_of("mon_1", a_monitor().interval_seconds, 1)
    assert "mon_1" in [each.id for each in monitors.list_due(due)]
    spoil(mesh, "monitors", {"monitor_id": {"S": "mon_1"}}, **odd)
    assert [each.id for each in monitors.list_page(5)] == ["mon_2"]
    assert "mon_1" not in [each.id for each in monitors.list_due(due)]
    assert monitors.find_readable("mon_1") is None
