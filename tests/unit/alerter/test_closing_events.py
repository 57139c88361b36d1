"""What receivers that keep an alert open are sent when nobody follows its incident any more."""

from dataclasses import replace

from functions.alerter.channels import opsgenie, pagerduty, webhook
from functions.alerter.notification import Notification, Tone
from sentinelmesh.domain.alerts.alert import AlertKind
from tests.unit.alerter.notices import a_group_notice, a_notice

WHY = "The monitor was paused."


def a_closing_notice() -> Notification:
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


def a_group_end(closed: int, *, over: int = 12) -> Notification:
    """Build the end of a group of twelve, of which some were paused."""
    notice = a_group_notice(over=over)
    assert notice.content.group is not None
    group = replace(notice.content.group, closed=closed)
    why = "The monitors were paused or deleted." if closed == group.total else None
    return replace(notice, content=replace(notice.content, group=group, closed_because=why))


def test_the_end_of_a_group_counts_as_up_only_what_works_again() -> None:
    place = " at the address 192.0.2.7"
    assert a_group_end(12).title == f"CLOSED: 12 monitors{place}"
    assert a_group_end(9).title == f"3 of 12 monitors{place} UP again, 9 closed"
    assert a_group_end(4, over=9).title == f"5 of 12 monitors{place} UP again, 4 closed"
    assert a_group_end(9, over=9).title == f"9 of 12 monitors{place} closed"
    assert [a_group_end(closed).is_over for closed in (12, 9)] == [True, True]
    assert not a_group_end(9, over=9).is_over


def test_a_group_that_a_channel_has_lost_is_closed_there_though_its_monitors_are_down() -> None:
    notice = a_group_end(0, over=3)
    content = replace(notice.content, closed_because="This channel was disabled.")
    lost = replace(notice, content=content)
    assert not notice.is_over
    assert lost.is_over
    assert lost.title.startswith("CLOSED: 12 monitors")
    (event,) = pagerduty.events(lost, "key")
    assert event["event_action"] == "resolve"
    assert webhook.payload(lost)["type"] == "incident.resolved"


def test_the_last_fact_of_a_group_says_how_it_ended() -> None:
    for closed, label in ((12, "Closed at"), (9, "Ended at"), (0, "Up since")):
        assert [each for each, _ in a_group_end(closed).facts()][-2:] == [label, "Duration"]
