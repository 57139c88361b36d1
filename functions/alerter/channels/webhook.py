"""A signed webhook, after the Standard Webhooks specification."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Channel, Group
from sentinelmesh.domain.incidents.incident import Vote
from sentinelmesh.domain.values.instant import parse, text
from sentinelmesh.errors import DeliveryFailed

BOTH_VALID = timedelta(days=1)
SECRET_PREFIX = "whsec_"  # noqa: S105 (the specification's prefix)


class Webhook:
    """Posts signed JSON; `webhook-id` lets the receiver drop a second delivery."""

    takes_key = True

    def __init__(self, poster: HttpSender) -> None:
        self._poster = poster

    def deliver(
        self,
        notice: Notification,
        channel: Channel,  # noqa: ARG002
        secrets: Mapping[str, str],
    ) -> Receipt:
        """Post to the channel's address."""
        url = secrets.get("url", "")
        body = json.dumps(payload(notice), separators=(",", ":")).encode()
        timestamp = str(int(notice.at.timestamp()))
        headers = {
            "webhook-id": notice.key,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(
                signature(each, notice.key, timestamp, body)
                for each in valid_secrets(secrets, notice.at)
            ),
        }
        return Receipt(
            self._poster.post(url, body, headers, [url, *valid_secrets(secrets, notice.at)])
        )


def valid_secrets(secrets: Mapping[str, str], at: datetime) -> list[str]:
    """Return the secrets that a receiver may know: for a day the one before counts too.

    Source: https://www.standardwebhooks.com (secret rotation: a signature for each secret)
    """
    valid = [secrets.get("secret", "")]
    replaced_at = secrets.get("replaced_at")
    if replaced_at and at < parse(replaced_at) + BOTH_VALID and "previous_secret" in secrets:
        valid.append(secrets["previous_secret"])
    return valid


def signature(secret: str, key: str, timestamp: str, body: bytes) -> str:
    """Sign a message.

    Source: https://www.standardwebhooks.com (symmetric signatures)

    Raises:
        DeliveryFailed: the secret is no base64, or none at all; it has to be set anew.
    """
    try:
        raw = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError as error:
        raise DeliveryFailed("the signing secret is not base64", permanent=True) from error
    if not raw:
        raise DeliveryFailed("there is no signing secret", permanent=True)
    signed = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()


def payload(notice: Notification) -> dict[str, Any]:
    """Write what happened, for programs."""
    content = notice.content
    return {
        "type": f"incident.{_event(notice)}",
        "timestamp": text(notice.at),
        "data": {
            "incident": {
                "id": notice.incident_id,
                "opened_at": text(content.opened_at),
                "confirmed_at": text(content.confirmed_at),
                "resolved_at": text(content.resolved_at) if content.resolved_at else None,
                "duration_seconds": content.duration_seconds,
                "detection_delay_ms": content.detection_delay_ms,
                "cause": content.cause,
                "cause_detail": content.cause_detail,
                "severity": content.severity,
                "failed_probes": content.failed_probes,
                "acknowledged_by": content.acknowledged_by,
                "sentence": content.sentence,
                "url": notice.link,
                **({"closed_because": content.closed_because} if content.closed_because else {}),
            },
            "monitor": {
                "id": notice.monitor_id,
                "name": content.monitor_name,
                "kind": content.monitor_kind,
                "target": content.target,
                "tags": list(content.tags),
                "runbook_url": content.runbook_url,
            },
            "votes": [_vote(vote) for vote in content.votes],
            "test": notice.test,
            **({} if content.group is None else {"group": _group(content.group)}),
        },
    }


def _event(notice: Notification) -> str:
    """Return what happened."""
    if notice.is_partly_over:
        return "partly_resolved"
    return "group_updated" if notice.is_update and not notice.combined else notice.kind.value


def _group(group: Group) -> dict[str, Any]:
    """Write what there is to know of many incidents that are told in one message."""
    cause = group.cause
    return {
        "total": group.total,
        "lasting": group.lasting,
        "closed": group.closed,
        "added": group.added,
        "checking": group.checking,
        "cause": None
        if cause is None
        else {"kind": cause.kind, "value": cause.value, "shared_by": cause.shared_by},
        "members": [
            {
                "incident_id": each.incident_id,
                "monitor_id": each.monitor_id,
                "name": each.monitor_name,
                "target": each.target,
                "cause": each.cause,
                "severity": each.severity,
            }
            for each in group.members
        ],
    }


def _vote(vote: Vote) -> dict[str, Any]:
    return {
        "region": vote.region,
        "outcome": vote.outcome,
        "error": vote.error,
        "detail": vote.detail,
        "status_code": vote.status_code,
        "latency_ms": vote.latency_ms,
        "started_at": text(vote.started_at),
    }
