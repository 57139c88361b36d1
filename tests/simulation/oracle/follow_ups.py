"""What follows from alerts: reminders, steps of an escalation, fallbacks, and quiet hours."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.incidents.incident import Incident, Status
from tests.simulation.oracle.remains import Remains, told_of
from tests.simulation.people import STAND_BY, STEP_MINUTES

# What works again is given this long to take along what depends on it.
TO_FOLLOW = timedelta(minutes=2)
# A row is looked at by the sweep of the next minute, if its wake-up got lost.
LATE = timedelta(minutes=2)


def is_still_to_come(alert: Alert, now: datetime) -> bool:
    """Return whether a row is for later: reminders, steps, and what quiet hours hold back."""
    is_step = alert.kind is AlertKind.REMINDER or alert.unless_acknowledged
    is_planned = is_step or alert.held_until is not None
    return is_planned and not alert.finished and alert.due_at > now - LATE


def followed(remains: Remains) -> Iterator[str]:
    """I5: what is dead is told by the fallback, and reminders go on as long as they are wanted."""
    rows = {(each.incident_id, each.key): each for each in remains.alerts}
    incidents = {each.incident_id: each for each in remains.incidents}
    for alert in remains.alerts:
        channel = remains.channels.get(alert.channel_id)
        if channel is None:
            continue
        name, number = alert.group or alert.incident_id, alert.part if alert.group else alert.number
        fallback = f"{alert.kind}#{channel.fallback}" + f"#{number}" * bool(number)
        is_dead = alert.state is AlertState.DEAD and channel.fallback is not None
        if is_dead and (name, fallback) not in rows:
            yield f"I5: {alert.incident_id} {alert.key} is dead, and no fallback was told"
        if channel.reminder_minutes is None or alert.group is not None:
            continue
        pause = timedelta(minutes=channel.reminder_minutes)
        calm = remains.life.calm_since
        about = incidents.get(alert.incident_id) or _whole(remains, alert, incidents)
        if about is None or not _asks_for_reminder(alert, about, pause, calm):
            continue
        following = rows.get((alert.incident_id, f"reminder#{channel.id}#{alert.number + 1}"))
        if following is None or _was_never_tried(following):
            yield f"I5: {alert.incident_id} {alert.key} was followed by no reminder"


def _was_never_tried(reminder: Alert) -> bool:
    """Return whether nobody can have got it: what was claimed may have arrived, and waits long."""
    return reminder.state is AlertState.SUPPRESSED and not reminder.attempts


def _whole(remains: Remains, alert: Alert, incidents: Mapping[str, Incident]) -> Incident | None:
    """Return of a group the member that lasts longest; None where that alone does not decide."""
    found = [incidents[each.incident_id] for each in remains.members(alert.incident_id)]
    if not found or any(each.acknowledged_at or each.flips for each in found):
        return None
    return max(found, key=lambda each: each.resolved_at or remains.now)


def _asks_for_reminder(alert: Alert, incident: Incident, pause: timedelta, calm: datetime) -> bool:
    """Return whether an outage lasted, and nobody took care, until a reminder was certainly told.

    In a storm wake-ups and sweeps get lost: nothing is certain before the calm.
    """
    # An update of a group is no first message: that one has the reminders of all.
    is_update = alert.is_group and alert.kind is AlertKind.OPENED and alert.number > 0
    if alert.sent_at is None or alert.combined or is_update:
        return False
    if alert.kind not in {AlertKind.OPENED, AlertKind.REMINDER}:
        return False
    certain = max(alert.sent_at + pause, calm) + LATE
    is_over = incident.resolved_at is not None and incident.resolved_at < certain
    taken_care = incident.acknowledged_at is not None and incident.acknowledged_at < certain
    return not (is_over or taken_care)


def kept_from_sleep(remains: Remains) -> Iterator[str]:
    """No outage waits for the morning, and who is asked by a step is not asked before its time."""
    flapped = {each.incident_id for each in remains.incidents if each.flapping or each.flips}
    for alert in remains.alerts:
        if alert.held_until is None or alert.content.severity != "outage":
            continue
        # While its monitor flaps a reminder is held back, whatever the hour; and so is what may be
        # told by what its monitor depends on.
        told = {each.incident_id for each in remains.members(alert.incident_id)}
        flaps = bool(flapped & {alert.incident_id, *told})
        if not (alert.content.parents or (flaps and alert.kind is AlertKind.REMINDER)):
            yield f"I5: {alert.incident_id} {alert.key} waited for the end of quiet hours"
    confirmed = {each.incident_id: each.confirmed_at for each in remains.incidents}
    for each in remains.life.providers.taken:
        channel, notice = remains.channels.get(each.channel_id), each.notice
        # It hears of an outage by a step, or instead of somebody else.
        is_asked = channel is not None and channel.name == STAND_BY and notice.instead_of is None
        if not is_asked or notice.kind is not AlertKind.OPENED:
            continue
        named = [confirmed[name] for name in told_of(each) if name in confirmed]
        if each.at < max(named) + timedelta(minutes=STEP_MINUTES):
            yield f"I5: {notice.incident_id} was told to the stand-by before its time"


def waiting_for_parents(remains: Remains) -> Iterator[str]:
    """I5: a beginning waits only for what its monitor depends on at present, while that fails."""
    for alert in remains.alerts:
        if alert.finished or alert.parent is None or alert.attempts:
            continue
        monitor = remains.monitors.get(alert.monitor_id)
        if monitor is None or not any(_explains(remains, each) for each in monitor.depends_on):
            yield f"I5: {alert.incident_id} {alert.key} waits for {alert.parent} without a reason"


def _explains(remains: Remains, parent_id: str) -> bool:
    """Return True if a parent fails, or did until a moment ago."""
    parent, state = remains.monitors.get(parent_id), remains.states.get(parent_id)
    if parent is None or parent.paused or state is None:
        return False
    is_failing = state.status in {Status.DOWN, Status.VERIFYING}
    return is_failing or state.since > remains.now - TO_FOLLOW - LATE
