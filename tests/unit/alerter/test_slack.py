"""The Slack message: its shape, its limits, and the harmlessness of hostile text."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.channels.slack import (
    FIELDS_PER_SECTION,
    MAX_FIELD,
    MAX_HEADER,
    MAX_SECTION,
    Slack,
    escape,
    message,
)
from functions.alerter.notification import OVERTAKEN_MARK, TEST_MARK
from sentinelmesh.delivery.email import REPEAT_MARK
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.target_guard import TargetGuard
from tests.support.builders import a_channel
from tests.unit.alerter.notices import HOSTILE, a_hostile_notice, a_notice
from tests.unit.alerter.provider import a_provider

EU = "eu-west-1"
US = "us-east-1"


def texts(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Return all texts of a message with their types."""
    found = []
    for block in body["blocks"]:
        pieces = [block["text"]] if "text" in block else []
        found += [(each["type"], each["text"]) for each in (*pieces, *block.get("fields", []))]
    return found


def test_an_outage_in_blocks() -> None:
    assert message(a_notice()) == {
        "text": "DOWN: Shop",
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": "DOWN: Shop", "emoji": False},
            },
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": ":red_circle: Down: 2 of 3 regions failed (needed: 2).",
                },
            },
            {
                "type": "section",
                "fields": [
                    {"type": "mrkdwn", "text": "*Target*\nhttps://shop.example/"},
                    {"type": "mrkdwn", "text": "*Reason*\nnothing listens at shop.example:443"},
                    {"type": "mrkdwn", "text": "*Down since*\n2026-01-01 12:00:00 UTC"},
                    {"type": "mrkdwn", "text": f"*Failing in*\n{EU} and {US}"},
                    {"type": "mrkdwn", "text": "*Working in*\nap-southeast-1"},
                    {"type": "mrkdwn", "text": "*Detected after*\n2.0 s"},
                ],
            },
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": f"<https://up.example/incidents/{a_notice().incident_id}"
                    "|Open the incident> · "
                    f"<https://up.example/incidents/{a_notice().incident_id}?acknowledge=1"
                    "|Acknowledge>",
                },
            },
        ],
    }


@pytest.mark.parametrize(
    ("changes", "icon", "title"),
    [
        ({}, ":red_circle:", "DOWN: Shop"),
        ({"kind": AlertKind.RESOLVED}, ":large_green_circle:", "UP again: Shop after 3 min"),
        (
            {"kind": AlertKind.RESOLVED, "combined": True},
            ":large_green_circle:",
            "UP again: Shop was down for 3 min",
        ),
        ({"combined": True}, ":large_green_circle:", "UP again: Shop was down for 3 min"),
        (
            {"kind": AlertKind.RESOLVED, "overtaken": True},
            ":large_green_circle:",
            "Earlier outage over: Shop was down for 3 min",
        ),
    ],
)
def test_the_icon_and_the_title_say_how_things_stand(
    changes: dict[str, Any], icon: str, title: str
) -> None:
    body = message(a_notice(**changes))
    assert body["text"] == body["blocks"][0]["text"]["text"] == title
    assert body["blocks"][1 + bool(changes.get("overtaken"))]["text"]["text"].startswith(icon)


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"repeat": True}, REPEAT_MARK),
        ({"test": True}, TEST_MARK),
        ({"test": True, "repeat": True}, TEST_MARK),
        ({"overtaken": True, "kind": AlertKind.RESOLVED}, OVERTAKEN_MARK),
        (
            {"overtaken": True, "repeat": True, "kind": AlertKind.RESOLVED},
            f"{REPEAT_MARK} {OVERTAKEN_MARK}",
        ),
    ],
)
def test_a_mark_comes_before_everything_else(changes: dict[str, Any], mark: str) -> None:
    second = message(a_notice(**changes))["blocks"][1]
    assert second["text"]["text"] == f":warning: *{mark}*"


def test_without_a_public_address_there_is_no_link() -> None:
    assert "Open the incident" not in json.dumps(message(a_notice(link=None)))


def test_hostile_text_is_text() -> None:
    for kind, text in texts(message(a_hostile_notice())):
        if kind == "mrkdwn":
            assert "<!" not in text
            assert "<@" not in text
            assert "<https://evil" not in text
            assert "*bold*" not in text
            assert "\n" not in text.split("\n", 1)[-1]
        assert "\u202e" not in text


def test_nothing_is_longer_than_slack_takes() -> None:
    texts_too_long: dict[str, Any] = dict.fromkeys(HOSTILE, "<&*" * 4000)
    long = replace(a_hostile_notice().content, **texts_too_long)
    body = message(a_notice(content=long))
    assert len(body["blocks"][0]["text"]["text"]) <= MAX_HEADER
    for block in body["blocks"]:
        assert len(block.get("text", {}).get("text", "")) <= MAX_SECTION
        assert len(block.get("fields", [])) <= FIELDS_PER_SECTION
        assert all(len(field["text"]) <= MAX_FIELD for field in block.get("fields", []))
    assert all(text for _, text in texts(body))


@given(st.text(), st.integers(1, 80))
def test_escaping_keeps_the_limit_and_cuts_no_escape(text: str, most: int) -> None:
    whole = escape(text, 10**6)
    short = escape(text, most)
    assert len(short) <= most
    assert short == whole or (short.endswith("…") and whole.startswith(short[:-1]))
    assert not any(sign in whole for sign in "<>")
    for part in whole.split("&")[1:]:
        assert part.startswith(("amp;", "lt;", "gt;"))
    if short != whole:
        assert short.count("&") == sum(short.count(each) for each in ("&amp;", "&lt;", "&gt;"))


@pytest.mark.enable_socket
def test_the_message_goes_to_the_channels_webhook_and_the_answer_comes_back() -> None:
    slack = Slack(HttpSender(TargetGuard(allow_private=True)))
    with a_provider() as provider:
        secrets = {"webhook_url": provider.url("/services/T0/B0/x")}
        assert slack.deliver(a_notice(), a_channel(), secrets).answer == "HTTP 200 ok"
        first, headers, body = provider.request
    assert first == "POST /services/T0/B0/x HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == message(a_notice())
    assert not slack.takes_key
