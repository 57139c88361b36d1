"""What each kind of alert row wants: to tell now, to wait for another one, or to stay untold."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.delivery_action import Action, Defer, Send, Suppress, Wait
from sentinelmesh.domain.alerts.delivery_context import (
    QUIET_WINDOW,
    SIBLING_PAUSE,
    DeliveryContext,
    while_being_sent,
)
from sentinelmesh.domain.alerts.dependencies import fell_with_parent
from sentinelmesh.domain.alerts.routing import takes
from sentinelmesh.domain.incidents.incident import OUTAGE, UNKNOWN, IncidentState

ACKNOWLEDGEMENT_PAUSE = timedelta(minutes=1)
TAKEN_CARE_OF = "somebody takes care of it"
OVER_WITH_PARENT = "it was down together with what it depends on"
# What takes the place of a lesser trouble, and is all the news there is.
WORSE = {
    OUTAGE: "it became an outage, which is told",
    UNKNOWN: "nobody can check it any more, which is announced",
}
FLAPS = "it flaps, which is told instead"
OVER_BEFORE_STEP = "it was over before this step of the escalation was reached"
# How often a reminder looks again while its monitor flaps.
FLAPPING_PAUSE = timedelta(minutes=30)
# After its last member a group has its end written by then.
GROUP_ENDS_WITHIN = timedelta(minutes=5)


def _opened_action(row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """A beginning is told while the outage lasts; afterwards together with its end."""
    state = around.incident.state if around.incident else IncidentState.OPEN
    superfluous = _superfluous_step(row, around)
    if superfluous is not None:
        return superfluous
    if around.incident is not None and around.incident.flips:
        return Suppress(reason=FLAPS)
    if state is IncidentState.OPEN:
        return Send()
    if state is IncidentState.CANCELLED:
        return Suppress(reason="the monitor was paused or deleted before this could be told")
    return _ended_action(row, around, at)


def _ended_action(row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """A beginning whose end is there is that one's matter, if the channel takes ends."""
    if row.state is AlertState.SUPPRESSED:
        return Suppress(reason="it was over before it could be told again")
    if around.sibling is None and row.parent is not None:
        return Suppress(reason=fell_with_parent(row) or OVER_WITH_PARENT)
    if around.sibling is None:
        # The channel takes no ends: what there is to tell, this row has to tell alone.
        return _end_to_come(row, around, at) or Send(combined=True)
    if around.sibling.finished:
        return Suppress(reason="it was over before it could be told")
    return Wait(until=at + SIBLING_PAUSE)


def _end_to_come(row: Alert, around: DeliveryContext, at: datetime) -> Wait | None:
    """The end of a group is written a while after it, where its channel takes ends."""
    incident, channel = around.incident, around.channel
    if not row.is_group or incident is None or incident.resolved_at is None or channel is None:
        return None
    until = incident.resolved_at + GROUP_ENDS_WITHIN
    is_to_come = takes(channel, AlertKind.RESOLVED, incident.severity) and at < until
    return Wait(until=min(until, at + SIBLING_PAUSE)) if is_to_come else None


def _resolved_action(row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """An end is never told before its beginning, and not at all if nobody heard of that."""
    opened = around.sibling
    if row.content.closed_because is not None:
        return _closing_action(opened, at)
    reason = fell_with_parent(opened)
    if reason is not None:
        return Suppress(reason=reason, with_opened=True)
    if _became_worse(row, around):
        untold = opened is not None and not opened.finished and opened.group is None
        waits = while_being_sent(opened, at) if opened is not None else None
        reason = WORSE[row.content.superseded_by or OUTAGE]
        return waits or Suppress(reason=reason, with_opened=untold)
    send = Send(combined=row.combined, overtaken=around.attention.is_overtaken(row))
    if opened is not None and opened.group is not None:
        # The group tells it, in its time.
        return send
    if row.combined or opened is None or opened.state is AlertState.SENT:
        return send
    if _is_kept_quiet(opened, around):
        return Suppress(reason="its beginning was not announced", with_opened=not opened.finished)
    return while_being_sent(opened, at) or replace(send, combined=True)


def _closing_action(opened: Alert | None, at: datetime) -> Action:
    """Close at a receiver what was opened there; what was not opened needs no end."""
    if opened is None or (opened.finished and opened.state is not AlertState.SENT):
        return Suppress(reason="its beginning was not announced")
    if opened.state is AlertState.SENT or opened.group is not None:
        return Send()
    return while_being_sent(opened, at) or Wait(until=at + SIBLING_PAUSE)


def _became_worse(row: Alert, around: DeliveryContext) -> bool:
    """Return whether the outage that took a lesser trouble's place is all the news there is.

    The same goes for a lesser trouble of which nobody knows any more whether it lasts. Where
    receivers keep an alert open until its end is told, they are told that.
    """
    worse = row.content.superseded_by
    if worse is None or worse not in WORSE or row.content.severity == OUTAGE:
        return False
    is_kept_open = around.takes_key and (row.attempts > 0 or _is_told(around.sibling))
    channel = around.channel
    return not is_kept_open and channel is not None and takes(channel, AlertKind.OPENED, worse)


def _is_told(row: Alert | None) -> bool:
    return row is not None and row.state is AlertState.SENT


def _flapping_action(row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """Flapping is told behind the beginning of its incident, if that is being told."""
    superfluous = _superfluous_step(row, around)
    if superfluous is not None:
        return superfluous
    if around.incident is not None and around.incident.state is IncidentState.CANCELLED:
        return Suppress(reason="the monitor was paused or deleted before this could be told")
    return (while_being_sent(around.sibling, at) if around.sibling else None) or Send()


def _stable_action(_row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """That it is stable again is told to whoever heard that it flapped, and behind that."""
    flapping = around.sibling
    if flapping is None or flapping.state is AlertState.SENT:
        return Send()
    if flapping.finished:
        return Suppress(reason="that it flapped was not told")
    if _is_unreached_step(flapping) and not _is_open(around):
        return Suppress(reason="that it flapped was not told", with_opened=True)
    if _is_unreached_step(flapping) and flapping.due_at > at:
        reason = "that it flapped is told at a later step of the escalation"
        return Defer(until=flapping.due_at + SIBLING_PAUSE, reason=reason)
    return while_being_sent(flapping, at) or Wait(until=at + SIBLING_PAUSE)


def _is_kept_quiet(opened: Alert, around: DeliveryContext) -> bool:
    """Return whether a beginning is never announced, whether or not that is decided yet.

    By the five-minute rule, or because its step of the escalation was not reached.
    """
    if _is_unreached_step(opened):
        return True
    if opened.state is AlertState.SUPPRESSED:
        return not opened.uncertain_attempts
    told_at = around.attention.same_told_at(opened)
    is_soon = told_at is not None and opened.created_at < told_at + QUIET_WINDOW
    return opened.state is AlertState.PENDING and is_soon


def _reminder_action(_row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """A reminder is told while the outage lasts and nobody takes care of it."""
    incident = around.incident
    if incident is None or not _is_open(around):
        return Suppress(reason="it is over")
    if _is_taken_care_of(around):
        return Suppress(reason=TAKEN_CARE_OF)
    if incident.flapping:
        return Defer(until=at + FLAPPING_PAUSE, reason=FLAPS, is_held=True)
    return Send()


def _acknowledged_action(_row: Alert, around: DeliveryContext, at: datetime) -> Action:
    """That somebody takes care is told to those who know of what, as long as it lasts."""
    if not _is_open(around):
        return Suppress(reason="it is over")
    opened = around.sibling
    if opened is not None and opened.group is not None:
        if not opened.finished:
            # It may yet be told alone.
            return Defer(until=at + SIBLING_PAUSE, reason="its beginning waits for others")
        return Suppress(reason="it is told when somebody takes care of all that last")
    if opened is None or opened.state is AlertState.SENT:
        return Send()
    if opened.finished or opened.unless_acknowledged:
        return Suppress(reason="its beginning was not announced")
    return Defer(until=at + ACKNOWLEDGEMENT_PAUSE, reason="its beginning was not told yet")


def _superfluous_step(row: Alert, around: DeliveryContext) -> Suppress | None:
    """End a step of an escalation before which somebody took care, or it was over."""
    if not _is_unreached_step(row):
        return None
    if _is_taken_care_of(around):
        return Suppress(reason=TAKEN_CARE_OF)
    is_over = around.incident is not None and not _is_open(around)
    return Suppress(reason=OVER_BEFORE_STEP) if is_over else None


def _is_unreached_step(row: Alert) -> bool:
    return row.unless_acknowledged and not row.attempts


def _is_open(around: DeliveryContext) -> bool:
    return around.incident is not None and around.incident.state is IncidentState.OPEN


def _is_taken_care_of(around: DeliveryContext) -> bool:
    return around.incident is not None and around.incident.acknowledged_at is not None


ACTIONS: Mapping[AlertKind, Callable[[Alert, DeliveryContext, datetime], Action]] = {
    AlertKind.OPENED: _opened_action,
    AlertKind.RESOLVED: _resolved_action,
    AlertKind.FLAPPING: _flapping_action,
    AlertKind.STABLE: _stable_action,
    AlertKind.REMINDER: _reminder_action,
    AlertKind.ACKNOWLEDGED: _acknowledged_action,
}
