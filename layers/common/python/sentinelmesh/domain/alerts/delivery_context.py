"""What a decision about an alert row depends on beside the row, and what has to be told first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import Alert, AlertContent, AlertKind, AlertState, Channel
from sentinelmesh.domain.alerts.delivery_action import Wait
from sentinelmesh.domain.alerts.dependencies import ParentStatus
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.incident import Incident

# Alerts of one kind for one monitor reach a channel at most this often.
QUIET_WINDOW = timedelta(minutes=5)
# Nothing that a claimer does reaches the provider later than this: its process is gone by then.
MAX_SENDING = timedelta(seconds=60)
SIBLING_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryContext:
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
        parents: how that stands which the monitor depends on.
        content: what there is to say by now of a group.
        first: the first message of the group that this row adds to.
    """

    incident: Incident | None
    channel: Channel | None
    attention: NotificationHistory
    sibling: Alert | None = None
    end_before: Alert | None = None
    takes_key: bool = False
    parents: tuple[ParentStatus, ...] = ()
    content: AlertContent | None = None
    first: Alert | None = None


def preceding_kinds(kind: AlertKind, incident: Incident | None) -> tuple[AlertKind, ...]:
    """Return the kinds of which the first that a channel has a row of tells the beginning.

    Of an incident that flapped that is told as flapping, whether or not it began with that.
    """
    if kind is AlertKind.FLAPPING:
        return (AlertKind.OPENED,)
    if kind is AlertKind.STABLE:
        return (AlertKind.FLAPPING,)
    has_flapped = incident is not None and (incident.flapping or bool(incident.flips))
    both = (AlertKind.OPENED, AlertKind.FLAPPING)
    return both[::-1] if has_flapped else both


def while_being_sent(other: Alert, at: datetime) -> Wait | None:
    """Its claimer may be sending it this very moment: what comes after it must not overtake it."""
    if other.state is not AlertState.CLAIMED or other.claimed_at is None:
        return None
    gone_at = other.claimed_at + MAX_SENDING
    return Wait(until=min(gone_at, at + SIBLING_PAUSE)) if at < gone_at else None
