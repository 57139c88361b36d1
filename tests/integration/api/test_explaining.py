"""Why it was said: each decision laid open, also those by which an alarm was avoided."""

from datetime import timedelta

import pytest

from functions.api.routes import history
from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.domain.incidents.incident import IncidentState, Status, Vote
from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.verification.monitor_state import Rule
from tests.integration.api.examples import put_alert, put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import put_transition
from tests.support.alerts import an_alert
from tests.support.builders import START, a_monitor, an_incident

VOTE = Vote(
    region="eu-west-1",
    outcome=Outcome.FAILURE,
    purpose=Purpose.SCHEDULED,
    started_at=START,
    error="connect_refused",
    detail="nothing listens there",
    latency_ms=12.0,
)
LEDGER = "/v1/monitors/mon_1/transitions"


def test_a_row_of_the_ledger_comes_with_its_explanation(stage: Stage) -> None:
    put_transition(stage, 1, votes=(VOTE,), policy=Policy(quorum=2))
    (row,) = stage.get(LEDGER)["items"]
    assert row["explanation"] == {
        "summary": "One region failed.",
        "votes": [
            (
                "eu-west-1, as scheduled at 12:00:00 UTC, saw it fail after 12 ms: nothing listens "
                "there."
            )
        ],
        "rule": "A failing scheduled probe is only a suspicion: other regions are asked about the "
        "same moment, and nobody is told.",
        "policy": "Down when 2 regions fail in the same round; up again after 1 such round that "
        "works.",
        "avoided": False,
    }


def test_avoided_alarms_can_be_asked_for(stage: Stage) -> None:
    rules = (Rule.SUSPECTED, Rule.DISMISSED, Rule.SUSPECTED, Rule.QUORUM, Rule.DISMISSED)
    for version, rule in enumerate(rules, 1):
        put_transition(stage, version, rule=rule)
    assert [row["version"] for row in stage.get(f"{LEDGER}?avoided=true")["items"]] == [5, 2]
    assert [row["version"] for row in stage.get(f"{LEDGER}?avoided=false")["items"]] == [4, 3, 1]
    assert len(stage.get(LEDGER)["items"]) == 5


def test_a_search_for_avoided_alarms_goes_on_where_a_page_ended(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_SEARCHED", 4)
    for version in range(1, 12):
        put_transition(stage, version, rule=Rule.DISMISSED if version % 5 == 1 else Rule.SUSPECTED)
    found, cursor = [], ""
    for _ in range(6):
        page = stage.get(f"{LEDGER}?avoided=true&limit=1{cursor}")
        found += [row["version"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == [11, 6, 1]


def test_an_incident_is_explained_from_the_suspicion_to_its_end(stage: Stage) -> None:
    stage.backend.monitors.create(a_monitor())
    incident = an_incident(
        state=IncidentState.RESOLVED, resolved_at=START + timedelta(minutes=3), duration_seconds=180
    )
    put_incident(stage, incident)
    put_transition(stage, 1, votes=(VOTE,), at=START + timedelta(seconds=1))
    put_transition(
        stage,
        2,
        rule=Rule.QUORUM,
        to_status=Status.DOWN,
        at=incident.confirmed_at,
        incident_id="inc_1",
        policy=Policy(quorum=2),
    )
    put_transition(stage, 3, rule=Rule.RECOVERED, to_status=Status.UP, incident_id="inc_1")
    told = stage.get("/v1/incidents/inc_1/explanation")
    assert [row["rule"] for row in told["decisions"]] == ["suspected", "quorum", "recovered"]
    assert told["text"].startswith(
        "Shop (https://shop.example/)\n"
        "Down since 2026-01-01 12:00:00 UTC, confirmed 2 s later; resolved at 2026-01-01 12:03:00 "
        "UTC after 3 min.\n"
    )
    assert "saw it fail after 12 ms: nothing listens there." in told["text"]
    assert "\nWho was told\n  Nobody: no channel takes" in told["text"]
    put_alert(stage, an_alert(incident, state=AlertState.SUPPRESSED, answer="it was asleep"))
    text = stage.get("/v1/incidents/inc_1/explanation")["text"]
    assert text.endswith("  - opened to slack ch_1, held back: it was asleep\n")
