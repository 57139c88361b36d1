"""Slack as a bot: one thread per incident, whose first message says how things stand."""

import json
from typing import Any

import pytest

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.channels.slack import Slack, message
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.target_guard import TargetGuard
from tests.support.builders import a_channel
from tests.unit.alerter.notices import a_group_notice, a_notice
from tests.unit.alerter.provider import HEAD_END, Provider, Reply, a_provider, answer

pytestmark = pytest.mark.enable_socket
TOKEN = "xoxb-C4n4ry-0123456789"
POSTED = '{"ok":true,"channel":"C0AAA","ts":"1700000000.000100","message":{"text":"x"}}'
REFERENCE = "C0AAA/1700000000.000100"


def deliver(provider: Provider, notice: Notification) -> Receipt:
    poster = HttpSender(TargetGuard(allow_private=True), stand_in=provider.url(""))
    channel = a_channel(options={"channel": "#ops"})
    return Slack(poster).deliver(notice, channel, {"bot_token": TOKEN})


def calls(provider: Provider) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for raw in provider.requests:
        head, _, body = raw.partition(HEAD_END)
        assert f"authorization: Bearer {TOKEN}".encode() in head
        path = head.split(b" ")[1].decode()
        found.append((path.removeprefix("/slack.com/api/"), json.loads(body)))
    return found


def test_the_first_message_is_posted_and_its_place_is_kept() -> None:
    with a_provider(answer(200, POSTED)) as provider:
        receipt = deliver(provider, a_notice())
        ((method, body),) = calls(provider)
    assert receipt.reference == REFERENCE
    assert method == "chat.postMessage"
    assert body == {"channel": "#ops", **message(a_notice()), "unfurl_links": False}


def test_the_end_changes_the_first_message_and_is_said_in_its_thread() -> None:
    over = a_notice(kind=AlertKind.RESOLVED, thread=REFERENCE)
    with a_provider(answer(200, POSTED)) as provider:
        assert deliver(provider, over).reference == REFERENCE
        (changed, first), (posted, second) = calls(provider)
    assert (changed, posted) == ("chat.update", "chat.postMessage")
    assert first == {"channel": "C0AAA", "ts": "1700000000.000100", **message(over)}
    assert second == {
        "channel": "C0AAA",
        **message(over),
        "unfurl_links": False,
        "thread_ts": "1700000000.000100",
    }


def test_who_joins_a_group_is_added_to_its_first_message_and_disturbs_nobody() -> None:
    update = a_group_notice(added=3, thread=REFERENCE)
    with a_provider(answer(200, POSTED)) as provider:
        assert deliver(provider, update).reference == REFERENCE
        ((method, body),) = calls(provider)
    assert method == "chat.update"
    assert body == {"channel": "C0AAA", "ts": "1700000000.000100", **message(update)}


def test_who_joins_a_group_whose_first_message_is_gone_is_told_in_another() -> None:
    update = a_group_notice(added=3, thread=REFERENCE)
    gone = answer(200, '{"ok":false,"error":"message_not_found"}')
    with a_provider(gone, answer(200, POSTED)) as provider:
        assert deliver(provider, update).reference == REFERENCE
        assert [method for method, _ in calls(provider)] == ["chat.update", "chat.postMessage"]


def test_an_update_that_slack_may_take_later_is_tried_again() -> None:
    update = a_group_notice(added=3, thread=REFERENCE)
    busy = answer(200, '{"ok":false,"error":"ratelimited"}')
    with a_provider(busy) as provider, pytest.raises(DeliveryFailed):
        deliver(provider, update)
    assert len(provider.requests) == 1


def test_a_reminder_stands_in_the_thread_and_changes_nothing() -> None:
    with a_provider(answer(200, POSTED)) as provider:
        deliver(provider, a_notice(kind=AlertKind.REMINDER, thread=REFERENCE))
        assert [method for method, _ in calls(provider)] == ["chat.postMessage"]


def test_a_first_message_that_is_gone_keeps_nobody_from_hearing_of_the_end() -> None:
    gone = answer(200, '{"ok":false,"error":"message_not_found"}')
    with a_provider(gone, answer(200, POSTED)) as provider:
        deliver(provider, a_notice(kind=AlertKind.RESOLVED, thread=REFERENCE))
        assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("reply", "is_permanent"),
    [
        (answer(200, '{"ok":false,"error":"channel_not_found"}'), True),
        (answer(200, '{"ok":false,"error":"invalid_auth"}'), True),
        (answer(200, "who are you"), True),
        (answer(200, '{"ok":false,"error":"internal_error"}'), False),
        (answer(429, '{"ok":false,"error":"ratelimited"}', Retry_After="30"), False),
    ],
)
def test_what_slack_says_in_a_200_counts(*, reply: Reply, is_permanent: bool) -> None:
    with a_provider(reply) as provider, pytest.raises(DeliveryFailed) as raised:
        deliver(provider, a_notice())
    assert raised.value.permanent is is_permanent
    assert not raised.value.uncertain
    assert TOKEN not in raised.value.answer
