"""The decision to tell somebody: one row for each incident, transition and channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sentinelmesh.domain.alerts.quiet_hours import QuietHours
from sentinelmesh.domain.incidents.common_cause import CommonCause, Member, Parent
from sentinelmesh.domain.incidents.incident import DEGRADED, OUTAGE, REGIONAL, UNKNOWN, Vote
from sentinelmesh.domain.monitors.monitor import Policy


class AlertState(StrEnum):
    """PENDING -> CLAIMED -> SENT, RETRY, DEAD or SUPPRESSED."""

    PENDING = "pending"
    CLAIMED = "claimed"
    RETRY = "retry"
    SENT = "sent"
    DEAD = "dead"
    SUPPRESSED = "suppressed"


class AlertKind(StrEnum):
    """What people are told about: transitions, and what follows from them."""

    OPENED = "opened"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    REMINDER = "reminder"
    FLAPPING = "flapping"
    STABLE = "stable"

    @property
    def event(self) -> "AlertKind":
        """Return the event by which channels take it: flapping begins, and stable ends."""
        return _EVENTS.get(self, self)


_EVENTS = {AlertKind.FLAPPING: AlertKind.OPENED, AlertKind.STABLE: AlertKind.RESOLVED}
# Those that a channel chooses among; what is unknown is an event of its own.
SEVERITIES = (OUTAGE, REGIONAL, DEGRADED)
ALL_SEVERITIES = (*SEVERITIES, UNKNOWN)


# Names of groups begin so; those of incidents do not.
GROUP_PREFIX = "grp_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What one message tells of many incidents.

    Args:
        total: how many there are; of these the first are named.
        down: names of those that last, as far as there is room.
        lasting: how many last.
        over: ids of those that do not.
        incident_ids: of all that a message of what began tells.
        added: how many of these no earlier message told.
        checking: how many other monitors were being verified when it was written.
        closed: how many neither last nor recovered: their monitors were paused or deleted.
        severities: how many there are of each severity, the worst first; empty if all are alike.
    """

    total: int
    members: tuple[Member, ...]
    cause: CommonCause | None = None
    lasting: int = 0
    down: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    incident_ids: tuple[str, ...] = ()
    added: int = 0
    checking: int = 0
    closed: int = 0
    severities: Mapping[str, int] = field(default_factory=dict)

    @property
    def recovered(self) -> int:
        """How many work again."""
        return self.total - self.lasting - self.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertContent:
    """Everything a message needs, frozen when the decision was made.

    Args:
        sentence: why, in plain words, from the decision ledger.
        votes: the round that decided.
        severity: "outage", "regional", "degraded" or "unknown".
        runbook_url: where the monitor's owner wrote down what to do.
        failed_probes: how many probes failed from beginning to end, as written ("12" or "over
            1000"); None while it lasts.
        acknowledged_by: who takes care.
        policy: what it takes to change the status.
        superseded_by: the severity of the incident that took the place of this one.
        closed_because: why nobody follows the incident any more; its target may still be down.
        flips: how often a flapping monitor has gone down or up in this incident.
        parents: what the monitor depends on.
        suffering: how many monitors that depend on it were not told of for its sake.
        group: the incidents that are told in one message.
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
    severity: str = OUTAGE
    runbook_url: str | None = None
    failed_probes: str | None = None
    acknowledged_by: str | None = None
    policy: Policy | None = None
    flips: int = 0
    superseded_by: str | None = None
    closed_because: str | None = None
    parents: tuple[Parent, ...] = ()
    suffering: int = 0
    group: Group | None = None


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
        number: which of several: reminders, and the messages of a group.
        unless_acknowledged: a step of an escalation: told only if nobody takes care until it is
            due.
        instead_of: the name of a channel that could not be reached.
        held_until: until when quiet hours held it back, or a reminder that its monitor flaps; it is
            given up a day after that.
        reference: by what name the provider knows the message, where later ones need it.
        group: the group in whose message it is told; `part` is which of the group's messages.
        alone: it was held for others, and nearly none came: it is told alone.
        parent: what was down when it was held back for that.
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
    number: int = 0
    unless_acknowledged: bool = False
    instead_of: str | None = None
    held_until: datetime | None = None
    reference: str | None = None
    group: str | None = None
    part: int = 0
    alone: bool = False
    parent: str | None = None

    @property
    def is_group(self) -> bool:
        """Whether it tells of many incidents."""
        return self.incident_id.startswith(GROUP_PREFIX)

    @property
    def is_update(self) -> bool:
        """Whether it adds to a group whose beginning was told before."""
        return self.is_group and self.kind is AlertKind.OPENED and self.number > 0

    @property
    def told_in(self) -> str:
        """Sort key of the group's row that tells it."""
        return f"{self.kind}#{self.channel_id}" + (f"#{self.part}" if self.part else "")

    @property
    def key(self) -> str:
        """Sort key of the row within its incident."""
        return f"{self.kind}#{self.channel_id}" + (f"#{self.number}" if self.number else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where alerts go.

    Args:
        kind: "email", "slack", "webhook", ...; the alerter's registry knows each.
        options: the kind's own block, without its secrets.
        secret_fields: names of the secrets kept for this channel, e.g. "webhook_url".
        secrets_version: the version of them that this revision means; None means the newest.
        events: the kinds of alert that it takes; flapping is taken as opened, stable as resolved.
        announces_unknown: whether it takes beginning and end of times in which nobody could judge a
            monitor, whatever `events` and `severities` say.
        severities: the severities that it takes.
        tags: of monitors that name no channels it hears only of those with one of these; none
            means of all.
        quiet_hours: when it is spared what can wait.
        fallback: the channel that tells what this one cannot.
        reminder_minutes: how often it hears that an outage lasts and nobody takes care.
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
    announces_unknown: bool = True
    reminder_minutes: int | None = None
    enabled: bool = True
    severities: tuple[str, ...] = SEVERITIES
    tags: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    fallback: str | None = None
    revision: int = 1
