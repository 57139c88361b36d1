"""Channels of every kind that speaks HTTP, each with a provider on loopback to speak to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.alerter.channels.contract import Sender
from functions.alerter.channels.discord import Discord
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.channels.ntfy import Ntfy
from functions.alerter.channels.opsgenie import Opsgenie
from functions.alerter.channels.pagerduty import PagerDuty
from functions.alerter.channels.slack import Slack
from functions.alerter.channels.teams import Teams
from functions.alerter.channels.telegram import Telegram
from functions.alerter.channels.webhook import Webhook
from functions.alerter.notification import Notification
from sentinelmesh.target_guard import TargetGuard
from tests.support.builders import START, a_channel
from tests.unit.alerter.provider import Provider

SECRET = "C4n4ry-0123456789abcdef0123456789"


@dataclass(frozen=True)
class Kind:
    """How a channel of a kind is made.

    Args:
        sender: makes it from a poster.
        secrets: its secrets; {base} is the provider's address.
        requests: how many requests an example takes.
    """

    sender: Callable[[HttpSender], Sender]
    secrets: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    requests: int = 1


KINDS = {
    "discord": Kind(Discord, {"webhook_url": "{base}/api/webhooks/1/" + SECRET}),
    "ntfy": Kind(Ntfy, {"topic": SECRET, "token": f"tk_{SECRET}"}),
    "opsgenie": Kind(Opsgenie, {"api_key": SECRET}, {"service_region": "eu"}, requests=2),
    "pagerduty": Kind(PagerDuty, {"routing_key": SECRET}, {"service_region": "us"}, requests=2),
    "slack": Kind(Slack, {"webhook_url": "{base}/services/T0/B0/" + SECRET}),
    "teams": Kind(Teams, {"webhook_url": "{base}/workflows/1?sig=" + SECRET}),
    "telegram": Kind(
        Telegram, {"bot_token": f"123456:{SECRET}"}, {"chat_id": "-1001", "message_thread_id": 7}
    ),
    "webhook": Kind(
        Webhook, {"url": "{base}/in/" + SECRET, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    ),
}


def deliver(kind: str, provider: Provider, notice: Notification) -> str:
    """Deliver a notice to a provider on loopback."""
    base = provider.url("")
    poster = HttpSender(TargetGuard(allow_private=True), clock=lambda: START, stand_in=base)
    made = KINDS[kind]
    secrets = {name: value.format(base=base) for name, value in made.secrets.items()}
    channel = a_channel(kind=kind, options=dict(made.options))
    return made.sender(poster).deliver(notice, channel, secrets).answer
