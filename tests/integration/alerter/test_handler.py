"""The alerter as Lambda calls it: wired from its environment, woken by each of its events."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.alerter.handler import lambda_handler, wire
from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.messages import AlertMessage, encode
from sentinelmesh.settings import AlerterSettings
from tests.integration.alerter.alerting import PREFIX, AlertStage
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import a_channel
from tests.support.deliveries import queue_record
from tests.support.moto_mesh import HOME
from tests.unit.alerter.test_deadline import Context

ROW = an_alert(channel_kind="email")
CONTEXT = Context(60_000)
FROM = "alerts@sentinelmesh.example"


@pytest.fixture(autouse=True)
def environment(stage: AlertStage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the alerter's environment, a mail channel, and an outage that began just now."""
    values = {
        "MESH_NAME": "sentinelmesh",
        "HOME_REGION": HOME,
        "ALERTS_TABLE": stage.mesh.tables["alerts"],
        "INCIDENTS_TABLE": stage.mesh.tables["incidents"],
        "MONITORS_TABLE": stage.mesh.tables["monitors"],
        "STATES_TABLE": stage.mesh.tables["states"],
        "DIRECTORY_TABLE": stage.mesh.tables["directory"],
        "ALERT_RETRIES_QUEUE_URL": stage.mesh.queue_url("alert-retries"),
        "SECRETS_PREFIX": PREFIX,
        "MAIL_FROM": FROM,
    }
    assert set(values) <= set(AlerterSettings.variables())
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("functions.alerter.handler._now", stage.clock)
    stage.mesh.client("sesv2").create_email_identity(EmailIdentity=FROM)
    stage.configure(a_channel(kind="email", options={"to": ["ops@shop.example"]}))
    wire.cache_clear()
    yield
    wire.cache_clear()


def queue_event(body: str) -> dict[str, Any]:
    return {"Records": [queue_record("m1", body)]}


def test_the_stream_wakes_it(stage: AlertStage) -> None:
    records = stage.happen(an_incident(), ROW)
    assert lambda_handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}
    assert stage.row(ROW).state is AlertState.SENT


def test_the_queue_of_retries_wakes_it(stage: AlertStage) -> None:
    stage.happen(an_incident(), ROW)
    asked = AlertMessage(incident_id=ROW.incident_id, alert_key=ROW.key)
    assert lambda_handler(queue_event(encode(asked)), CONTEXT) == {"batchItemFailures": []}
    assert stage.row(ROW).state is AlertState.SENT


def test_a_message_that_is_none_of_ours_comes_back(stage: AlertStage) -> None:
    answer = lambda_handler(queue_event("?"), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_the_minute_wakes_it(stage: AlertStage) -> None:
    stage.happen(an_incident(), ROW)
    assert lambda_handler({"sweep": True}, CONTEXT) == {"due": 1, "failed": 0, "left": 0}
    assert stage.row(ROW).state is AlertState.SENT


def test_the_api_asks_it_for_a_test_message(stage: AlertStage) -> None:
    answer = lambda_handler({"test_channel": "ch_1"}, CONTEXT)
    assert isinstance(answer, dict)
    assert answer["ok"] is True
    assert str(answer["answer"]).startswith("SES took it as ")


def test_an_invocation_that_ends_at_once_hands_everything_over(stage: AlertStage) -> None:
    records = stage.happen(an_incident(), ROW)
    assert lambda_handler({"Records": records}, Context(1000)) == {"batchItemFailures": []}
    assert stage.row(ROW).state is AlertState.PENDING
    assert len(stage.woken()) == 1
