"""Status of a monitor's dependencies, and the alerts that wait for them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.alerts.dependencies import ParentStatus, down_parent
from sentinelmesh.domain.alerts.routing import recipients
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.states import StatesRepository

BEGINNINGS = (AlertKind.OPENED, AlertKind.FLAPPING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """Reads what monitors depend on at present, and counts children with their parents."""

    alerts: AlertsRepository
    states: StatesRepository
    monitors: MonitorsRepository
    policies: EscalationPoliciesRepository
    clock: Callable[[], datetime]

    def find(self, row: Alert, channel: Channel | None) -> tuple[ParentStatus, ...]:
        """Return the status of the parents that a beginning's monitor has by now.

        Cost: nothing for a monitor that had no parents when its incident opened; otherwise 1 read
            unit for its configuration, 2 for each parent, and up to two for each that is down.
        """
        if channel is None or not row.content.parents or row.kind is not AlertKind.OPENED:
            return ()
        child = self.monitors.get_many([row.monitor_id]).get(row.monitor_id)
        if child is None:
            return ()
        return tuple(
            ParentStatus(
                monitor_id=parent.id,
                name=parent.name,
                status=state.status,
                since=state.since,
                incident_id=state.incident_id,
                is_told=self._is_announced(parent, state, channel, frozenset({child.id})),
            )
            for parent, state in self._find_watched(child)
        )

    def note(self, row: Alert, parents: tuple[ParentStatus, ...]) -> None:
        """Count a beginning that is held back with the parent for whose sake it is.

        Raises:
            StaleState: somebody else moved the parent's; decide again.
            StoreUnavailable: look again.
        """
        parent = down_parent(parents)
        if parent is None or parent.incident_id is None or row.parent == parent.name:
            return
        seen = self.alerts.attention(parent.monitor_id, row.channel_id)
        after = seen.suffers(parent.incident_id, row.incident_id)
        if after != seen:
            self.alerts.note(seen, after, self.clock())

    def _find_watched(self, child: Monitor) -> list[tuple[Monitor, State]]:
        """Return the parents of a monitor that are neither paused nor deleted."""
        # A row that names itself would wait for itself.
        monitors = self.monitors.get_many(each for each in child.depends_on if each != child.id)
        return [
            (monitors[state.monitor_id], state)
            for state in self.states.get_many(monitors).values()
            if not monitors[state.monitor_id].paused and state.status is not Status.PAUSED
        ]

    def _is_announced(
        self, parent: Monitor, state: State, channel: Channel, waiting: frozenset[str]
    ) -> bool:
        """Return True if the channel is notified of a parent's incident: it may be none of its.

        Args:
            waiting: the monitors that wait for this one: it will not be announced while it waits
                for one of them.
        """
        if state.incident_id is None:
            return False
        keys = (f"{kind}#{channel.id}" for kind in BEGINNINGS)
        rows = (self.alerts.get(state.incident_id, key) for key in keys)
        waiting |= {parent.id}
        return any(
            row is not None
            and self._is_recipient(channel, parent, row)
            and self._is_sent_or_to_come(row, parent, channel, waiting)
            for row in rows
        )

    def _is_recipient(self, channel: Channel, parent: Monitor, row: Alert) -> bool:
        """Return True if the channel would be notified of a parent's row today too."""
        if row.instead_of is not None:
            return True
        about = (parent, row.kind, row.content.severity, [channel])
        if any(recipients(*about)):
            return True
        name = parent.escalation_policy
        policy = self.policies.find_readable(name) if name else None
        return any(recipients(*about, policy))

    def _is_sent_or_to_come(
        self, row: Alert, parent: Monitor, channel: Channel, waiting: frozenset[str]
    ) -> bool:
        if row.finished:
            return row.state is AlertState.SENT
        if row.parent is None:
            return True
        found = self._find_watched(parent)
        down = [(each, state) for each, state in found if state.status is Status.DOWN]
        return not down or any(
            each.id not in waiting and self._is_announced(each, state, channel, waiting)
            for each, state in down
        )
