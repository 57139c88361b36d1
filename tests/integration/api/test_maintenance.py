"""Maintenance windows: announced, changed, called off; their calendar; what they excuse."""

from datetime import timedelta
from typing import Any

import pytest

from functions.api.routes import maintenance
from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.values.instant import text
from tests.integration.api.examples import WINDOW, put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import planned_result, put_results, put_state, slot_before
from tests.support.builders import a_monitor, an_incident

ALL = "/v1/maintenance-windows"
HOUR = timedelta(hours=1)


def announce(stage: Stage, **changes: Any) -> Any:
    """Announce a window around the present, for everything."""
    now = {
        "name": "Move",
        "starts_at": text(stage.now - HOUR / 2),
        "ends_at": text(stage.now + HOUR),
        "everything": True,
    }
    return stage.post(ALL, {**now, **changes})


def test_a_window_comes_with_its_next_occurrences(stage: Stage) -> None:
    made = stage.post(ALL, WINDOW)
    assert made["starts_at"] == "2026-01-05T21:00:00Z"
    assert made["next_occurrences"][:2] == [
        {"starts_at": "2026-01-05T21:00:00Z", "ends_at": "2026-01-06T01:00:00Z"},
        {"starts_at": "2026-01-12T21:00:00Z", "ends_at": "2026-01-13T01:00:00Z"},
    ]
    assert len(made["next_occurrences"]) == maintenance.SHOWN_OCCURRENCES
    assert stage.get(f"{ALL}/{made['id']}") == made
    assert stage.get(ALL)["items"] == [made]


def test_an_edit_is_a_merge_patch_on_top_of_what_was_seen(stage: Stage) -> None:
    one = f"{ALL}/{stage.post(ALL, WINDOW)['id']}"
    changed = stage.call("PATCH", one, {"recurrence": None, "name": "Once"}).body
    assert (changed["revision"], changed["recurrence"], changed["name"]) == (2, None, "Once")
    assert len(changed["next_occurrences"]) == 1
    assert stage.call("PATCH", one, {"name": "Once"}).body["revision"] == 2, "nothing changed"
    refused = stage.call("PATCH", one, {"name": "Twice"}, headers={"If-Match": '"1"'})
    assert refused.status == 412
    assert stage.call("DELETE", one).status == 204
    assert stage.call("GET", one).status == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ends_at": WINDOW["starts_at"]}, "/ends_at"),
        ({"ends_at": "2026-02-05T22:00:01+01:00"}, "/ends_at"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
        ({"starts_at": "0026-01-05T22:00:00+01:00"}, "/starts_at"),
        ({"starts_at": "2024-12-01T22:00:00+01:00"}, "/starts_at"),
        ({"starts_at": "2062-01-05T22:00:00+01:00"}, "/starts_at"),
        ({"recurrence": "FREQ=WEEKLY;BYDAY=MO;COUNT=100000"}, "/recurrence"),
        ({"starts_at": "2026-01-05T22:00:00"}, "/starts_at"),
        ({"recurrence": "FREQ=SECONDLY"}, "/recurrence"),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "/recurrence"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"tags": []}, "/everything"),
        ({"everything": True}, "/everything"),
        ({"monitors": ["mon_none"]}, "/monitors/0"),
    ],
)
def test_what_is_wrong_with_a_window_is_said(
    stage: Stage, changes: dict[str, Any], pointer: str
) -> None:
    answer = stage.call("POST", ALL, {**WINDOW, **changes})
    assert (answer.status, list(answer.errors)) == (422, [pointer])


def test_a_window_may_last_for_a_month(stage: Stage) -> None:
    made = stage.post(ALL, {**WINDOW, "ends_at": "2026-02-05T22:00:00+01:00", "recurrence": None})
    assert made["ends_at"] == "2026-02-05T21:00:00Z"


def test_a_window_that_recurs_for_more_than_a_year_can_still_be_changed(stage: Stage) -> None:
    one = f"{ALL}/{stage.post(ALL, WINDOW)['id']}"
    stage.now += 500 * 24 * HOUR
    changed = stage.call("PATCH", one, {"name": "Later"})
    assert (changed.status, len(changed.body["next_occurrences"])) == (200, 5)
    moved = stage.call("PATCH", one, {"starts_at": "2026-01-05T22:30:00+01:00"})
    assert list(moved.errors) == ["/starts_at"]


def test_there_can_be_only_so_many(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "MAX_WINDOWS", 1)
    stage.post(ALL, WINDOW)
    assert stage.call("POST", ALL, WINDOW).status == 409


def test_the_calendar_puts_all_windows_in_order(stage: Stage) -> None:
    stage.backend.monitors.create(a_monitor(tags=("shop",)))
    stage.backend.monitors.create(a_monitor(id="mon_2"))
    weekly = stage.post(ALL, WINDOW)
    once = announce(stage, starts_at="2026-01-08T10:00:00Z", ends_at="2026-01-08T11:00:00Z")
    told = stage.get("/v1/maintenance-calendar?to=2026-01-14T00:00:00Z")
    assert [each["window_id"] for each in told["items"]] == [weekly["id"], once["id"], weekly["id"]]
    assert (told["from"], told["complete"]) == (text(stage.now), True)
    mine = stage.get("/v1/maintenance-calendar?monitor_id=mon_2")
    assert [each["name"] for each in mine["items"]] == ["Move"]
    assert stage.call("GET", "/v1/maintenance-calendar?monitor_id=mon_3").status == 404
    past = stage.get("/v1/maintenance-calendar?from=2025-01-01T00:00:00Z&to=2025-02-01T00:00:00Z")
    assert past["items"] == []


def test_a_calendar_that_is_too_long_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "MAX_ENTRIES", 2)
    stage.post(ALL, {**WINDOW, "recurrence": "FREQ=DAILY"})
    told = stage.get("/v1/maintenance-calendar")
    assert (len(told["items"]), told["complete"]) == (2, False)


def test_a_monitor_in_a_window_says_so_unless_people_were_told_that_it_is_down(
    stage: Stage,
) -> None:
    monitor = a_monitor()
    stage.backend.monitors.create(monitor)
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor))])
    put_state(stage, monitor, Status.UP)
    assert stage.get("/v1/monitors/mon_1")["maintenance_until"] is None
    window = announce(stage)
    shown = stage.get("/v1/monitors/mon_1")
    assert (shown["status"], shown["status_since"]) == ("maintenance", window["starts_at"])
    assert shown["maintenance_until"] == window["ends_at"]
    (listed,) = stage.get("/v1/monitors?status=maintenance")["items"]
    assert listed == shown
    put_state(stage, monitor, Status.DOWN, incident_id="inc_1")
    assert stage.get("/v1/monitors/mon_1")["status"] == "down"


def test_maintenance_is_left_out_of_uptime(stage: Stage) -> None:
    monitor = a_monitor()
    stage.backend.monitors.create(monitor)
    put_results(
        stage,
        (planned_result(monitor, slot_before(stage, monitor, count)) for count in range(1, 61)),
    )
    began = stage.now - HOUR / 4
    put_incident(
        stage,
        an_incident(opened_at=began, state=IncidentState.RESOLVED, resolved_at=stage.now),
    )
    assert stage.get("/v1/monitors/mon_1/uptime")["downtime_seconds"] == 900
    announce(stage)
    figures = stage.get("/v1/monitors/mon_1/uptime")
    assert (figures["downtime_seconds"], figures["maintenance_seconds"]) == (0, 1800)
    assert figures["uptime_percent"] == 100
