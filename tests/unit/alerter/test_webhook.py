"""The signed webhook, checked by a verifier written from the specification alone."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.channels.webhook import Webhook, payload
from functions.alerter.notification import notice_of
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.delivery_action import Send
from sentinelmesh.domain.values import instant
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.target_guard import TargetGuard
from tests.support.alerts import an_alert, an_incident, resolved
from tests.support.builders import START, a_channel
from tests.unit.alerter.notices import a_hostile_notice, a_notice
from tests.unit.alerter.provider import a_provider

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def is_genuine(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float, tolerance: float = 300
) -> bool:
    """Verify a message as its receiver would.

    The specification: the content that is signed is `id.timestamp.body`; the header holds
    signatures separated by spaces, each `v1,` and the base64 of an HMAC-SHA256; the key is what
    follows `whsec_`, base64-decoded; timestamps too old or too new are refused.
    """
    prefix, encoded = secret[:6], secret[6:]
    assert prefix == "whsec_"
    if abs(now - int(headers["webhook-timestamp"])) > tolerance:
        return False
    content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    expected = base64.standard_b64encode(
        hmac.new(base64.standard_b64decode(encoded), content, hashlib.sha256).digest()
    )
    for signed in headers["webhook-signature"].split(" "):
        version, _, signature = signed.partition(",")
        if version == "v1" and hmac.compare_digest(signature.encode(), expected):
            return True
    return False


def test_the_verifier_agrees_with_the_example_of_the_specification() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert is_genuine(secret, headers, b'{"test": 2432232314}', now=1614265330)


@pytest.mark.enable_socket
def test_what_is_sent_is_genuine_and_nothing_else_is() -> None:
    webhook = Webhook(HttpSender(TargetGuard(allow_private=True)))
    with a_provider() as provider:
        secrets = {"url": provider.url("/in?x=1"), "secret": SECRET}
        assert webhook.deliver(a_hostile_notice(), a_channel(), secrets).answer == "HTTP 200 ok"
        first, headers, body = provider.request
    now = START.timestamp()
    assert first == "POST /in?x=1 HTTP/1.1"
    assert headers["webhook-id"] == a_notice().key
    assert is_genuine(SECRET, headers, body, now=now)
    assert not is_genuine(SECRET, headers, body + b" ", now=now)
    assert not is_genuine(SECRET, {**headers, "webhook-id": "other"}, body, now=now)
    assert not is_genuine("whsec_" + base64.b64encode(bytes(32)).decode(), headers, body, now=now)
    assert not is_genuine(SECRET, headers, body, now=now + 301)
    assert json.loads(body) == payload(a_hostile_notice())


@pytest.mark.enable_socket
@pytest.mark.parametrize(("hours", "is_known"), [(0, True), (23.9, True), (24, False)])
def test_for_a_day_after_its_replacement_the_old_secret_verifies_too(
    *, hours: float, is_known: bool
) -> None:
    webhook = Webhook(HttpSender(TargetGuard(allow_private=True)))
    new = "whsec_" + base64.b64encode(bytes(reversed(range(32)))).decode()
    replaced_at = instant.text(START - timedelta(hours=hours))
    with a_provider() as provider:
        secrets = {
            "url": provider.url("/in"),
            "secret": new,
            "previous_secret": SECRET,
            "replaced_at": replaced_at,
        }
        webhook.deliver(a_notice(), a_channel(), secrets)
        _, headers, body = provider.request
    assert is_genuine(new, headers, body, now=START.timestamp())
    assert is_genuine(SECRET, headers, body, now=START.timestamp()) == is_known


@pytest.mark.enable_socket
def test_a_retry_has_the_same_key_and_a_signature_of_its_own_time() -> None:
    webhook = Webhook(HttpSender(TargetGuard(allow_private=True)))
    row = an_alert(resolved(an_incident()), AlertKind.RESOLVED)
    notices = [
        notice_of(row, START, "", Send()),
        notice_of(
            replace(row, attempts=7),
            START + timedelta(minutes=9),
            "",
            Send(combined=True, uncertain_attempts=1),
        ),
    ]
    with a_provider() as provider:
        secrets = {"url": provider.url(), "secret": SECRET}
        for notice in notices:
            webhook.deliver(notice, a_channel(), secrets)
        requests = list(provider.requests)
    keys, bodies = set(), []
    for raw, notice in zip(requests, notices, strict=True):
        provider.requests = [raw]
        _, headers, body = provider.request
        keys.add(headers["webhook-id"])
        bodies.append(json.loads(body)["data"])
        assert headers["webhook-timestamp"] == str(int(notice.at.timestamp()))
        assert is_genuine(SECRET, headers, body, now=notice.at.timestamp())
    assert keys == {f"{row.incident_id}.resolved.ch_1"}
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_not base64!", "whsec_abc", "whsec_ключ", "whsec_AAAA\n"]
)
def test_a_secret_that_cannot_sign_sends_nothing(secret: str) -> None:
    webhook = Webhook(HttpSender(TargetGuard()))
    with pytest.raises(DeliveryFailed) as raised:
        webhook.deliver(a_notice(), a_channel(), {"url": "https://a.example", "secret": secret})
    assert raised.value.permanent
    assert "secret" in raised.value.answer
    assert "abc" not in raised.value.answer


def test_what_happened_for_programs() -> None:
    notice = a_notice(kind=AlertKind.RESOLVED)
    assert payload(notice) == {
        "type": "incident.resolved",
        "timestamp": "2026-01-01T12:00:00Z",
        "data": {
            "incident": {
                "id": notice.incident_id,
                "opened_at": "2026-01-01T12:00:00Z",
                "confirmed_at": "2026-01-01T12:00:02Z",
                "resolved_at": "2026-01-01T12:03:00Z",
                "duration_seconds": 180,
                "detection_delay_ms": 2000,
                "cause": "connect_refused",
                "cause_detail": "nothing listens at shop.example:443",
                "severity": "outage",
                "failed_probes": None,
                "acknowledged_by": None,
                "sentence": "Down: 2 of 3 regions failed (needed: 2).",
                "url": notice.link,
            },
            "monitor": {
                "id": "mon_1",
                "name": "Shop",
                "kind": "http",
                "target": "https://shop.example/",
                "tags": ["shop", "prod"],
                "runbook_url": None,
            },
            "votes": [
                {
                    "region": vote.region,
                    "outcome": vote.outcome.value,
                    "error": vote.error,
                    "detail": vote.detail,
                    "status_code": vote.status_code,
                    "latency_ms": vote.latency_ms,
                    "started_at": "2026-01-01T12:00:00Z",
                }
                for vote in notice.content.votes
            ],
            "test": False,
        },
    }


def test_a_beginning_has_no_end_yet() -> None:
    incident = payload(a_notice())["data"]["incident"]
    assert (incident["resolved_at"], incident["duration_seconds"]) == (None, None)
    assert payload(a_notice())["type"] == "incident.opened"


def test_hostile_text_arrives_as_it_is() -> None:
    """Programs want facts; JSON keeps them apart from its own signs."""
    notice = a_hostile_notice()
    body = json.loads(json.dumps(payload(notice)))
    assert body["data"]["monitor"]["name"] == notice.content.monitor_name
    assert Webhook(HttpSender(TargetGuard())).takes_key
