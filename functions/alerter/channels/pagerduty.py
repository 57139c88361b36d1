"""PagerDuty, by its Events API v2."""

import json
from collections.abc import Mapping
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.notification import Notification
from sentinelmesh.delivery.text_safety import cut
from sentinelmesh.domain.alerts.alert import AlertKind, Channel
from sentinelmesh.domain.incidents.incident import OUTAGE, REGIONAL
from sentinelmesh.domain.values.instant import text

# Source: https://developer.pagerduty.com/docs/events-api-v2-overview (service regions)
SITES = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
# Source: https://developer.pagerduty.com/docs/send-alert-event
MAX_SUMMARY = 1024
MAX_SHORT = 255
MAX_DETAIL = 4000
SEVERITIES = {OUTAGE: "critical", REGIONAL: "error"}


class PagerDuty:
    """Triggers, acknowledges and resolves one alert per incident; a second trigger is dropped."""

    takes_key = True

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self, notice: Notification, channel: Channel, secrets: Mapping[str, str]
    ) -> Receipt:
        """Post the events of a notice, in order; each may be repeated."""
        site = SITES[str(channel.options.get("service_region", "us"))]
        url = f"{self._poster.service(site)}/v2/enqueue"
        key = secrets.get("routing_key", "")
        answers = [
            self._poster.post(url, json.dumps(event).encode(), {}, [key])
            for event in events(notice, key)
        ]
        return Receipt("; ".join(answers))


def events(notice: Notification, routing_key: str) -> list[dict[str, Any]]:
    """Write the events of a notice.

    What nobody heard of before it was over appears among the resolved alerts, and pages nobody for
    long; an example is taken back at once.
    """
    head = {"routing_key": routing_key, "dedup_key": dedup_key(notice)}
    trigger = {**head, "event_action": "trigger", **_alert(notice)}
    resolve = {**head, "event_action": "resolve"}
    if notice.test or notice.combined:
        return [trigger, resolve]
    if notice.kind is AlertKind.ACKNOWLEDGED:
        return [{**head, "event_action": "acknowledge"}]
    if notice.is_over:
        return [resolve]
    return [trigger]


def dedup_key(notice: Notification) -> str:
    """Return the alert at PagerDuty: one per incident."""
    return (notice.key if notice.test else notice.incident_id)[:MAX_SHORT]


def _alert(notice: Notification) -> dict[str, Any]:
    content = notice.content
    severity = SEVERITIES.get(content.severity, "warning")
    details = {label: cut(value, MAX_DETAIL) for label, value in notice.facts()}
    alert: dict[str, Any] = {
        "payload": {
            "summary": cut(f"{notice.title}: {notice.sentence}", MAX_SUMMARY),
            "source": cut(content.target, MAX_SHORT),
            "severity": "info" if notice.test or notice.combined else severity,
            "timestamp": text(content.opened_at),
            "component": cut(content.monitor_name, MAX_SHORT),
            "group": cut(", ".join(content.tags), MAX_SHORT),
            "class": content.cause,
            "custom_details": details,
        },
        "client": "SentinelMesh",
        "links": [{"href": address, "text": label} for label, address in notice.links()],
    }
    return {**alert, "client_url": notice.link} if notice.link else alert
