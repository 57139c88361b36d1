"""Slack, by an incoming webhook."""

import json
from collections.abc import Mapping
from typing import Any

from functions.alerter.channels.posting import Poster
from functions.alerter.notice import Notice
from sentinelmesh.domain.alert import AlertKind, Channel

# Source: https://docs.slack.dev/reference/block-kit/blocks
MOST_HEADER = 150
MOST_FIELD = 2000
FIELDS_PER_SECTION = 10


class Slack:
    """Posts a block message; Slack takes no key, so a repeat is marked as one."""

    takes_key = False

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    def deliver(self, notice: Notice, channel: Channel, secrets: Mapping[str, str]) -> str:  # noqa: ARG002
        """Post to the channel's webhook."""
        url = secrets.get("webhook_url", "")
        body = json.dumps(message(notice)).encode()
        return self._poster.post(url, body, {}, [url])


def message(notice: Notice) -> dict[str, Any]:
    """Write the blocks of a notice, and the plain text for notifications."""
    icon = ":red_circle:" if notice.kind is AlertKind.OPENED else ":large_green_circle:"
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            # A header is plain text: nothing in it is markup, so nothing has to be escaped.
            "text": {"type": "plain_text", "text": notice.title[:MOST_HEADER], "emoji": False},
        }
    ]
    if notice.mark:
        blocks.append(_section(f":warning: *{notice.mark}*"))
    blocks.append(_section(f"{icon} {escaped(notice.content.sentence)}"))
    fields = [
        {"type": "mrkdwn", "text": f"*{label}*\n{escaped(value)}"[:MOST_FIELD]}
        for label, value in notice.facts()
    ]
    blocks.append({"type": "section", "fields": fields[:FIELDS_PER_SECTION]})
    if notice.link:
        blocks.append(_section(f"<{notice.link}|Open the incident>"))
    return {"text": escaped(notice.title), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:MOST_FIELD]}}


def escaped(text: str) -> str:
    r"""Take the power out of hostile text: no mentions, no links, no formatting.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping)

    >>> escaped("<!channel> & *x*")
    '&lt;!channel&gt; &amp; *\u200bx*\u200b'
    """
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Formatting characters lose their effect beside a zero-width space, and stay readable.
    for sign in "*_~`@":
        plain = plain.replace(sign, f"{sign}\u200b")
    return plain
