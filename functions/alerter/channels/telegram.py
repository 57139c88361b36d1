"""Telegram, by a bot."""

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.notification import Notification
from sentinelmesh.delivery.text_safety import cut
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.errors import DeliveryFailed

SITE = "https://api.telegram.org"
# Source: https://core.telegram.org/bots/api#sendmessage (characters after parsing the markup)
MAX_TEXT = 4096
MAX_TITLE, MAX_SENTENCE, MAX_VALUE = 200, 700, 300
# Source: https://core.telegram.org/bots/api#responseparameters
PAUSE = re.compile(r'"retry_after":\s*([0-9]{1,6})')


class Telegram:
    """Sends a message as a bot; Telegram takes no key, so a repeat is marked as one."""

    takes_key = False

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self, notice: Notification, channel: Channel, secrets: Mapping[str, str]
    ) -> Receipt:
        """Send to the chat."""
        token = secrets.get("bot_token", "")
        url = f"{self._poster.service(SITE)}/bot{token}/sendMessage"
        body = json.dumps(message(notice, channel.options)).encode()
        try:
            return Receipt(self._poster.post(url, body, {}, [token, token.partition(":")[2], url]))
        except DeliveryFailed as failure:
            asked = PAUSE.search(failure.answer)
            if asked is not None and failure.retry_after_seconds is None:
                failure.retry_after_seconds = float(asked[1])
            raise


def message(notice: Notification, options: Mapping[str, Any]) -> dict[str, Any]:
    """Write the request."""
    written: dict[str, Any] = {
        "chat_id": options.get("chat_id", ""),
        "text": as_markup(notice),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    thread = options.get("message_thread_id")
    return written if thread is None else {**written, "message_thread_id": thread}


def as_markup(notice: Notification) -> str:
    """Write the text; facts that do not fit any more are left out, the least important first."""
    links = " · ".join(f'<a href="{escape(to)}">{label}</a>' for label, to in notice.links())
    title, sentence = cut(notice.title, MAX_TITLE), cut(notice.sentence, MAX_SENTENCE)
    head = [f"<b>{notice.mark}</b>\n"] if notice.mark else []
    head += [f"<b>{escape_markup(title)}</b>\n", f"{escape_markup(sentence)}\n"]
    left = MAX_TEXT - 300 - _units(title + sentence)
    lines = []
    for label, value in notice.facts():
        short = cut(value, MAX_VALUE)
        left -= _units(f"{label}: {short}\n")
        if left < 0:
            break
        lines.append(f"<b>{label}:</b> {escape_markup(short)}")
    return "\n".join([*head, *lines, *(["", links] if links else [])])


def escape_markup(written: str) -> str:
    r"""Take the power out of hostile text: no markup, and nobody is mentioned.

    >>> escape_markup("<b> @all")
    '&lt;b&gt; @\u200ball'
    """
    return escape(written, quote=False).replace("@", "@\u200b")


def _units(written: str) -> int:
    """Count as Telegram does, in UTF-16; a mention that is taken away counts for one more."""
    return len(written.encode("utf-16-le", "surrogatepass")) // 2 + written.count("@")
