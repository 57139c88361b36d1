"""Microsoft Teams, by the webhook of a workflow."""

import json
from collections.abc import Mapping
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.notification import Notification, Tone
from sentinelmesh.delivery.text_safety import cut
from sentinelmesh.domain.alerts.alert import Channel

# A message may have 28 KB: these limits stay below it whatever the characters are.
# Source: https://learn.microsoft.com/connectors/teams (adaptive cards by workflow webhooks)
MAX_TITLE = 200
MAX_SENTENCE = 1000
MAX_VALUE = 400
COLOURS = {
    Tone.BAD: "Attention",
    Tone.WARNING: "Warning",
    Tone.CALM: "Accent",
    Tone.GOOD: "Good",
}
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


class Teams:
    """Posts an Adaptive Card; Teams takes no key, so a repeat is marked as one."""

    takes_key = False

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self,
        notice: Notification,
        channel: Channel,  # noqa: ARG002
        secrets: Mapping[str, str],
    ) -> Receipt:
        """Post to the workflow."""
        url = secrets.get("webhook_url", "")
        body = json.dumps(message(notice), ensure_ascii=False).encode()
        return Receipt(self._poster.post(url, body, {}, [url]))


def message(notice: Notification) -> dict[str, Any]:
    """Write the card in the envelope that workflows expect.

    All text stands in text runs: other than in text blocks nothing in them is markup.

    Source: https://adaptivecards.io/explorer/TextRun.html
    """
    title = cut(notice.title, MAX_TITLE)
    body = [_block(_run(title, weight="Bolder", size="Large", color=COLOURS[notice.tone]))]
    if notice.mark:
        body.append(_block(_run(notice.mark, weight="Bolder", color="Warning")))
    body.append(_block(_run(cut(notice.sentence, MAX_SENTENCE))))
    body += [
        _block(_run(f"{label}: ", weight="Bolder"), _run(cut(value, MAX_VALUE)))
        for label, value in notice.facts()
    ]
    card = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title,
        "msteams": {"width": "Full"},
        "body": body,
        "actions": [
            {"type": "Action.OpenUrl", "title": label, "url": address}
            for label, address in notice.links()
        ],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _block(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **look: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **look}
