"""The push service ntfy, ntfy.sh or a server of your own."""

import json
from collections.abc import Mapping
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.notification import Notification, Tone
from sentinelmesh.delivery.text_safety import cut, cut_bytes
from sentinelmesh.domain.alerts.alert import Channel

# Source: https://docs.ntfy.sh/publish/ (publish as JSON, limitations)
SITE = "https://ntfy.sh"
MAX_MESSAGE_BYTES = 4096  # a longer one would become an attachment
MAX_TITLE = 250
MAX_ACTIONS = 3
# 5 is the most urgent, 3 the usual.
PRIORITIES = {Tone.BAD: 5, Tone.WARNING: 4, Tone.CALM: 3, Tone.GOOD: 3}
TAGS = {
    Tone.BAD: "rotating_light",
    Tone.WARNING: "warning",
    Tone.CALM: "eyes",
    Tone.GOOD: "white_check_mark",
}


class Ntfy:
    """Publishes a push message; ntfy takes no key, so a repeat is marked as one."""

    takes_key = False

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self, notice: Notification, channel: Channel, secrets: Mapping[str, str]
    ) -> Receipt:
        """Publish to the topic, whose name is as good as a password."""
        server = str(channel.options.get("server") or SITE)
        url = self._poster.service(SITE) if server == SITE else server
        topic, token = secrets.get("topic", ""), secrets.get("token", "")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = json.dumps(message(notice, topic)).encode()
        return Receipt(self._poster.post(f"{url.rstrip('/')}/", body, headers, [topic, token]))


def message(notice: Notification, topic: str) -> dict[str, Any]:
    """Write the message; ntfy shows it as plain text."""
    lines = [notice.mark] if notice.mark else []
    lines += [notice.sentence, "", *(f"{label}: {value}" for label, value in notice.facts())]
    links = notice.links()
    written: dict[str, Any] = {
        "topic": topic,
        "title": cut(notice.title, MAX_TITLE),
        "message": cut_bytes("\n".join(lines), MAX_MESSAGE_BYTES),
        "priority": _priority(notice),
        "tags": [TAGS[notice.tone]],
        "actions": [
            {"action": "view", "label": label, "url": address}
            for label, address in links[:MAX_ACTIONS]
        ],
    }
    return {**written, "click": notice.link} if notice.link else written


def _priority(notice: Notification) -> int:
    return PRIORITIES[Tone.CALM if notice.test else notice.tone]
