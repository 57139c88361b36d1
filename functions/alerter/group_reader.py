"""What is stored about groups: their members, how these are doing, and their messages so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.alert_group import Incidents, lasting, names_in
from sentinelmesh.domain.alerts.grouping_window import GroupingWindow, Progress
from sentinelmesh.domain.incidents.common_cause import Member
from sentinelmesh.domain.incidents.incident import OUTAGE
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.grouping_windows import GatheringsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.states import StatesRepository

# An older suspicion waits for the next slot of its monitor: it says nothing of this moment.
FRESH_SUSPICION = timedelta(minutes=1)
MAX_SUSPECTS = 100


@dataclass(frozen=True, slots=True)
class GroupReader:
    """Reads the facts on which groups are decided."""

    alerts: AlertsRepository
    gatherings: GatheringsRepository
    incidents: IncidentsRepository
    states: StatesRepository
    clock: Callable[[], datetime]

    def count_suspects(self, limit: int = MAX_SUSPECTS) -> int:
        """Return how many monitors are being verified at this moment, up to a limit.

        Cost: half a read unit per 4 KB of their states.
        """
        return len(self.states.list_suspects(self.clock() - FRESH_SUSPICION, limit))

    def read_members(self, group: str) -> tuple[list[Member], Incidents]:
        """Read the members of a group, and their incidents as they are now.

        Cost: 1 read unit per 4 KB of the members, and one for each of their incidents.
        """
        members = self.gatherings.members(group)
        named = [(each.monitor_id, each.incident_id) for each in members]
        return members, self.incidents.get_many(named) if named else {}

    def find_gathering(self, row: Alert, at: datetime) -> GroupingWindow | None:
        """Read what a member waits for; None if that is over. Cost: 1 or 2 read units."""
        group = row.group or ""
        is_end = row.kind is AlertKind.RESOLVED
        for place in (group, row.channel_id) if is_end else (row.channel_id,):
            found = self.gatherings.get(place, row.kind)
            if found.group == group:
                return found if found.is_open(at) else None
        return None

    def iterate_rows(self, group: str, kind: AlertKind, channel_id: str) -> Iterator[Alert]:
        """Walk over the messages by which a channel hears of a group, in their order."""
        for number in count():
            key = f"{kind}#{channel_id}" + (f"#{number}" if number else "")
            row = self.alerts.get(group, key)
            if row is None:
                return
            yield row

    def find_row_of(self, row: Alert) -> tuple[Alert | None, list[Alert]]:
        """Find the message that told of a member, and all messages up to that, or all there are.

        Cost: 1 read unit per 4 KB of each message.
        """
        rows: list[Alert] = []
        for each in self.iterate_rows(row.group or "", row.kind, row.channel_id):
            rows.append(each)
            if each.finished and row.incident_id in names_in(each):
                return each, rows
        return None, rows

    def measure(self, gathering: GroupingWindow) -> Progress:
        """Read how far a gathering is.

        Cost: as of its members; of ends as of their incidents too.
        """
        group = gathering.group or ""
        if gathering.is_of_ends:
            members, incidents = self.read_members(group)
            ended = [each.resolved_at for each in incidents.values() if each.resolved_at]
            left = len(lasting(members, incidents))
            return Progress(count=len(members), lasting=left, last_at=max(ended, default=None))
        members = self.gatherings.members(group)
        confirmed = [each.confirmed_at for each in members if each.severity == OUTAGE]
        # Ends and lesser news can wait: only outages ask whether there is anything to wait for.
        is_urgent = gathering.kind is AlertKind.OPENED and bool(confirmed) and not gathering.part
        may_grow = not is_urgent or self.count_suspects(1) > 0
        last_at = max(confirmed, default=None)
        return Progress(count=len(members), last_at=last_at, may_grow=may_grow)
