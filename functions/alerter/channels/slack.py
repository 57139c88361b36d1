"""Slack, by an incoming webhook."""

import json
from collections.abc import Mapping
from typing import Any

from functions.alerter.channels.posting import Poster
from functions.alerter.notice import Notice
from sentinelmesh.domain.alert import Channel

# Source: https://docs.slack.dev/reference/block-kit/blocks
MOST_HEADER = 150
MOST_SECTION = 3000
MOST_FIELD = 2000
FIELDS_PER_SECTION = 10

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Formatting characters lose their effect beside a zero-width space, and stay readable.
ESCAPES |= {sign: f"{sign}\u200b" for sign in "*_~`@"}


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
    icon = ":large_green_circle:" if notice.is_over else ":red_circle:"
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            # A header is plain text: nothing in it is markup, so nothing has to be escaped.
            "text": {"type": "plain_text", "text": _short(notice.title), "emoji": False},
        }
    ]
    if notice.mark:
        blocks.append(_section(f":warning: *{notice.mark}*"))
    blocks.append(_section(f"{icon} {escaped(notice.sentence, MOST_SECTION - len(icon) - 1)}"))
    fields = [
        {"type": "mrkdwn", "text": f"*{label}*\n{escaped(value, MOST_FIELD - len(label) - 3)}"}
        for label, value in notice.facts()
    ]
    blocks.append({"type": "section", "fields": fields[:FIELDS_PER_SECTION]})
    if notice.link:
        blocks.append(_section(f"<{notice.link}|Open the incident>"))
    return {"text": escaped(notice.title, MOST_FIELD), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _short(title: str) -> str:
    return title if len(title) <= MOST_HEADER else title[: MOST_HEADER - 1] + "…"


def escaped(text: str, most: int) -> str:
    r"""Take the power out of hostile text: no mentions, no links, no formatting.

    Args:
        most: characters, escapes included; none of these is cut in two.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping)

    >>> escaped("<!channel> & *x*", 100)
    '&lt;!channel&gt; &amp; *\u200bx*\u200b'
    >>> escaped("a & b", 6)
    'a …'
    """
    signs = [ESCAPES.get(sign, sign) for sign in text]
    if sum(map(len, signs)) <= most:
        return "".join(signs)
    taken, length = [], 1
    for sign in signs:
        length += len(sign)
        if length > most:
            break
        taken.append(sign)
    return "".join(taken) + "…"
