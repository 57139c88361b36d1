"""What to do with an alert row: send, wait, suppress or give up; the alerter carries it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.action import (
    Action,
    Defer,
    Kill,
    Nothing,
    Postpone,
    Send,
    Suppress,
    Wait,
)
from sentinelmesh.domain.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.attention import Attention
from sentinelmesh.domain.incident import Incident, IncidentState
from sentinelmesh.domain.quiet_hours import CAN_WAIT

# Alerts of one kind for one monitor reach a channel at most this often.
QUIET_WINDOW = timedelta(minutes=5)
# Nothing that a claimer does reaches the provider later than this: its process is gone by then.
LONGEST_SENDING = timedelta(seconds=60)
# A claim on a channel without idempotency key: a repeat comes five minutes after the first
# message at the earliest, and that one may have left at the last moment of its claimer.
KEYLESS_LEASE = QUIET_WINDOW + LONGEST_SENDING
# With a key a repeat is harmless; the lease only has to outlast a sending.
KEYED_LEASE = timedelta(seconds=90)
GIVE_UP_AFTER = timedelta(hours=24)
MOST_UNCERTAIN = 2
SIBLING_PAUSE = timedelta(seconds=10)
ACKNOWLEDGEMENT_PAUSE = timedelta(minutes=1)
TAKEN_CARE_OF = "somebody takes care of it"
OVER_BEFORE_STEP = "it was over before this step of the escalation was reached"
# How often a reminder looks again while its monitor flaps.
FLAPPING_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a decision about a row depends on beside the row.

    Args:
        incident: as it stands now.
        channel: None when it was deleted.
        sibling: another row of the same incident and channel: the end for a beginning; the
            beginning for everything else, which is flapping if it flapped.
        attention: what the channel was told last about the monitor.
        end_before: the row of the last end that the channel was told, if that was another
            incident's.
        takes_key: whether the receiver drops a second message of the same key.
    """

    incident: Incident | None
    channel: Channel | None
    attention: Attention
    sibling: Alert | None = None
    end_before: Alert | None = None
    takes_key: bool = False


def next_action(row: Alert, around: Circumstances, at: datetime) -> Action:
    """Decide about one row."""
    if row.finished:
        return Nothing()
    uncertain = row.uncertain_attempts
    if row.state is AlertState.CLAIMED and not around.takes_key:
        uncertain += 1
    ruled_out = _waiting(row, at) or _hopeless(row, around, at, uncertain)
    if ruled_out is not None:
        return ruled_out
    action = _ACTIONS[row.kind](row, around, at)
    if not isinstance(action, Send):
        return action
    send = replace(action, uncertain_attempts=uncertain)
    return _held_back(row, around, at, send) or _in_its_time(row, around, at, send)


def gives_up_at(row: Alert) -> datetime:
    """Say when a row that could not be delivered is given up."""
    return (row.held_until or row.created_at) + GIVE_UP_AFTER


def _waiting(row: Alert, at: datetime) -> Wait | None:
    """A claimed row belongs to its claimer until the lease ends; others wait until they are due."""
    until = row.lease_until if row.state is AlertState.CLAIMED else row.due_at
    return Wait(until=until) if until is not None and until > at else None


def _hopeless(
    row: Alert, around: Circumstances, at: datetime, uncertain: int
) -> Suppress | Kill | None:
    """End a row that has nowhere to go, is too old, or may have been told twice."""
    if around.channel is None or not around.channel.enabled:
        return Suppress(reason="the channel was deleted or switched off")
    if at >= gives_up_at(row):
        return Kill(reason=f"not delivered within a day; last answer: {row.answer}")
    if uncertain >= MOST_UNCERTAIN:
        return Kill(reason="sent twice without learning whether it arrived")
    return None


def _opened_action(row: Alert, around: Circumstances, at: datetime) -> Action:
    """A beginning is told while the outage lasts; afterwards together with its end."""
    state = around.incident.state if around.incident else IncidentState.OPEN
    superfluous = _superfluous_step(row, around)
    if superfluous is not None:
        return superfluous
    if around.incident is not None and around.incident.flips:
        return Suppress(reason="it flaps, and that was told")
    if state is IncidentState.OPEN:
        return Send()
    if state is IncidentState.CANCELLED:
        return Suppress(reason="the monitor was paused or deleted before this could be told")
    if row.state is AlertState.SUPPRESSED:
        return Suppress(reason="it was over before it could be told again")
    if around.sibling is None:
        # The channel takes no ends: what there is to tell, this row has to tell alone.
        return Send(combined=True)
    if around.sibling.finished:
        return Suppress(reason="it was over before it could be told")
    return Wait(until=at + SIBLING_PAUSE)


def _resolved_action(row: Alert, around: Circumstances, at: datetime) -> Action:
    """An end is never told before its beginning, and not at all if nobody heard of that."""
    opened = around.sibling
    send = Send(combined=row.combined, overtaken=around.attention.is_overtaken(row))
    if row.combined or opened is None or opened.state is AlertState.SENT:
        return send
    if _is_kept_quiet(opened, around):
        return Suppress(reason="its beginning was not announced", with_opened=not opened.finished)
    return _while_being_sent(opened, at) or replace(send, combined=True)


def _flapping_action(row: Alert, around: Circumstances, at: datetime) -> Action:
    """Flapping is told behind the beginning of its incident, if that is being told."""
    superfluous = _superfluous_step(row, around)
    if superfluous is not None:
        return superfluous
    if around.incident is not None and around.incident.state is IncidentState.CANCELLED:
        return Suppress(reason="the monitor was paused or deleted before this could be told")
    return (_while_being_sent(around.sibling, at) if around.sibling else None) or Send()


def _stable_action(_row: Alert, around: Circumstances, at: datetime) -> Action:
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
    return _while_being_sent(flapping, at) or Wait(until=at + SIBLING_PAUSE)


def _is_kept_quiet(opened: Alert, around: Circumstances) -> bool:
    """Say whether a beginning stays untold, looked at yet or not.

    By the five-minute rule, or because its step of the escalation was not reached.
    """
    if _is_unreached_step(opened):
        return True
    if opened.state is AlertState.SUPPRESSED:
        return not opened.uncertain_attempts
    told_at = around.attention.same_told_at(opened)
    is_soon = told_at is not None and opened.created_at < told_at + QUIET_WINDOW
    return opened.state is AlertState.PENDING and is_soon


def _reminder_action(_row: Alert, around: Circumstances, at: datetime) -> Action:
    """A reminder is told while the outage lasts and nobody takes care of it."""
    incident = around.incident
    if incident is None or not _is_open(around):
        return Suppress(reason="it is over")
    if _is_taken_care_of(around):
        return Suppress(reason=TAKEN_CARE_OF)
    if incident.flapping:
        reason = "it flaps, and that was told"
        return Defer(until=at + FLAPPING_PAUSE, reason=reason, is_held=True)
    return Send()


def _acknowledged_action(_row: Alert, around: Circumstances, at: datetime) -> Action:
    """That somebody takes care is told to those who know of what, as long as it lasts."""
    if not _is_open(around):
        return Suppress(reason="it is over")
    opened = around.sibling
    if opened is None or opened.state is AlertState.SENT:
        return Send()
    if opened.finished or opened.unless_acknowledged:
        return Suppress(reason="its beginning was not announced")
    return Defer(until=at + ACKNOWLEDGEMENT_PAUSE, reason="its beginning was not told yet")


_ACTIONS: Mapping[AlertKind, Callable[[Alert, Circumstances, datetime], Action]] = {
    AlertKind.OPENED: _opened_action,
    AlertKind.RESOLVED: _resolved_action,
    AlertKind.FLAPPING: _flapping_action,
    AlertKind.STABLE: _stable_action,
    AlertKind.REMINDER: _reminder_action,
    AlertKind.ACKNOWLEDGED: _acknowledged_action,
}


def told_before(kind: AlertKind, incident: Incident | None) -> tuple[AlertKind, ...]:
    """Name the kinds of which the first that a channel has a row of tells the beginning.

    Of an incident that flapped that is told as flapping, whether or not it began with that.
    """
    if kind is AlertKind.FLAPPING:
        return (AlertKind.OPENED,)
    if kind is AlertKind.STABLE:
        return (AlertKind.FLAPPING,)
    has_flapped = incident is not None and (incident.flapping or bool(incident.flips))
    both = (AlertKind.OPENED, AlertKind.FLAPPING)
    return both[::-1] if has_flapped else both


def _is_unreached_step(row: Alert) -> bool:
    return row.unless_acknowledged and not row.attempts


def _superfluous_step(row: Alert, around: Circumstances) -> Suppress | None:
    """End a step of an escalation before which somebody took care, or it was over."""
    if not _is_unreached_step(row):
        return None
    if _is_taken_care_of(around):
        return Suppress(reason=TAKEN_CARE_OF)
    is_over = around.incident is not None and not _is_open(around)
    return Suppress(reason=OVER_BEFORE_STEP) if is_over else None


def _is_open(around: Circumstances) -> bool:
    return around.incident is not None and around.incident.state is IncidentState.OPEN


def _is_taken_care_of(around: Circumstances) -> bool:
    return around.incident is not None and around.incident.acknowledged_at is not None


def _held_back(row: Alert, around: Circumstances, at: datetime, send: Send) -> Defer | None:
    """Hold back in quiet hours what can wait; an outage never does."""
    hours = around.channel.quiet_hours if around.channel else None
    if hours is None or row.content.severity not in CAN_WAIT:
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


def _in_its_time(row: Alert, around: Circumstances, at: datetime, send: Send) -> Action:
    """Be quiet for five minutes after the same, and let no end arrive after a newer beginning."""
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
        return _while_being_sent(around.end_before, at) or send
    return send


def _is_old_news(row: Alert, around: Circumstances, send: Send) -> bool:
    """Say whether an end that has to be quiet can stay so, lest ends drip for hours.

    It can if the channel knows nothing that it would have to take back: it takes no beginnings, or
    was not told this one and heard of the end of a newer outage.
    """
    is_unheard = around.sibling is None or (send.combined and send.overtaken)
    return row.kind is AlertKind.RESOLVED and is_unheard


def _while_being_sent(other: Alert, at: datetime) -> Wait | None:
    """Its claimer may be sending it this very moment: what comes after it must not overtake it."""
    if other.state is not AlertState.CLAIMED or other.claimed_at is None:
        return None
    gone_at = other.claimed_at + LONGEST_SENDING
    return Wait(until=min(gone_at, at + SIBLING_PAUSE)) if at < gone_at else None
