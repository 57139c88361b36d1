"""Closing events: a receiver that keeps an alert open is told when nobody follows it any more.

A pager, a webhook or an edited message holds a state. When a monitor is paused or deleted, or when
it does not alert that channel any more, no end would ever come. People's channels stay silent then.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.alerts.routing import is_routed
from sentinelmesh.domain.incidents.incident import UNKNOWN, Incident
from sentinelmesh.domain.monitors.monitor import Monitor

DISABLED = "This channel was disabled."
NOT_ROUTED = "The monitor does not alert this channel any more."
GROUP_NOT_ROUTED = "The monitors do not alert this channel any more."
STATEFUL_KINDS = frozenset({"pagerduty", "opsgenie", "webhook"})
# An end may still come for the same incident: the closing event must not take its place.
LOST_CHANNEL_NUMBER = 1
# The ends of a group are counted up from zero, and never come to so many. Of the two that come
# for reasons of their own each closes it for good, so there is only one of them.
LAST_END_NUMBER = 1_000_000


def keeps_state(channel: Channel) -> bool:
    """Return True if the receiver keeps an alert open until its end arrives.

    Slack does where a bot can edit its message; nothing posted to a Slack webhook can be changed.
    """
    return channel.kind in STATEFUL_KINDS or "bot_token" in channel.secret_fields


def close_cancelled(
    incident: Incident, rows: Iterable[Alert], channels: Iterable[Channel], sentence: str
) -> tuple[Alert, ...]:
    """Return the closing events of an incident that was cancelled.

    Args:
        incident: as it is stored once it is cancelled.
        rows: the alerts of the incident.
        sentence: why it was cancelled.
    """
    at = incident.resolved_at or incident.confirmed_at
    stateful = {each.id for each in channels if keeps_state(each)}
    opened = (row for row in _announcements(rows) if row.channel_id in stateful)
    return tuple(_closing_event(row, at, sentence) for row in opened)


def find_open_receivers(rows: Iterable[Alert], channels: Sequence[Channel]) -> tuple[Channel, ...]:
    """Return the channels whose receivers keep an incident open: they are sent its end.

    Whatever has been edited since it was announced there, unless they take no ends.

    Args:
        rows: the alerts of the incident.
    """
    alerts = list(rows)
    known = {each.id: each for each in channels if keeps_state(each)}
    closed = {row.channel_id for row in alerts if row.kind is AlertKind.RESOLVED}
    # A fallback gets its ends from the channel that it stands in for, while that has any.
    represented = {each.name for each in channels if each.enabled}
    return tuple(
        known[row.channel_id]
        for row in _announcements(alerts)
        if row.channel_id in known.keys() - closed
        and row.instead_of not in represented
        and _takes_ends(known[row.channel_id], row.content.severity)
    )


def is_end_of_announced(row: Alert, opened: Alert | None, channel: Channel) -> bool:
    """Return True if an alert ends at a receiver what was announced there, or may yet be.

    Args:
        opened: the announcement.
    """
    is_end = row.kind.event is AlertKind.RESOLVED and row.content.resolved_at is not None
    return is_end and keeps_state(channel) and opened is not None and _is_announcement(opened)


def is_kept_open(rows: Iterable[Alert], channel: Channel) -> bool:
    """Return True if a receiver was sent an announcement, and no end of it is on its way.

    Args:
        rows: the alerts of an incident or of a group.
        channel: one whose receiver keeps alerts open.
    """
    sent = [row for row in rows if row.channel_id == channel.id]
    is_announced = any(_is_announcement(row) for row in sent)
    is_ending = any(_is_whole_end(row) for row in sent)
    return is_announced and not is_ending


def find_unclosed(rows: Iterable[Alert], channel: Channel) -> Alert | None:
    """Return the announcement that a channel's receiver keeps open; None if nothing is open there.

    What was tried once is not waited for: a receiver that is gone closes nothing.

    Args:
        rows: the alerts of an incident or of a group.
    """
    sent = [row for row in rows if row.channel_id == channel.id]
    is_closed = any(_is_whole_end(row) and (row.finished or row.attempts) for row in sent)
    return None if is_closed else next(_announcements(sent), None)


def close_lost_channels(
    monitor: Monitor | None, rows: Iterable[Alert], channels: Iterable[Channel], at: datetime
) -> tuple[Alert, ...]:
    """Return the closing events for channels that a monitor with an open incident does not alert.

    Args:
        monitor: None where it cannot be read.
        rows: the alerts of the incident; those that a group announces are closed with the group.
    """
    return tuple(
        replace(_closing_event(row, at, reason), number=LOST_CHANNEL_NUMBER)
        for row, reason in _judge_channels(monitor, rows, channels)
        if row.group is None and reason is not None
    )


def find_lost_groups(
    monitor: Monitor | None, rows: Iterable[Alert], channels: Iterable[Channel]
) -> dict[tuple[str, str], bool]:
    """Return the groups that announced an incident, each with its channel.

    The value is True if the monitor does not alert that channel any more.
    """
    judged = _judge_channels(monitor, rows, channels)
    return {
        (row.group, row.channel_id): reason is not None
        for row, reason in judged
        if row.group is not None
    }


def close_lost_group(rows: Iterable[Alert], channel: Channel, at: datetime) -> Alert | None:
    """Return the closing event of a group of which no monitor alerts a channel any more.

    Args:
        rows: the alerts of the group.
    """
    of_channel = [row for row in rows if row.channel_id == channel.id and _is_announcement(row)]
    if not of_channel:
        return None
    # The last of its messages names all that joined.
    newest = max(of_channel, key=lambda row: row.number)
    reason = GROUP_NOT_ROUTED if channel.enabled else DISABLED
    event = _closing_event(newest, at, reason)
    group = event.content.group
    content = replace(event.content, group=replace(group, over=()) if group else None)
    return replace(event, content=content, number=LAST_END_NUMBER)


def _judge_channels(
    monitor: Monitor | None, rows: Iterable[Alert], channels: Iterable[Channel]
) -> Iterator[tuple[Alert, str | None]]:
    """Walk over the announcements to receivers that keep a state, each with why it was lost."""
    known = {each.id: each for each in channels if keeps_state(each)}
    for row in _announcements(rows):
        if row.channel_id in known:
            yield row, _why_lost(row, monitor, known[row.channel_id])


def _announcements(rows: Iterable[Alert]) -> Iterator[Alert]:
    """Walk over the alerts that announced an incident, or still may: one for each channel."""
    found: dict[str, Alert] = {}
    for row in rows:
        if _is_announcement(row):
            found.setdefault(row.channel_id, row)
    yield from found.values()


def _is_whole_end(row: Alert) -> bool:
    """Return True for an end after which nothing of its incident or group is open."""
    group = row.content.group
    is_whole = group is None or not group.lasting or row.content.closed_because is not None
    return row.kind is AlertKind.RESOLVED and is_whole


def _takes_ends(channel: Channel, severity: str) -> bool:
    return severity == UNKNOWN or AlertKind.RESOLVED in channel.events


def _is_announcement(row: Alert) -> bool:
    is_open = not row.finished or row.state is AlertState.SENT
    return row.kind.event is AlertKind.OPENED and is_open


def _why_lost(row: Alert, monitor: Monitor | None, channel: Channel) -> str | None:
    """Return why a channel hears no more of an incident; None if it does."""
    if not channel.enabled:
        return DISABLED
    # Steps of an escalation and fallbacks are no matter of routing.
    is_extra = row.unless_acknowledged or row.instead_of is not None
    if (
        monitor is None
        or is_extra
        or is_routed(channel, monitor, AlertKind.OPENED, row.content.severity)
    ):
        return None
    return NOT_ROUTED


def _closing_event(opened: Alert, at: datetime, sentence: str) -> Alert:
    lasted = (at - opened.content.opened_at).total_seconds()
    content = replace(
        opened.content,
        sentence=sentence,
        closed_because=sentence,
        resolved_at=at,
        duration_seconds=max(0, int(lasted)),
    )
    return Alert(
        incident_id=opened.incident_id,
        monitor_id=opened.monitor_id,
        channel_id=opened.channel_id,
        channel_kind=opened.channel_kind,
        kind=AlertKind.RESOLVED,
        created_at=at,
        due_at=at,
        content=content,
    )
