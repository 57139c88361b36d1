"""Discord, by a webhook of a channel."""

import json
import re
from collections.abc import Mapping
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.notification import Notification, Tone
from sentinelmesh.delivery.text_safety import cut
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.domain.values.instant import text

# Source: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
MAX_TITLE = 256
MAX_SENTENCE = 1200  # of 4,096, for all of an embed may have 6,000 characters
MAX_VALUE = 250  # of 1,024, likewise
MAX_FIELDS = 11  # of 25, likewise
MAX_LINKS = 1024
COLOURS = {
    Tone.BAD: 0xD92D20,
    Tone.WARNING: 0xDC6803,
    Tone.CALM: 0x2E90FA,
    Tone.GOOD: 0x079455,
}
# Source: https://support.discord.com/hc/articles/210298617 (a backslash takes the effect away)
MARKUP = re.compile(r"([\\*_~`|>#\[\]<@])")


class Discord:
    """Posts an embed; Discord's webhooks take no key, so a repeat is marked as one."""

    takes_key = False

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self,
        notice: Notification,
        channel: Channel,  # noqa: ARG002
        secrets: Mapping[str, str],
    ) -> Receipt:
        """Post to the webhook, and wait until the message is there."""
        url = secrets.get("webhook_url", "")
        joint = "&" if "?" in url else "?"
        body = json.dumps(message(notice)).encode()
        return Receipt(self._poster.post(f"{url}{joint}wait=true", body, {}, [url]))


def message(notice: Notification) -> dict[str, Any]:
    """Write the embed; nobody is mentioned, whatever a text says."""
    said = [f"**{notice.mark}**", ""] if notice.mark else []
    said.append(escape(notice.sentence, MAX_SENTENCE))
    embed: dict[str, Any] = {
        "title": escape(notice.title, MAX_TITLE),
        "description": "\n".join(said),
        "color": COLOURS[notice.tone],
        "timestamp": text(notice.at),
        "fields": [
            {"name": label, "value": escape(value, MAX_VALUE), "inline": False}
            for label, value in notice.facts()[:MAX_FIELDS]
        ],
    }
    links = _links(notice)
    if links:
        embed["fields"].append({"name": "Next", "value": links, "inline": False})
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _links(notice: Notification) -> str:
    """Write as many links as there is room for."""
    written = ""
    for label, address in notice.links():
        more = f"{written} · [{label}](<{address}>)" if written else f"[{label}](<{address}>)"
        if len(more) <= MAX_LINKS:
            written = more
    return written


def escape(written: str, most: int) -> str:
    r"""Take the power out of hostile text.

    Args:
        most: characters, escapes included; none of these is cut in two.

    >>> escape("[a](b) *c*", 100)
    '\\[a\\](b) \\*c\\*'
    """
    while len(whole := MARKUP.sub(r"\\\1", written)) > most:
        written = cut(written, max(1, len(written) - (len(whole) - most + 1) // 2 - 1))
    return whole
