"""The messages of groups: what they say, and writing the next one once."""

from dataclasses import dataclass, replace
from datetime import datetime

from functions.alerter.group_reader import GroupReader
from sentinelmesh.domain.alerts.alert import Alert, AlertContent, AlertKind
from sentinelmesh.domain.alerts.alert_group import (
    Incidents,
    are_steps,
    build_row,
    content_of,
    content_of_end,
    incident_of,
    lasting,
    names_in,
)
from sentinelmesh.domain.alerts.closing_events import LAST_END_NUMBER
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext, while_being_sent
from sentinelmesh.domain.alerts.grouping_window import GroupingWindow
from sentinelmesh.domain.incidents.common_cause import Member
from sentinelmesh.domain.incidents.incident import IncidentState
from sentinelmesh.errors import StaleState
from sentinelmesh.observability import logger
from sentinelmesh.storage.alerts import RowKey


@dataclass(frozen=True, slots=True)
class GroupMessages:
    """Writes the rows by which channels hear of groups."""

    reader: GroupReader

    def surround(self, row: Alert, around: DeliveryContext) -> DeliveryContext:
        """Add to the circumstances of a group's row the incident that the group is.

        Cost: 1 read unit per 4 KB of its members, and one for each of their incidents; of an
            update the messages before it.
        """
        members, incidents = self.reader.read_members(row.incident_id)
        if not members:
            return around
        before = self._list_before(row)
        # What an end says was settled when it was written; what a beginning says, when it was first
        # sent: a receiver that has taken it drops every other form of it.
        is_settled = row.kind is AlertKind.RESOLVED or row.attempts > 0
        whole = incident_of(row.incident_id, members, incidents)
        is_over = row.kind is AlertKind.OPENED and whole.state is IncidentState.RESOLVED
        return replace(
            around,
            incident=whole,
            sibling=self._find_end(row) if is_over else around.sibling,
            content=row.content if is_settled else self._write_content(members, incidents, before),
            first=before[0] if before else None,
        )

    def write(
        self, row: Alert, gathering: GroupingWindow, number: int, at: datetime
    ) -> RowKey | None:
        """Write the next message of a gathering; None if it has to wait for another one.

        Raises:
            StaleState: somebody else wrote it.
        """
        name = gathering.group or ""
        members, incidents = self.reader.read_members(name)
        if gathering.is_of_ends:
            members = self._choose_ended(row, members, incidents, at)
            if not members:
                return None
        told = _build_row(row, number, members, incidents, at)
        self.reader.gatherings.end(gathering, gathering.close_part(at), told)
        _log(told)
        if gathering.is_of_ends and not lasting(members, incidents):
            self._close_beginnings(row)
        return RowKey(told.incident_id, told.key)

    def add(self, row: Alert, number: int, at: datetime) -> RowKey:
        """Write one more message of a group that gathers no more, for who was left out.

        Raises:
            StaleState: somebody else wrote it.
        """
        members, incidents = self.reader.read_members(row.group or "")
        told = _build_row(row, number, members, incidents, at)
        if not self.reader.alerts.create(told):
            raise StaleState(f"{told.incident_id}/{told.key} is there")
        _log(told)
        return RowKey(told.incident_id, told.key)

    def build_last_end(self, row: Alert, at: datetime) -> Alert | None:
        """Build the message that all of a group have ended; None while some last.

        Args:
            row: the end of a member.
        """
        members, incidents = self.reader.read_members(row.group or "")
        if not members or lasting(members, incidents):
            return None
        return build_row(row, LAST_END_NUMBER, content_of_end(members, incidents), at)

    def _find_end(self, row: Alert) -> Alert | None:
        """Read the last message that told of ends, if there is one."""
        rows = self.reader.iterate_rows(row.incident_id, AlertKind.RESOLVED, row.channel_id)
        return max(rows, key=lambda each: each.number, default=None)

    def _list_before(self, row: Alert) -> list[Alert]:
        """Read the messages that an update adds to."""
        if not row.is_update:
            return []
        rows = self.reader.iterate_rows(row.incident_id, row.kind, row.channel_id)
        return [each for each in rows if each.number < row.number]

    def _write_content(
        self, members: list[Member], incidents: Incidents, before: list[Alert]
    ) -> AlertContent:
        named = {name for each in before for name in names_in(each)}
        return content_of(members, incidents, before=named, checking=self.reader.count_suspects())

    def _choose_ended(
        self, row: Alert, members: list[Member], incidents: Incidents, at: datetime
    ) -> list[Member]:
        """Choose whose ends can be told: all, or of some those whose beginnings were told.

        Of those that last nobody may hear first that others work again. What was not told after
        all, for its channel is off or gone, is not waited for: nor is its end told.
        """
        begun = list(self.reader.iterate_rows(row.group or "", AlertKind.OPENED, row.channel_id))
        if any(while_being_sent(each, at) for each in begun):
            return []
        if not lasting(members, incidents):
            return members
        if not begun or not all(each.finished for each in begun):
            return []
        named = {name for each in begun for name in names_in(each)}
        chosen = [each for each in members if each.incident_id in named]
        return chosen if len(lasting(chosen, incidents)) < len(chosen) else []

    def _close_beginnings(self, row: Alert) -> None:
        """Let nobody else join a group that is over."""
        gatherings = self.reader.gatherings
        seen = gatherings.get(row.channel_id, AlertKind.OPENED)
        if seen.group != row.group:
            return
        try:
            gatherings.replace(seen, seen.abandon())
        except StaleState:
            # Somebody has joined in this moment: that outage is told as one of the group.
            return


def _build_row(
    row: Alert, number: int, members: list[Member], incidents: Incidents, at: datetime
) -> Alert:
    if row.kind is AlertKind.RESOLVED:
        return build_row(row, number, content_of_end(members, incidents), at)
    is_step = are_steps(members)
    return build_row(row, number, content_of(members, incidents), at, is_step=is_step)


def _log(row: Alert) -> None:
    logger().info(
        "alerts_grouped",
        incident_id=row.incident_id,
        key=row.key,
        monitor_name=row.content.monitor_name,
    )
