"""Slack, by an incoming webhook."""

import json
from collections.abc import Mapping
from typing import Any

from functions.alerter.channels import slack_bot
from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.notification import Notification, Tone
from sentinelmesh.delivery.text_safety import cut
from sentinelmesh.domain.alerts.alert import Channel

# Source: https://docs.slack.dev/reference/block-kit/blocks
MAX_HEADER = 150
MAX_SECTION = 3000
MAX_FIELD = 2000
FIELDS_PER_SECTION = 10

ICONS = {
    Tone.BAD: ":red_circle:",
    Tone.WARNING: ":large_orange_circle:",
    Tone.CALM: ":large_blue_circle:",
    Tone.GOOD: ":large_green_circle:",
}
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Formatting characters lose their effect beside a zero-width space, and stay readable.
ESCAPES |= {sign: f"{sign}\u200b" for sign in "*_~`@"}


class Slack:
    """Posts a block message; Slack takes no key, so a repeat is marked as one.

    As a bot it keeps an incident together: later messages stand in the thread of the first, which
    is changed to say how things stand.
    """

    takes_key = False

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self, notice: Notification, channel: Channel, secrets: Mapping[str, str]
    ) -> Receipt:
        """Post as a bot, or to the channel's webhook."""
        token = secrets.get("bot_token")
        if token:
            place = str(channel.options.get("channel", ""))
            written = message(notice)
            if notice.thread is not None and notice.is_update:
                return slack_bot.edit(self._poster, token, written, notice.thread)
            if notice.thread is not None and notice.is_over:
                slack_bot.update(self._poster, token, written, notice.thread)
            return slack_bot.post(self._poster, token, place, written, notice.thread)
        url = secrets.get("webhook_url", "")
        body = json.dumps(message(notice)).encode()
        return Receipt(self._poster.post(url, body, {}, [url]))


def message(notice: Notification) -> dict[str, Any]:
    """Write the blocks of a notice, and the plain text for notifications."""
    icon = ICONS[notice.tone]
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            # A header is plain text: nothing in it is markup, so nothing has to be escaped.
            "text": {"type": "plain_text", "text": cut(notice.title, MAX_HEADER), "emoji": False},
        }
    ]
    if notice.mark:
        blocks.append(_section(f":warning: *{notice.mark}*"))
    blocks.append(_section(f"{icon} {escape(notice.sentence, MAX_SECTION - len(icon) - 1)}"))
    fields = [
        {"type": "mrkdwn", "text": f"*{label}*\n{escape(value, MAX_FIELD - len(label) - 3)}"}
        for label, value in notice.facts()
    ]
    blocks.append({"type": "section", "fields": fields[:FIELDS_PER_SECTION]})
    links = " · ".join(f"<{address}|{label}>" for label, address in notice.links())
    if links:
        blocks.append(_section(links))
    return {"text": escape(notice.title, MAX_FIELD), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def escape(text: str, most: int) -> str:
    r"""Take the power out of hostile text: no mentions, no links, no formatting.

    Args:
        most: characters, escapes included; none of these is cut in two.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping)

    >>> escape("<!channel> & *x*", 100)
    '&lt;!channel&gt; &amp; *\u200bx*\u200b'
    >>> escape("a & b", 6)
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
