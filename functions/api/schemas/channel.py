"""Channels as people write and read them; what is secret is never shown again."""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from functions.api.schemas.base import LINE, STRIPPED, Form, Instant, Line, Reference, Shown, Strict
from functions.api.schemas.channel_kinds import (
    AppriseBlock,
    AppriseShown,
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
    SlackShown,
    SnsBlock,
    SnsShown,
    TeamsBlock,
    TelegramBlock,
    TelegramShown,
    WebhookBlock,
    WebhookShown,
)
from sentinelmesh.domain.values.time_zone import find_zone

T = TypeVar("T")
Event = Literal["opened", "resolved", "acknowledged", "unknown"]
Severity = Literal["outage", "regional", "degraded"]
Kind = Literal[
    "apprise", "discord", "email", "ntfy", "opsgenie", "pagerduty", "slack", "sns", "teams",
    "telegram", "webhook",
]  # fmt: skip
EXAMPLES: list[JsonValue] = [
    {"name": "Team", "kind": "email", "email": {"to": ["ops@shop.example"]}},
    {"name": "Ops", "kind": "slack", "slack": {"webhook_url": "https://hooks.slack.com/services/"}},
    {"name": "Hook", "kind": "webhook", "webhook": {"url": "https://hook.shop.example/"}},
    {"name": "On call", "kind": "pagerduty", "pagerduty": {"routing_key": "R0UT1NGK3Y"}},
]


def _all_events() -> list[Event]:
    return ["opened", "resolved", "unknown"]


def _all_severities() -> list[Severity]:
    return ["outage", "regional", "degraded"]


def _unique(names: list[T]) -> list[T]:
    if len(set(names)) < len(names):
        raise ValueError("something is named twice")
    return names


def _zone(name: str) -> str:
    find_zone(name)
    return name


CLOCK = Form(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "write a time of day as 22:00")


class QuietHoursBlock(Strict):
    """A part of each day in which the channel is spared what can wait; an outage never does."""

    starts_at: Annotated[str, CLOCK]
    ends_at: Annotated[str, CLOCK]
    time_zone: Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_zone)] = "UTC"

    @model_validator(mode="after")
    def _is_a_part_of_the_day(self) -> Self:
        if self.starts_at == self.ends_at:
            raise ValueError("begin and end at different times; enabled: false is quiet for good")
        return self


class QuietHoursShown(Shown):
    """When the channel is spared what can wait."""

    starts_at: str
    ends_at: str
    time_zone: str


class ChannelIn(Strict):
    """A channel: its name, its kind, and the block of that kind."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    name: Line
    kind: Kind
    apprise: AppriseBlock | None = None
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
        Field(
            min_length=1,
            max_length=4,
            json_schema_extra={"uniqueItems": True, "default": ["opened", "resolved", "unknown"]},
            description="`unknown` is beginning and end of a time in which no region could check a "
            "monitor, whatever `severities` says",
        ),
        AfterValidator(_unique),
    ] = Field(default_factory=_all_events)
    severities: Annotated[
        list[Severity],
        Field(
            min_length=1,
            max_length=3,
            json_schema_extra={"uniqueItems": True, "default": ["outage", "regional", "degraded"]},
        ),
        AfterValidator(_unique),
    ] = Field(default_factory=_all_severities)
    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=50), STRIPPED, LINE]],
        Field(
            max_length=30,
            description="only monitors with one of these, unless they name the channel themselves",
        ),
        AfterValidator(_unique),
    ] = Field(default_factory=list)
    quiet_hours: QuietHoursBlock | None = None
    reminder_minutes: int | None = Field(
        None, ge=5, le=1440, description="how often, while nobody has acknowledged the outage"
    )
    fallback: Reference | None = Field(
        None, description="id of the channel that tells what this one cannot"
    )
    enabled: bool = True


class ChannelOut(Shown):
    """A channel without its secrets; of the blocks there is the one of its kind."""

    id: str
    name: str
    kind: Kind
    apprise: AppriseShown | None = None
    discord: HookShown | None = None
    email: EmailShown | None = None
    ntfy: NtfyShown | None = None
    opsgenie: OpsgenieShown | None = None
    pagerduty: PagerDutyShown | None = None
    slack: SlackShown | None = None
    sns: SnsShown | None = None
    teams: HookShown | None = None
    telegram: TelegramShown | None = None
    webhook: WebhookShown | None = None
    events: list[Event]
    severities: list[Severity]
    tags: list[str]
    quiet_hours: QuietHoursShown | None
    reminder_minutes: int | None
    fallback: str | None
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
