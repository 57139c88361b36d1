"""Channels that an open incident is not for any more: the alert that they keep open is closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.verifier.evaluation import Evaluator
from sentinelmesh.domain.alert import Channel
from sentinelmesh.domain.closing import close_lost_channels, keeps_state
from sentinelmesh.domain.incident import Incident
from sentinelmesh.observability import logger


@dataclass(frozen=True, slots=True)
class LostChannels:
    """Compares, once a minute, who was told of an open incident with whom it alerts now."""

    evaluator: Evaluator

    def close(self, open_incidents: Sequence[Incident]) -> None:
        """Create the closing events that are due; doing it twice changes nothing.

        Cost: one query for the channels; where any of them keeps an alert open, a query and a read
            for each open incident.
        """
        if not open_incidents:
            return
        channels = [each for each in self.evaluator.channels.list() if keeps_state(each)]
        for incident in open_incidents if channels else ():
            self._close_one(incident, channels)

    def _close_one(self, incident: Incident, channels: Sequence[Channel]) -> None:
        monitor = self.evaluator.monitors.find_readable(incident.monitor_id)
        if monitor is None:
            return
        rows = self.evaluator.alerts.list_of_incident(incident.incident_id)
        for event in close_lost_channels(monitor, rows, channels, self.evaluator.clock()):
            if self.evaluator.alerts.create(event):
                logger().info(
                    "alert_closed", incident_id=event.incident_id, channel_id=event.channel_id
                )
