"""The kinds of channels and their own blocks: a kind is two models and one line at the end."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from functions.api.schemas.base import Form, Shown, Strict
from functions.api.schemas.web import HIDDEN

MIN_SECRET_BYTES = 16
Hidden = Literal["***"]
ServiceRegion = Literal["us", "eu"]


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


def check_web_address(url: str) -> str:
    """Check an address that is called or shown; *** stands for the one that is known.

    Raises:
        ValueError: with a sentence that does not repeat it.
    """
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
    if len(raw) < MIN_SECRET_BYTES or not secret.startswith("whsec_"):
        raise ValueError("give whsec_ and at least 16 bytes in base64, or leave it out to get one")
    return secret


WebAddress = Annotated[str, Field(max_length=1000), AfterValidator(check_web_address)]
Key = Annotated[
    str,
    Field(min_length=1, max_length=200),
    Form(r"^[\x21-\x7e]+$", "a key has no spaces and no characters beyond ASCII"),
]


class EmailBlock(Strict):
    """Where mails go."""

    to: list[Annotated[str, Field(max_length=254), AfterValidator(check_address)]] = Field(
        min_length=1, max_length=20
    )


class SlackBlock(Strict):
    """A Slack incoming webhook, or a bot (scope chat:write) and its channel; both write-only.

    A bot keeps an incident in one thread, and changes its first message when it is over.
    """

    webhook_url: WebAddress | None = None
    bot_token: Key | None = None
    channel: (
        Annotated[
            str,
            Field(max_length=80),
            Form(r"^[CGD#][A-Za-z0-9._-]{1,79}$", "give the channel's id, such as C0123456789"),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        by_bot = self.bot_token is not None and self.channel is not None
        is_half = (self.bot_token is None) != (self.channel is None)
        if is_half or by_bot == (self.webhook_url is not None):
            raise ValueError("give webhook_url, or bot_token and channel")
        return self


class WebhookBlock(Strict):
    """An endpoint of your own, signed after the Standard Webhooks specification; write-only."""

    url: WebAddress
    secret: Annotated[str, Field(max_length=200), AfterValidator(_signing_secret)] | None = None


class PagerDutyBlock(Strict):
    """An integration of a PagerDuty service (Events API v2); its key is write-only."""

    routing_key: Key
    service_region: ServiceRegion = "us"


class OpsgenieBlock(Strict):
    """An API integration of Opsgenie; its key is write-only."""

    api_key: Key
    service_region: ServiceRegion = "us"


class TeamsBlock(Strict):
    """A Teams workflow that begins with a webhook request; write-only."""

    webhook_url: WebAddress


class DiscordBlock(Strict):
    """A webhook of a Discord channel; write-only."""

    webhook_url: WebAddress


class TelegramBlock(Strict):
    """A chat and the bot that writes to it; the bot's token is write-only."""

    bot_token: Annotated[
        str,
        Field(max_length=200),
        Form(r"^(\*\*\*|[0-9]{1,20}:[A-Za-z0-9_-]+)$", "give the token as the BotFather wrote it"),
    ]
    chat_id: Annotated[
        str,
        Field(max_length=70),
        Form(r"^(-?[0-9]{1,20}|@[A-Za-z0-9_]{4,64})$", "give the chat's number, or its @name"),
    ]
    message_thread_id: int | None = Field(
        None, ge=1, le=2**31, description="a topic of a forum group"
    )


class NtfyBlock(Strict):
    """A topic of ntfy; its name is as good as a password, so it is write-only like the token."""

    topic: Annotated[
        str,
        Field(max_length=64),
        Form(r"^(\*\*\*|[-_A-Za-z0-9]{1,64})$", "a topic has letters, digits, - and _ only"),
    ]
    token: Key | None = None
    server: WebAddress = "https://ntfy.sh"


class SnsBlock(Strict):
    """A topic of Amazon SNS; the deployment's `sns_topics` has to name it too."""

    topic_arn: Annotated[
        str,
        Field(max_length=400),
        Form(
            r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$",
            "give the ARN of an SNS topic",
        ),
    ]


class AppriseBlock(Strict):
    """A service that Apprise knows, by its address; write-only. Needs `apprise` in cdk.json."""

    url: Annotated[
        str,
        Field(max_length=1000),
        Form(
            r"^(\*\*\*|[a-zA-Z][a-zA-Z0-9+.-]*://[\x21-\x7e]+)$", "give one of Apprise's addresses"
        ),
    ]


class AppriseShown(Shown):
    """A service that Apprise knows."""

    url: Hidden


class EmailShown(Shown):
    """Where mails go."""

    to: list[str]


class SlackShown(Shown):
    """A Slack incoming webhook, or a bot and its channel."""

    webhook_url: Hidden | None = None
    bot_token: Hidden | None = None
    channel: str | None = None


class HookShown(Shown):
    """A webhook at a provider."""

    webhook_url: Hidden


class WebhookShown(Shown):
    """A webhook; a signing secret that we made up is shown once, right after creation."""

    url: Hidden
    secret: str


class PagerDutyShown(Shown):
    """An integration of a PagerDuty service."""

    routing_key: Hidden
    service_region: ServiceRegion


class OpsgenieShown(Shown):
    """An API integration of Opsgenie."""

    api_key: Hidden
    service_region: ServiceRegion


class TelegramShown(Shown):
    """A chat and the bot that writes to it."""

    bot_token: Hidden
    chat_id: str
    message_thread_id: int | None = None


class NtfyShown(Shown):
    """A topic of ntfy."""

    topic: Hidden
    token: Hidden | None = None
    server: str


class SnsShown(Shown):
    """A topic of Amazon SNS."""

    topic_arn: str


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """How channels of a kind are written, shown, and which of their fields are secret."""

    block: type[Strict]
    shown: type[Shown]
    secret_fields: tuple[str, ...] = ()


CHANNEL_KINDS: Mapping[str, ChannelKind] = {
    "apprise": ChannelKind(AppriseBlock, AppriseShown, ("url",)),
    "discord": ChannelKind(DiscordBlock, HookShown, ("webhook_url",)),
    "email": ChannelKind(EmailBlock, EmailShown),
    "ntfy": ChannelKind(NtfyBlock, NtfyShown, ("topic", "token")),
    "opsgenie": ChannelKind(OpsgenieBlock, OpsgenieShown, ("api_key",)),
    "pagerduty": ChannelKind(PagerDutyBlock, PagerDutyShown, ("routing_key",)),
    "slack": ChannelKind(SlackBlock, SlackShown, ("webhook_url", "bot_token")),
    "sns": ChannelKind(SnsBlock, SnsShown),
    "teams": ChannelKind(TeamsBlock, HookShown, ("webhook_url",)),
    "telegram": ChannelKind(TelegramBlock, TelegramShown, ("bot_token",)),
    "webhook": ChannelKind(WebhookBlock, WebhookShown, ("url", "secret")),
}
