"""Opsgenie, by its Alert API."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.channels.plain_text import as_text
from functions.alerter.notification import Notification
from sentinelmesh.delivery.text_safety import cut
from sentinelmesh.domain.alerts.alert import AlertKind, Channel
from sentinelmesh.domain.incidents.incident import OUTAGE, REGIONAL

# Source: https://docs.opsgenie.com/docs/alert-api (create alert, close alert; limits)
SITES = {"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}
MAX_MESSAGE = 130
MAX_DESCRIPTION = 15_000
MAX_ENTITY = 512
MAX_TAGS, MAX_TAG = 20, 50
MAX_NOTE = 1000  # of 25,000
MAX_DETAIL = 500  # of 8,000 characters for all of them
PRIORITIES = {OUTAGE: "P1", REGIONAL: "P3"}
SOURCE = "SentinelMesh"


class Opsgenie:
    """Creates, acknowledges and closes one alert per incident; an alias is opened once."""

    takes_key = True

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self, notice: Notification, channel: Channel, secrets: Mapping[str, str]
    ) -> Receipt:
        """Post the requests of a notice, in order; each may be repeated."""
        site = SITES[str(channel.options.get("service_region", "us"))]
        base = self._poster.service(site)
        key = secrets.get("api_key", "")
        headers = {"authorization": f"GenieKey {key}"}
        answers = [
            self._poster.post(base + path, json.dumps(body).encode(), headers, [key])
            for path, body in requests(notice)
        ]
        return Receipt("; ".join(answers))


def requests(notice: Notification) -> list[tuple[str, dict[str, Any]]]:
    """Write the requests of a notice: paths and bodies.

    What nobody heard of before it was over appears closed; an example is closed at once.
    """
    alias = notice.key if notice.test else notice.incident_id
    create = ("/v2/alerts", {"alias": alias, **_alert(notice)})
    why = notice.content.closed_because
    close = _change("close", alias, f"{notice.title}. {why}" if why else notice.title)
    if notice.test or notice.combined:
        return [create, close]
    if notice.kind is AlertKind.ACKNOWLEDGED:
        return [_change("acknowledge", alias, notice.sentence)]
    if notice.is_over:
        return [close]
    if notice.is_update:
        # An alias is opened once: what joins the group is noted there.
        return [_change("notes", alias, f"{notice.title}: {notice.sentence}")]
    return [create]


def _change(action: str, alias: str, note: str) -> tuple[str, dict[str, Any]]:
    path = f"/v2/alerts/{quote(alias, safe='')}/{action}?identifierType=alias"
    return path, {"source": SOURCE, "note": cut(note, MAX_NOTE)}


def _alert(notice: Notification) -> dict[str, Any]:
    content = notice.content
    quiet = notice.test or notice.combined
    return {
        "message": cut(notice.title, MAX_MESSAGE),
        "description": cut(as_text(notice), MAX_DESCRIPTION),
        "entity": cut(content.monitor_name, MAX_ENTITY),
        "source": SOURCE,
        "priority": "P5" if quiet else PRIORITIES.get(content.severity, "P4"),
        "tags": [cut(tag, MAX_TAG) for tag in content.tags[:MAX_TAGS]],
        "details": {label: cut(value, MAX_DETAIL) for label, value in notice.facts()},
    }
