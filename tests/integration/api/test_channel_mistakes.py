"""Mistakes in channels: each gets its place, repeats no secret and leaves nothing behind."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.api.stage import Stage, api_stage
from tests.integration.api.test_channels import KINDS, SECRET


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One mesh for all mistakes: none of them leaves anything."""
    with api_stage() as made:
        yield made


def mail(**fields: Any) -> dict[str, Any]:
    """Write a mail channel with more fields."""
    return {"kind": "email", "email": KINDS["email"], **fields}


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no block": ({"kind": "slack"}, "/slack"),
    "another kind's block": ({"kind": "slack", "email": KINDS["email"]}, "/email"),
    "two blocks": ({"kind": "slack", "slack": KINDS["slack"], "email": KINDS["email"]}, "/email"),
    "no mail address": ({"kind": "email", "email": {"to": ["ops"]}}, "/email/to/0"),
    "two in one": ({"kind": "email", "email": {"to": ["a@b.example, c@d.example"]}}, "/email/to/0"),
    "a line break": ({"kind": "email", "email": {"to": ["a@b.example\nBcc: c@d"]}}, "/email/to/0"),
    "nobody": ({"kind": "email", "email": {"to": []}}, "/email/to"),
    "no web address": ({"kind": "slack", "slack": {"webhook_url": "hooks"}}, "/slack/webhook_url"),
    "an odd scheme": (
        {"kind": "slack", "slack": {"webhook_url": "file:///etc/passwd"}}, "/slack/webhook_url",
    ),
    "an odd port": (
        {"kind": "webhook", "webhook": {"url": "https://a:canary/"}}, "/webhook/url",
    ),
    "a weak secret": (
        {"kind": "webhook", "webhook": {"url": "https://a.example/", "secret": "whsec_YQ=="}},
        "/webhook/secret",
    ),
    "a secret without prefix": (
        {"kind": "webhook", "webhook": {"url": "https://a.example/", "secret": SECRET[6:]}},
        "/webhook/secret",
    ),
    "a secret that is no base64": (
        {"kind": "webhook", "webhook": {"url": "https://a.example/", "secret": "whsec_canary!"}},
        "/webhook/secret",
    ),
    "a secret to keep where there is none": (
        {"kind": "webhook", "webhook": {"url": "***"}}, "/webhook/url",
    ),
    "an event twice": (
        {"kind": "email", "email": KINDS["email"], "events": ["opened", "opened"]}, "/events",
    ),
    "no event": ({"kind": "email", "email": KINDS["email"], "events": []}, "/events"),
    "reminders": (mail(reminder_minutes=4), "/reminder_minutes"),
    "an unknown severity": (mail(severities=["bad"]), "/severities/0"),
    "no severity": (mail(severities=[]), "/severities"),
    "a fallback that is not there": (mail(fallback="ch_none"), "/fallback"),
    "an odd time": (
        mail(quiet_hours={"starts_at": "24:00", "ends_at": "07:00"}), "/quiet_hours/starts_at",
    ),
    "no time at all": (
        mail(quiet_hours={"starts_at": "07:00", "ends_at": "07:00"}), "/quiet_hours",
    ),
    "no time zone": (
        mail(quiet_hours={"starts_at": "22:00", "ends_at": "07:00", "time_zone": "Mars/Base"}),
        "/quiet_hours/time_zone",
    ),
    "a place outside of the time zones": (
        mail(quiet_hours={"starts_at": "22:00", "ends_at": "07:00", "time_zone": "../../passwd"}),
        "/quiet_hours/time_zone",
    ),
    "a topic that is none": ({"kind": "sns", "sns": {"topic_arn": "outages"}}, "/sns/topic_arn"),
    "a token that is none": (
        {"kind": "telegram", "telegram": {"bot_token": "canary", "chat_id": "1"}},
        "/telegram/bot_token",
    ),
    "a topic with a slash": ({"kind": "ntfy", "ntfy": {"topic": "a/canary"}}, "/ntfy/topic"),
    "a key with spaces": (
        {"kind": "pagerduty", "pagerduty": {"routing_key": "canary key"}}, "/pagerduty/routing_key",
    ),
    "an address without a service": (
        {"kind": "apprise", "apprise": {"url": "chat.example/canary"}}, "/apprise/url",
    ),
    "a region of nobody": (
        {"kind": "opsgenie", "opsgenie": {"api_key": "k", "service_region": "mars"}},
        "/opsgenie/service_region",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_place_and_repeats_no_secret(stage: Stage, mistake: str) -> None:
    fields, pointer = MISTAKES[mistake]
    answer = stage.call("POST", "/v1/channels", {"name": "Ops", **fields})
    assert answer.status == 422, answer
    assert pointer in answer.errors, answer.errors
    assert "canary" not in answer.text
    assert stage.get("/v1/channels")["items"] == []
