"""Channels that an open incident is not for any more: the alert that they keep open is closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.verifier.evaluation import Evaluator
from sentinelmesh.domain.alerts.alert import Alert, Channel
from sentinelmesh.domain.alerts.closing_events import (
    close_lost_channels,
    close_lost_group,
    find_lost_groups,
    keeps_state,
)
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.observability import logger


@dataclass(frozen=True, slots=True)
class LostChannels:
    """Compares, once a minute, who was told of an open incident with whom it alerts now."""

    evaluator: Evaluator

    def close(self, open_incidents: Sequence[Incident], *, is_complete: bool = True) -> None:
        """Create the closing events that are due; doing it twice changes nothing.

        Args:
            is_complete: no other incident is open. Otherwise an incident that is not listed may
                keep a group open, unless the channel is disabled.

        Cost: one query for the channels; where any of them keeps an alert open, a query and a read
            for each open incident, and a query for each group that is closed.
        """
        if not open_incidents:
            return
        channels = [each for each in self.evaluator.channels.list() if keeps_state(each)]
        lost: dict[tuple[str, str], bool] = {}
        for incident in open_incidents if channels else ():
            for name, is_lost in self._close_one(incident, channels).items():
                lost[name] = is_lost and lost.get(name, True)
        known = {each.id: each for each in channels}
        for (group, channel_id), is_lost in lost.items():
            if is_lost and (is_complete or not known[channel_id].enabled):
                self._close_group(group, known[channel_id])

    def _close_one(
        self, incident: Incident, channels: Sequence[Channel]
    ) -> dict[tuple[str, str], bool]:
        """Close an incident where it was announced alone; return what a group announced."""
        monitor = self.evaluator.monitors.find_readable(incident.monitor_id)
        rows = self.evaluator.alerts.list_of_incident(incident.incident_id)
        for event in close_lost_channels(monitor, rows, channels, self.evaluator.clock()):
            self._create(event)
        return find_lost_groups(monitor, rows, channels)

    def _close_group(self, group: str, channel: Channel) -> None:
        rows = self.evaluator.alerts.list_of_incident(group)
        event = close_lost_group(rows, channel, self.evaluator.clock())
        if event is not None:
            self._create(event)

    def _create(self, event: Alert) -> None:
        if self.evaluator.alerts.create(event):
            logger().info(
                "alert_closed", incident_id=event.incident_id, channel_id=event.channel_id
            )
