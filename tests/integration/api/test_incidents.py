"""Incidents: listed, told with their timeline, acknowledged, annotated."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.api.routes import incidents as routes
from functions.api.schemas.incident import MAX_NOTE
from functions.api.services import incident_timeline
from sentinelmesh.domain.access.scopes import Role, Scope
from sentinelmesh.domain.alerts.alert import Alert, AlertContent, AlertKind, AlertState
from sentinelmesh.domain.incidents.incident import Incident, IncidentState, Status
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.messages import AcknowledgementMessage, decode
from tests.integration.api.examples import put_alert, put_incident
from tests.integration.api.people import add_person, open_pool, token_of
from tests.integration.api.stage import Stage
from tests.integration.api.watched import put_transition
from tests.support.builders import START, an_incident

SECOND = timedelta(seconds=1)
CONTENT = AlertContent(
    monitor_name="Shop",
    monitor_kind="http",
    target="https://shop.example/",
    sentence="Two of three regions failed.",
    cause="connect_refused",
    cause_detail="nothing listens there",
    opened_at=START,
    confirmed_at=START,
    detection_delay_ms=0,
)


def put_incidents(stage: Stage, count: int, **changes: Any) -> list[Incident]:
    made = [
        an_incident(
            incident_id=f"inc_{number:02}",
            state=IncidentState.RESOLVED if number % 2 else IncidentState.OPEN,
            resolved_at=START + timedelta(hours=1) if number % 2 else None,
            **changes,
        )
        for number in range(count)
    ]
    for incident in made:
        put_incident(stage, incident)
    return made


def put_row(stage: Stage, kind: AlertKind, **changes: Any) -> None:
    plain = Alert(
        incident_id="inc_1",
        monitor_id="mon_1",
        channel_id="ch_1",
        channel_kind="slack",
        kind=kind,
        created_at=START + 2 * SECOND,
        due_at=START + 2 * SECOND,
        content=CONTENT,
    )
    put_alert(stage, replace(plain, **changes))


def ids(stage: Stage, query: str) -> list[list[str]]:
    """Read a list page by page."""
    found, cursor = [], ""
    while True:
        page = stage.get(f"/v1/incidents?{query}{cursor}")
        found.append([each["id"] for each in page["items"]])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_an_incident_tells_what_was_down_and_since_when(stage: Stage) -> None:
    put_incident(stage, an_incident())
    (listed,) = stage.get("/v1/incidents")["items"]
    assert listed == {
        "id": "inc_1",
        "monitor_id": "mon_1",
        "monitor_name": "Shop",
        "target": "https://shop.example/",
        "state": "open",
        "severity": "outage",
        "opened_at": "2026-01-01T12:00:00Z",
        "confirmed_at": "2026-01-01T12:00:02Z",
        "detection_delay_ms": 2000,
        "cause": "connect_refused",
        "cause_detail": "nothing listens there",
        "regions": ["eu-west-1", "us-east-1"],
        "resolved_at": None,
        "duration_seconds": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "notes": [],
        "flapping": False,
        "flips": [],
    }
    assert stage.get("/v1/incidents/inc_1") == {**listed, "group": None, "timeline": []}


def test_an_acknowledgement_is_spread_and_stands_even_if_it_cannot_be(stage: Stage) -> None:
    put_incident(stage, an_incident())
    stage.post("/v1/incidents/inc_1/acknowledge")
    (body,) = stage.mesh.drain("alert-retries")
    assert decode(body, AcknowledgementMessage).incident_id == "inc_1"
    stage.mesh.sqs().delete_queue(QueueUrl=stage.mesh.queue_url("alert-retries"))
    answer = stage.call("POST", "/v1/incidents/inc_1/acknowledge", {})
    assert answer.status == 200
    assert answer.body["acknowledged_by"]


def test_incidents_come_newest_first_page_by_page(stage: Stage) -> None:
    put_incidents(stage, 5)
    assert ids(stage, "limit=2") == [["inc_04", "inc_03"], ["inc_02", "inc_01"], ["inc_00"]]
    assert ids(stage, "limit=5") == [["inc_04", "inc_03", "inc_02", "inc_01", "inc_00"]]


@pytest.mark.parametrize("monitor", ["", "&monitor_id=mon_1"])
def test_incidents_can_be_narrowed_to_open_or_resolved_ones(stage: Stage, monitor: str) -> None:
    put_incidents(stage, 5)
    put_incident(stage, an_incident(incident_id="inc_99", monitor_id="mon_2"))
    here = [] if monitor else ["inc_99"]
    assert ids(stage, f"status=open&limit=50{monitor}") == [[*here, "inc_04", "inc_02", "inc_00"]]
    assert ids(stage, f"status=resolved&limit=1{monitor}") == [["inc_03"], ["inc_01"]]


def test_an_incident_that_was_cancelled_is_open_no_more(stage: Stage) -> None:
    put_incident(stage, an_incident(state=IncidentState.CANCELLED, resolved_at=START))
    assert ids(stage, "status=open") == [[]]
    assert ids(stage, "status=resolved") == [["inc_1"]]


def test_a_search_ends_early_and_goes_on_from_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_SCANNED", 3)
    for number in range(9):
        put_incident(stage, an_incident(incident_id=f"inc_{number:02}"))
    put_incident(
        stage, an_incident(incident_id="inc_", state=IncidentState.RESOLVED, resolved_at=START)
    )
    pages = ids(stage, "status=resolved&limit=2")
    assert pages[:2] == [[], []]
    assert [each for page in pages for each in page] == ["inc_"]


def test_the_timeline_tells_decisions_alerts_and_notes_in_order(stage: Stage) -> None:
    put_incident(stage, an_incident(confirmed_at=START + 2 * SECOND))
    put_transition(stage, 1, at=START - 60 * SECOND, rule=Rule.FIRST_PASS, to_status=Status.UP)
    put_transition(stage, 2, at=START + SECOND / 2)
    down = {"rule": Rule.QUORUM, "to_status": Status.DOWN, "incident_id": "inc_1"}
    put_transition(stage, 3, at=START + 2 * SECOND, **down)
    put_row(stage, AlertKind.OPENED, state=AlertState.SENT, sent_at=START + 2.5 * SECOND)
    stage.now = START + 10 * SECOND
    stage.post("/v1/incidents/inc_1/acknowledge")
    stage.pass_time(seconds=0.5)
    stage.post("/v1/incidents/inc_1/notes", {"text": "Restarted the proxy."})
    up = {"rule": Rule.RECOVERED, "to_status": Status.UP, "incident_id": "inc_1"}
    put_transition(stage, 4, at=START + 11 * SECOND, **up)
    put_row(stage, AlertKind.RESOLVED, created_at=START + 11.5 * SECOND)
    put_transition(stage, 5, at=START + 600 * SECOND)
    told = stage.get("/v1/incidents/inc_1")["timeline"]
    assert [(each["what"], each["at"][17:]) for each in told] == [
        ("decision", "00.500Z"),
        ("decision", "02Z"),
        ("alert", "02.500Z"),
        ("acknowledged", "10Z"),
        ("note", "10.500Z"),
        ("decision", "11Z"),
        ("alert", "11.500Z"),
    ]
    assert [each["version"] for each in told if each["what"] == "decision"] == [2, 3, 4]


def test_two_decisions_of_one_moment_keep_their_order(stage: Stage) -> None:
    put_incident(stage, an_incident())
    at = START + 2 * SECOND
    put_transition(stage, 1, at=at)
    put_transition(stage, 2, at=at, to_status=Status.DOWN, incident_id="inc_1")
    told = stage.get("/v1/incidents/inc_1")["timeline"]
    assert [each["version"] for each in told] == [1, 2]


def test_the_decisions_of_long_ago_are_found_behind_many_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_timeline, "PORTION", 2)
    put_incident(stage, an_incident())
    put_transition(stage, 1, at=START + SECOND)
    put_transition(stage, 2, at=START + 2 * SECOND, incident_id="inc_1")
    for version in range(3, 12):
        put_transition(stage, version, at=START + version * 60 * SECOND)
    told = stage.get("/v1/incidents/inc_1")["timeline"]
    assert [each["version"] for each in told] == [1, 2]


def test_the_first_to_acknowledge_stays(stage: Stage) -> None:
    put_incident(stage, an_incident())
    first = stage.post("/v1/incidents/inc_1/acknowledge", token=stage.add_token(Scope.WRITE, "ann"))
    stage.pass_time(minutes=1)
    second = stage.post(
        "/v1/incidents/inc_1/acknowledge", token=stage.add_token(Scope.WRITE, "bob")
    )
    assert first["acknowledged_by"] == "token ann"
    assert second == first


def test_a_person_acknowledges_under_the_mail_address(stage: Stage) -> None:
    open_pool(stage)
    put_incident(stage, an_incident())
    add_person(stage, "ann@shop.example", Role.EDITOR)
    token = token_of(stage, "ann@shop.example")
    seen = stage.post("/v1/incidents/inc_1/acknowledge", token=token)
    assert seen["acknowledged_by"] == "ann@shop.example"


def test_a_note_stays_as_it_was_written(stage: Stage) -> None:
    put_incident(stage, an_incident())
    text = " <script>alert(1)</script>\n=cmd() ünïcode  "
    seen = stage.post("/v1/incidents/inc_1/notes", {"text": text})
    assert seen["notes"] == [{"at": "2026-01-01T12:00:00Z", "by": "token tests", "text": text}]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001, None, 5])
def test_a_note_has_something_to_say(stage: Stage, text: object) -> None:
    put_incident(stage, an_incident())
    assert stage.call("POST", "/v1/incidents/inc_1/notes", {"text": text}).status == 422


def test_an_incident_has_room_for_so_many_notes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item of the store has 400 KB, and a character up to four bytes."""
    assert routes.MAX_NOTES * MAX_NOTE * 4 < 350_000
    monkeypatch.setattr(routes, "MAX_NOTES", 2)
    put_incident(stage, an_incident())
    for _ in range(2):
        stage.post("/v1/incidents/inc_1/notes", {"text": "x" * MAX_NOTE})
    answer = stage.call("POST", "/v1/incidents/inc_1/notes", {"text": "one more"})
    assert answer.status == 409
    assert len(stage.get("/v1/incidents/inc_1")["notes"]) == 2


def test_alerts_say_who_was_told_and_what_the_provider_said(stage: Stage) -> None:
    put_incident(stage, an_incident())
    put_row(stage, AlertKind.OPENED, state=AlertState.SENT, attempts=1, answer="HTTP 200 ok")
    put_row(stage, AlertKind.RESOLVED, channel_id="ch_2")
    rows = stage.get("/v1/incidents/inc_1/alerts")["items"]
    assert [(row["transition"], row["channel_id"], row["state"]) for row in rows] == [
        ("opened", "ch_1", "sent"),
        ("resolved", "ch_2", "pending"),
    ]
    assert rows[0]["answer"] == "HTTP 200 ok"
    assert "content" not in rows[0]
    page = stage.get("/v1/incidents/inc_1/alerts?limit=1")
    rest = stage.get(f"/v1/incidents/inc_1/alerts?limit=1&cursor={page['next_cursor']}")
    assert (page["items"], rest) == (rows[:1], {"items": rows[1:], "next_cursor": None})
