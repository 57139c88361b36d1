"""What to do with an alert row: send, wait, suppress or give up; the alerter carries it out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sentinelmesh.domain.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.incident import Incident, IncidentState

# Alerts of one kind for one monitor reach a channel at most this often.
QUIET_WINDOW = timedelta(minutes=5)
# A claim on a channel without idempotency key: a repeat comes no earlier than this.
KEYLESS_LEASE = timedelta(minutes=5)
# With a key a repeat is harmless; the lease only has to outlast a sending.
KEYED_LEASE = timedelta(seconds=90)
GIVE_UP_AFTER = timedelta(hours=24)
MOST_UNCERTAIN = 2
SIBLING_PAUSE = timedelta(seconds=10)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Claim the row and deliver it.

    Args:
        combined: tell beginning and end in one message; the OPENED row is suppressed with it.
        repeat: nobody knows whether it went out before: say so in the message.
    """

    combined: bool = False
    repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again at this moment."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """Do not send; for good, or until another look."""

    reason: str
    look_again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Give up; the row stays visible as DEAD."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The row is finished."""


Action = Send | Wait | Suppress | Kill | Nothing


def next_action(
    row: Alert,
    opened: Alert | None,
    incident: Incident | None,
    channel: Channel | None,
    at: datetime,
) -> Action:
    """Decide about one row.

    Args:
        opened: for a RESOLVED row, the OPENED row of the same incident and channel.
        incident: as it stands now.
        channel: None when it was deleted.
    """
    if row.finished:
        return Nothing()
    waiting = _waiting(row, at)
    if waiting is not None:
        return waiting
    if channel is None or not channel.enabled:
        return Suppress(reason="the channel was deleted or switched off")
    if at - row.created_at >= GIVE_UP_AFTER:
        return Kill(reason=f"not delivered within a day; last answer: {row.answer}")
    repeat = row.state is AlertState.CLAIMED
    if repeat and row.uncertain_attempts + 1 >= MOST_UNCERTAIN:
        return Kill(reason="sent twice without learning whether it arrived")
    if row.kind is AlertKind.OPENED:
        return _opened_action(row, incident, repeat=repeat)
    return _resolved_action(row, opened, at, repeat=repeat)


def _waiting(row: Alert, at: datetime) -> Wait | None:
    """A claimed row belongs to its claimer until the lease ends; others wait until they are due."""
    until = row.lease_until if row.state is AlertState.CLAIMED else row.due_at
    return Wait(until=until) if until is not None and until > at else None


def _opened_action(row: Alert, incident: Incident | None, *, repeat: bool) -> Action:
    state = incident.state if incident else IncidentState.OPEN
    if state is IncidentState.CANCELLED:
        return Suppress(reason="the monitor was paused or deleted before this could be told")
    if row.state is AlertState.SUPPRESSED and state is not IncidentState.OPEN:
        return Suppress(reason="it was over before it could be told again")
    return Send(repeat=repeat)


def _resolved_action(row: Alert, opened: Alert | None, at: datetime, *, repeat: bool) -> Action:
    """An end is never told before its beginning, and not at all if nobody heard of that."""
    if row.combined:
        return Send(combined=True, repeat=repeat)
    if opened is None or opened.state is AlertState.SENT:
        return Send(repeat=repeat)
    if opened.state is AlertState.CLAIMED:
        return Wait(until=at + SIBLING_PAUSE)
    if opened.state is AlertState.SUPPRESSED:
        return Suppress(reason="its beginning was not announced")
    return Send(combined=True, repeat=repeat)


def lease(at: datetime, *, takes_key: bool) -> datetime:
    """Say until when a claim made now is the claimer's."""
    return at + (KEYED_LEASE if takes_key else KEYLESS_LEASE)


def retry_at(
    row: Alert, at: datetime, retry_after_seconds: float | None, chance: Random
) -> datetime:
    """Choose the next attempt after a passing failure.

    Exponential backoff with full jitter; a pause that the provider asked for is kept, up to the
    day after which the row is given up anyway.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    if retry_after_seconds is not None:
        asked = min(timedelta(seconds=max(0.0, retry_after_seconds)), GIVE_UP_AFTER)
        return at + asked + timedelta(seconds=chance.uniform(0, 2))
    ceiling: timedelta = min(FIRST_PAUSE * 2.0 ** min(row.attempts, 10), LONGEST_PAUSE)
    return at + max(timedelta(seconds=1), ceiling * chance.random())
