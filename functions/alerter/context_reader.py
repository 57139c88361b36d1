"""What has to be known beside a row to decide about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.alerter.channels.contract import Sender
from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext, preceding_kinds
from sentinelmesh.domain.incidents.incident import Incident, IncidentState
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository
from sentinelmesh.storage.incidents import IncidentsRepository


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Reads the circumstances of rows."""

    alerts: AlertsRepository
    incidents: IncidentsRepository
    channels: ChannelsRepository
    senders: Mapping[str, Sender]

    def of(self, row: Alert) -> DeliveryContext:
        """Read the circumstances of a row. Cost: three reads, and one or two for another row."""
        incident = self.incidents.get(row.monitor_id, row.incident_id)
        sender = self.senders.get(row.channel_kind)
        around = DeliveryContext(
            incident=incident,
            channel=self.channels.get(row.channel_id),
            attention=self.alerts.attention(row.monitor_id, row.channel_id),
            takes_key=sender is not None and sender.takes_key,
        )
        if row.kind is not AlertKind.OPENED:
            return replace(around, sibling=self._beginning_of(row, incident))
        if incident is not None and incident.state is IncidentState.RESOLVED:
            end = self._row_of(row.incident_id, AlertKind.RESOLVED, row)
            return replace(around, sibling=end)
        before = around.attention.resolved_by
        if before is not None:
            return replace(around, end_before=self._row_of(before, AlertKind.RESOLVED, row))
        return around

    def _beginning_of(self, row: Alert, incident: Incident | None) -> Alert | None:
        """Read the row that has to be told before this one."""
        rows = (
            self._row_of(row.incident_id, kind, row) for kind in preceding_kinds(row.kind, incident)
        )
        return next((found for found in rows if found is not None), None)

    def _row_of(self, incident_id: str, kind: AlertKind, like: Alert) -> Alert | None:
        """Read another row of the same channel."""
        return self.alerts.get(incident_id, f"{kind}#{like.channel_id}")
