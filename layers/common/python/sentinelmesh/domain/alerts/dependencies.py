"""What a monitor depends on is told first; what fails with it only if it goes on failing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.delivery_action import Defer
from sentinelmesh.domain.incidents.incident import Status

# A parent may be probed a little later than its child: it fails too, and nobody has noticed yet.
CHILD_HOLD = timedelta(seconds=30)
WHILE_VERIFYING = timedelta(seconds=10)
# A suspicion that nobody can verify may last for hours, and what depends on it is down by now.
MAX_SUSPICION = timedelta(minutes=2)
# What people edit meanwhile takes effect within half a minute, the hold of a storm included.
RECHECK_PAUSE = timedelta(seconds=20)
# What works again has to be seen to work by those that depend on it.
AFTER_PARENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentStatus:
    """How a monitor stands that another one depends on.

    Args:
        incident_id: its open incident.
        is_told: the channel in question is told of that.
    """

    monitor_id: str
    name: str
    status: Status
    since: datetime
    incident_id: str | None = None
    is_told: bool = False

    @property
    def is_down(self) -> bool:
        """Whether it is down, and the channel hears of that."""
        return self.status is Status.DOWN and self.is_told


def down_parent(parents: tuple[ParentStatus, ...]) -> ParentStatus | None:
    """Return the parent that explains why a child fails, if one does."""
    return next((each for each in parents if each.is_down), None)


def awaits_parent(row: Alert, parents: tuple[ParentStatus, ...], at: datetime) -> Defer | None:
    """Hold a beginning back for what its monitor depends on; None lets it be told.

    While a parent is down, a while after, and for a moment at the beginning, in which it may turn
    out that the parent fails too.

    Args:
        parents: what its monitor depends on at present; nothing that is paused or deleted.
    """
    is_fresh = row.kind is AlertKind.OPENED and not row.attempts and row.instead_of is None
    if not parents or not is_fresh:
        return None
    parent = down_parent(parents)
    if parent is not None:
        reason = f"{parent.name} is down, and this depends on it"
        return Defer(until=at + RECHECK_PAUSE, reason=reason, is_held=True, parent=parent.name)
    suspects = (each for each in parents if each.status is Status.VERIFYING)
    suspect = next((each for each in suspects if at < each.since + MAX_SUSPICION), None)
    if suspect is not None:
        reason = f"{suspect.name} may be down, and this depends on it"
        return Defer(until=at + WHILE_VERIFYING, reason=reason, is_held=True)
    former = [each.since for each in parents if each.name == row.parent]
    if former:
        until = max(former) + AFTER_PARENT
        reason = f"{row.parent} works again, so this may too"
    else:
        # Also where an edit has replaced the parent that it waited for.
        until = row.created_at + CHILD_HOLD
        reason = "what this depends on may turn out to be down"
    return Defer(until=until, reason=reason, is_held=row.parent is not None) if at < until else None


def fell_with_parent(opened: Alert | None) -> str | None:
    """Return why an end is not told whose beginning was held back for a parent."""
    if opened is None or opened.parent is None or opened.finished:
        return None
    if opened.attempts or opened.group is not None:
        return None
    return f"it was down together with {opened.parent}, which it depends on"
