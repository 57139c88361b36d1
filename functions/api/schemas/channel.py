"""Channels as people write and read them; what is secret is never shown again."""

import base64
import binascii
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from functions.api.schemas.base import Instant, Line, Shown, Strict
from functions.api.schemas.kinds import HIDDEN
from sentinelmesh.domain.alert import AlertKind

Event = Literal["opened", "resolved"]
LEAST_SECRET_BYTES = 16
EXAMPLES: list[JsonValue] = [
    {"name": "Team", "kind": "email", "email": {"to": ["ops@shop.example"]}},
    {"name": "Ops", "kind": "slack", "slack": {"webhook_url": "https://hooks.slack.com/services/"}},
    {"name": "Hook", "kind": "webhook", "webhook": {"url": "https://hook.shop.example/"}},
]


def check_address(mail: str) -> str:
    """Check a mail address, as far as that is possible without sending anything.

    Raises:
        ValueError: with a sentence.
    """
    name, _, host = mail.rpartition("@")
    odd = any(each.isspace() or not each.isprintable() or each in ',;<>"' for each in mail)
    if not name or "." not in host.strip(".") or odd or not mail.isascii():
        raise ValueError(f"{mail[:60]!r} is no mail address")
    return mail


def _all_events() -> list[Event]:
    return ["opened", "resolved"]


def _unique(events: list[Event]) -> list[Event]:
    if len(set(events)) < len(events):
        raise ValueError("something is named twice")
    return events


def _url(url: str) -> str:
    if url == HIDDEN:
        return url
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError("give a web address") from error
    if parts.scheme not in {"https", "http"} or not parts.hostname or any(map(str.isspace, url)):
        raise ValueError("give a web address that begins with https://")
    return url


def _signing_secret(secret: str) -> str:
    if secret == HIDDEN:
        return secret
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("give base64, after the prefix whsec_") from error
    if len(raw) < LEAST_SECRET_BYTES or not secret.startswith("whsec_"):
        raise ValueError("give whsec_ and at least 16 bytes in base64, or leave it out to get one")
    return secret


class EmailBlock(Strict):
    """Where mails go."""

    to: list[Annotated[str, Field(max_length=254), AfterValidator(check_address)]] = Field(
        min_length=1, max_length=20
    )


class SlackBlock(Strict):
    """A Slack incoming webhook; write-only."""

    webhook_url: Annotated[str, Field(max_length=1000), AfterValidator(_url)]


class WebhookBlock(Strict):
    """An endpoint of your own, signed after the Standard Webhooks specification; write-only."""

    url: Annotated[str, Field(max_length=1000), AfterValidator(_url)]
    secret: Annotated[str, Field(max_length=200), AfterValidator(_signing_secret)] | None = None


class ChannelIn(Strict):
    """A channel: its name, its kind, and the block of that kind."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    name: Line
    kind: Literal["email", "slack", "webhook"]
    email: EmailBlock | None = None
    slack: SlackBlock | None = None
    webhook: WebhookBlock | None = None
    events: Annotated[
        list[Event],
        Field(min_length=1, max_length=2, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_unique),
    ] = Field(default_factory=_all_events)
    reminder_minutes: None = Field(None, description="reminders are off")
    enabled: bool = True


class EmailShown(Shown):
    """Where mails go."""

    to: list[str]


class SlackShown(Shown):
    """A Slack incoming webhook."""

    webhook_url: Literal["***"]


class WebhookShown(Shown):
    """A webhook; a signing secret that we made up is shown once, right after creation."""

    url: Literal["***"]
    secret: str


class ChannelOut(Shown):
    """A channel without its secrets; of the blocks there is the one of its kind."""

    id: str
    name: str
    kind: Literal["email", "slack", "webhook"]
    email: EmailShown | None = None
    slack: SlackShown | None = None
    webhook: WebhookShown | None = None
    events: list[AlertKind]
    reminder_minutes: int | None
    enabled: bool
    revision: int
    created_at: Instant
    updated_at: Instant


class ChannelPage(Shown):
    """A page of channels."""

    items: list[ChannelOut]
    next_cursor: str | None


class AnswerOut(Shown):
    """The provider's answer, word for word."""

    ok: bool
    answer: str
