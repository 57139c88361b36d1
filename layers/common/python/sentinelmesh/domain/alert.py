"""The decision to tell somebody: one row for each incident, transition and channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sentinelmesh.domain.incident import Vote


class AlertState(StrEnum):
    """PENDING -> CLAIMED -> SENT, RETRY, DEAD or SUPPRESSED."""

    PENDING = "pending"
    CLAIMED = "claimed"
    RETRY = "retry"
    SENT = "sent"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class AlertKind(StrEnum):
    """The transitions that people are told about."""

    OPENED = "opened"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertContent:
    """Everything a message needs, frozen when the decision was made.

    Args:
        sentence: why, in plain words, from the decision ledger.
        votes: the round that decided.
    """

    monitor_name: str
    monitor_kind: str
    target: str
    sentence: str
    cause: str
    cause_detail: str
    opened_at: datetime
    confirmed_at: datetime
    detection_delay_ms: int
    resolved_at: datetime | None = None
    duration_seconds: int | None = None
    votes: tuple[Vote, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One outbox row.

    Args:
        due_at: the earliest moment to look at the row (again); meaningless once it is final.
        attempts: attempts so far; claimed_at is when the last claim was made.
        claim: a name that the last claimer made up, to know its own claim again.
        uncertain_attempts: attempts of which nobody knows whether the provider took the message,
            on channels that take no key.
        lease_until: until when a claim belongs to its claimer.
        answer: what the provider said last, or why the row was suppressed.
        combined: tells beginning and end in one, for the beginning had not gone out in time.
        finished: nothing will happen to the row any more.
    """

    incident_id: str
    monitor_id: str
    channel_id: str
    channel_kind: str
    kind: AlertKind
    created_at: datetime
    due_at: datetime
    content: AlertContent
    state: AlertState = AlertState.PENDING
    attempts: int = 0
    uncertain_attempts: int = 0
    claimed_at: datetime | None = None
    claim: str | None = None
    lease_until: datetime | None = None
    sent_at: datetime | None = None
    answer: str | None = None
    combined: bool = False
    finished: bool = False

    @property
    def key(self) -> str:
        """Sort key of the row within its incident."""
        return f"{self.kind}#{self.channel_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where alerts go.

    Args:
        kind: "email", "slack", "webhook"; the alerter's registry knows each.
        options: the kind's own block, without its secrets.
        secret_fields: names of the secrets kept for this channel, e.g. "webhook_url".
        secrets_version: the version of them that this revision means; None means the newest.
        events: the kinds of alert that it takes.
    """

    id: str
    name: str
    kind: str
    created_at: datetime
    updated_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)
    secret_fields: tuple[str, ...] = ()
    secrets_version: int | None = None
    events: tuple[AlertKind, ...] = (AlertKind.OPENED, AlertKind.RESOLVED)
    reminder_minutes: int | None = None
    enabled: bool = True
    revision: int = 1
