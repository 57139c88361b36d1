"""When the channels of a simulated life were notified of its outages."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import OUTAGE, Incident
from tests.faults.story import Story
from tests.simulation.oracle.remains import told_of
from tests.simulation.targets import Trouble

Delays = list[float]


class NotificationTimes:
    """The outages of a finished story, and the seconds until every channel was notified of them.

    An end is measured at the channels that were notified of the beginning.
    """

    def __init__(self, story: Story) -> None:
        self.story = story

    @cached_property
    def outages(self) -> dict[str, Incident]:
        """All outages by id."""
        incidents = self.story.remains.incidents
        return {each.incident_id: each for each in incidents if each.severity == OUTAGE}

    @cached_property
    def troubles(self) -> dict[str, Trouble]:
        """What really happened to the target of each outage."""
        watched = {self.story.id_of(each.name): each for each in self.story.watched}
        return {key: watched[each.monitor_id].troubles[0] for key, each in self.outages.items()}

    @cached_property
    def first_confirmed_at(self) -> datetime:
        """When the first outage was confirmed."""
        return min(each.confirmed_at for each in self.outages.values())

    def find_first(self, kind: AlertKind) -> dict[tuple[str, str], datetime]:
        """Return, by outage and channel, when the channel was first notified of it."""
        found: dict[tuple[str, str], datetime] = {}
        for each in self.story.providers.taken:
            if each.notice.kind is kind or each.notice.combined:
                for incident_id in told_of(each) & set(self.outages):
                    found.setdefault((incident_id, each.channel_id), each.at)
        return found

    def delays_since(self, moments: Mapping[str, datetime], kind: AlertKind) -> Delays:
        """Return the seconds from a moment of each outage until its last channel was notified.

        Raises:
            ValueError: somebody was never notified: the scene is too short.
        """
        channels = {channel for _, channel in self.find_first(AlertKind.OPENED)}
        first = self.find_first(kind)
        if missing := {(key, each) for key in moments for each in channels} - set(first):
            raise ValueError(f"never notified: {sorted(missing)[:3]}")
        return sorted(
            max((first[key, each] - since).total_seconds() for each in channels)
            for key, since in moments.items()
        )

    @property
    def since_broken(self) -> Delays:
        """Seconds from the moment in which a target broke until its outage was announced."""
        begins = {key: each.begins for key, each in self.troubles.items()}
        return self.delays_since(begins, AlertKind.OPENED)

    @property
    def since_repaired(self) -> Delays:
        """Seconds from the moment in which a target was repaired until its end was announced."""
        ends = {key: each.ends for key, each in self.troubles.items()}
        return self.delays_since(ends, AlertKind.RESOLVED)

    @property
    def since_first_confirmed(self) -> Delays:
        """Seconds from the first confirmed outage until each outage was announced."""
        moments = dict.fromkeys(self.outages, self.first_confirmed_at)
        return self.delays_since(moments, AlertKind.OPENED)

    def first_word_after(self, moment: datetime) -> float:
        """Return the seconds until every channel had its first message about any outage."""
        first: dict[str, datetime] = {}
        for (_, channel), at in self.find_first(AlertKind.OPENED).items():
            first[channel] = min(first.get(channel, at), at)
        return (max(first.values()) - moment).total_seconds()
