"""Channels as people write and read them; what is secret is never shown again."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from functions.api.schemas.base import Instant, Line, Shown, Strict
from functions.api.schemas.channel_kinds import (
    DiscordBlock,
    EmailBlock,
    EmailShown,
    HookShown,
    NtfyBlock,
    NtfyShown,
    OpsgenieBlock,
    OpsgenieShown,
    PagerDutyBlock,
    PagerDutyShown,
    SlackBlock,
    SnsBlock,
    SnsShown,
    TeamsBlock,
    TelegramBlock,
    TelegramShown,
    WebhookBlock,
    WebhookShown,
)
from sentinelmesh.domain.alert import AlertKind

Event = Literal["opened", "resolved"]
Kind = Literal[
    "discord", "email", "ntfy", "opsgenie", "pagerduty", "slack", "sns", "teams", "telegram",
    "webhook",
]  # fmt: skip
EXAMPLES: list[JsonValue] = [
    {"name": "Team", "kind": "email", "email": {"to": ["ops@shop.example"]}},
    {"name": "Ops", "kind": "slack", "slack": {"webhook_url": "https://hooks.slack.com/services/"}},
    {"name": "Hook", "kind": "webhook", "webhook": {"url": "https://hook.shop.example/"}},
    {"name": "On call", "kind": "pagerduty", "pagerduty": {"routing_key": "R0UT1NGK3Y"}},
]


def _all_events() -> list[Event]:
    return ["opened", "resolved"]


def _unique(events: list[Event]) -> list[Event]:
    if len(set(events)) < len(events):
        raise ValueError("something is named twice")
    return events


class ChannelIn(Strict):
    """A channel: its name, its kind, and the block of that kind."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    name: Line
    kind: Kind
    discord: DiscordBlock | None = None
    email: EmailBlock | None = None
    ntfy: NtfyBlock | None = None
    opsgenie: OpsgenieBlock | None = None
    pagerduty: PagerDutyBlock | None = None
    slack: SlackBlock | None = None
    sns: SnsBlock | None = None
    teams: TeamsBlock | None = None
    telegram: TelegramBlock | None = None
    webhook: WebhookBlock | None = None
    events: Annotated[
        list[Event],
        Field(min_length=1, max_length=2, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_unique),
    ] = Field(default_factory=_all_events)
    reminder_minutes: None = Field(None, description="reminders are off")
    enabled: bool = True


class ChannelOut(Shown):
    """A channel without its secrets; of the blocks there is the one of its kind."""

    id: str
    name: str
    kind: Kind
    discord: HookShown | None = None
    email: EmailShown | None = None
    ntfy: NtfyShown | None = None
    opsgenie: OpsgenieShown | None = None
    pagerduty: PagerDutyShown | None = None
    slack: HookShown | None = None
    sns: SnsShown | None = None
    teams: HookShown | None = None
    telegram: TelegramShown | None = None
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
