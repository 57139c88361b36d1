"""What receivers that keep an alert open are sent when nobody follows its incident any more."""

from dataclasses import replace

from functions.alerter.channels import opsgenie, pagerduty, webhook
from functions.alerter.notice import Notice, Tone
from sentinelmesh.domain.alert import AlertKind
from tests.unit.alerter.notices import a_notice

WHY = "The monitor was paused."


def a_closing_notice() -> Notice:
    plain = a_notice(kind=AlertKind.RESOLVED)
    return replace(plain, content=replace(plain.content, sentence=WHY, closed_because=WHY))


def test_its_title_does_not_claim_that_the_target_works() -> None:
    notice = a_closing_notice()
    assert notice.title == "CLOSED: Shop"
    assert notice.sentence == WHY
    assert notice.tone is Tone.CALM
    labels = [label for label, _ in notice.facts()]
    assert "Up since" not in labels
    assert "Closed at" in labels


def test_pagers_are_sent_the_end_of_the_alert() -> None:
    (event,) = pagerduty.events(a_closing_notice(), "key")
    assert event["event_action"] == "resolve"
    ((path, body),) = opsgenie.requests(a_closing_notice())
    assert "/close?" in path
    assert body["note"] == f"CLOSED: Shop. {WHY}"


def test_a_webhook_reads_why() -> None:
    body = webhook.payload(a_closing_notice())
    assert body["type"] == "incident.resolved"
    assert body["data"]["incident"]["closed_because"] == WHY
    assert "closed_because" not in webhook.payload(a_notice())["data"]["incident"]
