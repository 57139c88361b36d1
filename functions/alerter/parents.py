"""How that stands which a monitor depends on, and what suffers with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.domain.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.depending import ParentSeen, down_parent
from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.state import State
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.states import StatesRepository

BEGINNINGS = (AlertKind.OPENED, AlertKind.FLAPPING)


@dataclass(frozen=True, slots=True)
class Parents:
    """Reads the states of parents, and counts their children with them."""

    alerts: AlertsRepository
    states: StatesRepository
    clock: Callable[[], datetime]

    def of(self, row: Alert) -> tuple[ParentSeen, ...]:
        """Read how the parents of a beginning's monitor stand.

        Cost: nothing for a monitor without parents; 1 read unit for each, and up to two for each
            that is down.
        """
        named = {parent.id: parent.name for parent in row.content.parents}
        if not named or row.kind is not AlertKind.OPENED:
            return ()
        states = self.states.get_many(named)
        return tuple(
            ParentSeen(
                monitor_id=each.monitor_id,
                name=named[each.monitor_id],
                status=each.status,
                since=each.since,
                incident_id=each.incident_id,
                is_told=self._is_told(each, row.channel_id, frozenset({row.monitor_id})),
            )
            for each in states.values()
        )

    def note(self, row: Alert, parents: tuple[ParentSeen, ...]) -> None:
        """Count a beginning that is held back with the parent for whose sake it is.

        Raises:
            StaleState: somebody else moved the parent's; decide again.
            StoreUnavailable: look again.
        """
        parent = down_parent(parents)
        if parent is None or parent.incident_id is None or row.parent is not None:
            return
        seen = self.alerts.attention(parent.monitor_id, row.channel_id)
        after = seen.suffers(parent.incident_id, row.incident_id)
        if after != seen:
            self.alerts.note(seen, after, self.clock())

    def _is_told(self, state: State, channel_id: str, waiting: frozenset[str]) -> bool:
        """Say whether the channel hears of an incident: it may be none of its monitors.

        Args:
            waiting: the monitors that wait for this one: it will not be told while it waits for
                one of them.
        """
        if state.incident_id is None:
            return False
        keys = (f"{kind}#{channel_id}" for kind in BEGINNINGS)
        rows = (self.alerts.get(state.incident_id, key) for key in keys)
        waiting |= {state.monitor_id}
        return any(row is not None and self._will_tell(row, waiting) for row in rows)

    def _will_tell(self, row: Alert, waiting: frozenset[str]) -> bool:
        """Say whether a row was told, or will be."""
        if row.finished:
            return row.state is AlertState.SENT
        if row.parent is None:
            return True
        states = self.states.get_many(parent.id for parent in row.content.parents)
        down = [each for each in states.values() if each.status is Status.DOWN]
        return not down or any(
            each.monitor_id not in waiting and self._is_told(each, row.channel_id, waiting)
            for each in down
        )
