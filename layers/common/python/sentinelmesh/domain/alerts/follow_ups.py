"""Rows that follow from another row's end: reminders, and the fallback of a dead channel."""

from dataclasses import replace
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.incidents.incident import Incident, IncidentState

REMINDING = frozenset({AlertKind.OPENED, AlertKind.FLAPPING, AlertKind.REMINDER})


def reminder(row: Alert, channel: Channel, incident: Incident | None) -> Alert | None:
    """Plan the next reminder when a channel was told that something is down.

    Args:
        row: as it ends; only one that was sent asks for a reminder.

    It is planned with the mark of the message before it, so that none is lost, and it is told only
    if the outage lasts until then and nobody has taken care.
    """
    # The first message of a group has its reminders: they tell of all that joined since.
    is_told_otherwise = row.combined or row.is_update
    if channel.reminder_minutes is None or row.kind not in REMINDING or is_told_otherwise:
        return None
    is_open = incident is not None and incident.state is IncidentState.OPEN
    if row.sent_at is None or not is_open:
        return None
    due_at = row.sent_at + timedelta(minutes=channel.reminder_minutes)
    return replace(
        _fresh(row, due_at),
        kind=AlertKind.REMINDER,
        number=row.number + 1,
        channel_id=channel.id,
    )


def needs_fallback(row: Alert, opened: Alert | None) -> bool:
    """Return whether a row that ends has to be told by somebody else.

    What is dead has to; and the end of an outage whose beginning was told by the fallback.
    """
    if row.state is AlertState.DEAD:
        return True
    is_end = row.kind.event is AlertKind.RESOLVED and row.finished
    return is_end and opened is not None and opened.state is AlertState.DEAD


def instead(row: Alert, channel: Channel, fallback: Channel, at: datetime) -> Alert:
    """Return the row by which a fallback tells what a channel could not."""
    return replace(
        _fresh(row, at),
        channel_id=fallback.id,
        channel_kind=fallback.kind,
        instead_of=channel.name,
    )


def acknowledgement(opened: Alert, by: str, at: datetime) -> Alert:
    """Return the row that tells a channel that somebody takes care."""
    return replace(
        _fresh(opened, at),
        kind=AlertKind.ACKNOWLEDGED,
        content=replace(opened.content, acknowledged_by=by),
    )


def _fresh(row: Alert, due_at: datetime) -> Alert:
    """Return a new row with the content of another."""
    return Alert(
        incident_id=row.incident_id,
        monitor_id=row.monitor_id,
        channel_id=row.channel_id,
        channel_kind=row.channel_kind,
        kind=row.kind,
        created_at=due_at,
        due_at=due_at,
        content=row.content,
        number=row.number,
        instead_of=row.instead_of,
    )
