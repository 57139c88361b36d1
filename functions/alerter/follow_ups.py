"""The rows that follow from another's end, created before that end is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from functions.alerter.batches import Batches
from functions.alerter.groups import Groups
from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext
from sentinelmesh.domain.alerts.follow_ups import acknowledgement, instead, needs_fallback, reminder
from sentinelmesh.domain.alerts.routing import takes
from sentinelmesh.domain.incidents.incident import IncidentState
from sentinelmesh.observability import logger
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository
from sentinelmesh.storage.incidents import IncidentsRepository


@dataclass(frozen=True, slots=True)
class Followers:
    """Creates rows by names that follow from the row before: doing it twice changes nothing."""

    alerts: AlertsRepository
    channels: ChannelsRepository
    incidents: IncidentsRepository
    clock: Callable[[], datetime]
    groups: Groups | None = None
    batches: Batches | None = None

    def before_end(self, after: Alert, around: DeliveryContext) -> list[Alert]:
        """Return which rows have to be there before a row ends in this form.

        Cost: a read where a fallback is asked; where a monitor flapped, see `Groups.close`.
        """
        channel = around.channel
        if channel is None or not after.finished:
            return []
        last_end = self.groups.close(after, around) if self.groups is not None else None
        ends = [] if last_end is None else [last_end]
        next_one = reminder(after, channel, around.incident)
        if next_one is not None:
            return [*ends, next_one]
        fallback = self._fallback(channel, after, around)
        if fallback is not None:
            ends.append(instead(after, channel, fallback, self.clock()))
        return ends

    def _fallback(self, channel: Channel, after: Alert, around: DeliveryContext) -> Channel | None:
        opened = around.sibling if after.kind is not AlertKind.OPENED else None
        if channel.fallback in {None, channel.id} or not needs_fallback(after, opened):
            return None
        found = self.channels.find_readable(channel.fallback or "")
        return found if found is not None and found.enabled else None

    def create(self, rows: list[Alert]) -> None:
        """Create rows; those that are there already stay as they are.

        Raises:
            StoreUnavailable: do it again.
        """
        for row in rows:
            if self.alerts.create(row):
                logger().info(
                    "alert_follows",
                    incident_id=row.incident_id,
                    key=row.key,
                    due_at=row.due_at.isoformat(),
                )

    def returned(self, incident_id: str, alert_key: str) -> None:
        """Have a fallback told what came back though the provider had taken it.

        Cost: three reads, and a write where there is a fallback.
        """
        row = self.alerts.get(incident_id, alert_key)
        channel = self.channels.find_readable(row.channel_id) if row else None
        if row is None or channel is None or channel.fallback in {None, channel.id}:
            return
        fallback = self.channels.find_readable(channel.fallback or "")
        if fallback is not None and fallback.enabled:
            self.create([instead(row, channel, fallback, self.clock())])

    def acknowledged(self, incident_id: str) -> None:
        """Have everybody told who heard of an outage, and takes this, that somebody takes care.

        Cost: two queries for the rows, a read of the incident, one per channel that was told.
        """
        if self.batches is not None:
            self.batches.create_rows_of(incident_id)
        rows = self.alerts.list_of_incident(incident_id)
        told = [row for row in rows if row.kind.event is AlertKind.OPENED]
        if not told:
            return
        incident = self.incidents.get(told[0].monitor_id, incident_id)
        if incident is None or incident.state is not IncidentState.OPEN:
            return
        for row in told:
            taken = row, incident.acknowledged_by or ""
            whole = taken if row.group is None else self._group_of(row, *taken[1:])
            if whole is not None:
                self._tell_acknowledged(*whole)

    def _group_of(self, row: Alert, by: str) -> tuple[Alert, str] | None:
        """Return the row of a member's group if all of it is taken care of, and by whom."""
        return None if self.groups is None else self.groups.acknowledged(row, by)

    def _tell_acknowledged(self, row: Alert, by: str) -> None:
        channel = self.channels.find_readable(row.channel_id)
        is_told = row.state is AlertState.SENT or not row.finished
        if channel and is_told and takes(channel, AlertKind.ACKNOWLEDGED, row.content.severity):
            self.create([acknowledgement(row, by, self.clock())])
