"""What to do with an alert row: send, wait, suppress or give up; the alerter carries it out."""

from dataclasses import replace
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.closing_events import is_end_of_announced
from sentinelmesh.domain.alerts.delivery_action import (
    Action,
    Defer,
    Kill,
    Nothing,
    Postpone,
    Send,
    Suppress,
    Wait,
)
from sentinelmesh.domain.alerts.delivery_context import (
    MAX_SENDING,
    QUIET_WINDOW,
    SIBLING_PAUSE,
    DeliveryContext,
    while_being_sent,
)
from sentinelmesh.domain.alerts.delivery_rules import ACTIONS
from sentinelmesh.domain.alerts.dependencies import awaits_parent
from sentinelmesh.domain.alerts.quiet_hours import CAN_WAIT

# A claim on a channel without idempotency key: a repeat comes five minutes after the first
# message at the earliest, and that one may have left at the last moment of its claimer.
KEYLESS_LEASE = QUIET_WINDOW + MAX_SENDING
# With a key a repeat is harmless; the lease only has to outlast a sending.
KEYED_LEASE = timedelta(seconds=90)
GIVE_UP_AFTER = timedelta(hours=24)
MAX_UNCERTAIN = 2


def next_action(row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """Decide about one row."""
    if row.finished:
        return Nothing()
    uncertain = row.uncertain_attempts
    if row.state is AlertState.CLAIMED and not around.takes_key:
        uncertain += 1
    ruled_out = _waiting(row, at) or _hopeless(row, around, at, uncertain)
    if ruled_out is not None:
        return ruled_out
    action = ACTIONS[row.kind](row, around, at)
    if not isinstance(action, Send):
        return action
    send = replace(action, uncertain_attempts=uncertain)
    return (
        _hold_back(row, around, at, send)
        or awaits_parent(row, around.parents, at)
        or _in_its_time(row, around, at, send)
    )


def gives_up_at(row: Alert) -> datetime:
    """Return when a row that could not be delivered is given up."""
    return (row.held_until or row.created_at) + GIVE_UP_AFTER


def _waiting(row: Alert, at: datetime) -> Wait | None:
    """A claimed row belongs to its claimer until the lease ends; others wait until they are due."""
    until = row.lease_until if row.state is AlertState.CLAIMED else row.due_at
    return Wait(until=until) if until is not None and until > at else None


def _hopeless(
    row: Alert, around: DeliveryContext, at: datetime, uncertain: int
) -> Suppress | Wait | Kill | None:
    """End a row that has nowhere to go, is too old, or may have been told twice."""
    is_closing = row.content.closed_because is not None
    if around.channel is None or not (around.channel.enabled or is_closing):
        unsent = _check_disabled(row, around, at)
        if unsent is not None:
            return unsent
    if at >= gives_up_at(row):
        return Kill(reason=f"not delivered within a day; last answer: {row.answer}")
    if uncertain >= MAX_UNCERTAIN:
        return Kill(reason="sent twice without learning whether it arrived")
    return None


def _check_disabled(row: Alert, around: DeliveryContext, at: datetime) -> Suppress | Wait | None:
    """End what a disabled or deleted channel is not sent: all but the end of what is open there."""
    channel, opened = around.channel, around.sibling
    if channel is None or opened is None or not is_end_of_announced(row, opened, channel):
        return Suppress(reason="the channel was deleted or switched off")
    return None if opened.finished else Wait(until=at + SIBLING_PAUSE)


def _hold_back(row: Alert, around: DeliveryContext, at: datetime, send: Send) -> Defer | None:
    """Hold back in quiet hours what can wait; an outage never does."""
    hours = around.channel.quiet_hours if around.channel else None
    # Nobody is woken by the end of an alert that a receiver keeps open.
    if row.content.closed_because or hours is None or row.content.severity not in CAN_WAIT:
        return None
    until = hours.end_after(at)
    if until is None:
        return None
    return Defer(
        until=until,
        reason="the channel's quiet hours",
        uncertain_attempts=send.uncertain_attempts,
        is_held=True,
    )


def _in_its_time(row: Alert, around: DeliveryContext, at: datetime, send: Send) -> Action:
    """Be quiet for five minutes after the same, and let no end arrive after a newer beginning."""
    if row.content.closed_because is not None:
        return send
    told_at = around.attention.same_told_at(row)
    is_quiet = told_at is not None and told_at + QUIET_WINDOW > at
    if (is_quiet or row.state is AlertState.SUPPRESSED) and _is_old_news(row, around, send):
        opened = around.sibling
        return Suppress(
            reason="another end was told meanwhile, and nobody heard of this beginning",
            with_opened=opened is not None and not opened.finished,
        )
    if is_quiet and told_at is not None:
        until = told_at + QUIET_WINDOW
        return Postpone(until=until, uncertain_attempts=send.uncertain_attempts)
    if row.kind is AlertKind.OPENED and around.end_before is not None:
        return while_being_sent(around.end_before, at) or send
    return send


def _is_old_news(row: Alert, around: DeliveryContext, send: Send) -> bool:
    """Return whether an end that has to be quiet can stay so, lest ends drip for hours.

    It can if the channel knows nothing that it would have to take back: it takes no beginnings, or
    was not told this one and heard of the end of a newer outage.
    """
    is_unheard = around.sibling is None or (send.combined and send.overtaken)
    return row.kind is AlertKind.RESOLVED and is_unheard
