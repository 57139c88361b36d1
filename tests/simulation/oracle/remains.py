"""What a simulated life has left behind, read back as domain objects."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, Channel
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.monitor_state import State, Transition
from sentinelmesh.recurrence import list_announced
from sentinelmesh.storage.dynamodb.items import from_item
from tests.simulation.mesh import Simulation
from tests.simulation.providers import Delivery

T = TypeVar("T")


class Remains:
    """What a simulated life has left behind, as domain objects."""

    def __init__(self, life: Simulation) -> None:
        self.life = life
        self.now = life.hub.now

    def _all(self, owner: str, kind: type[T], **rename: str) -> list[T]:
        items = self.life.cloud.table(owner).items.values()
        return [
            from_item({**item, **{new: item[old] for new, old in rename.items()}}, kind)
            for item in items
        ]

    @cached_property
    def monitors(self) -> dict[str, Monitor]:
        """All monitors by id."""
        return {each.id: each for each in self._all("monitors", Monitor, id="monitor_id")}

    @cached_property
    def states(self) -> dict[str, State]:
        """All states by monitor."""
        return {each.monitor_id: each for each in self._all("states", State)}

    @cached_property
    def results(self) -> dict[str, list[Result]]:
        """All results by monitor."""
        return _grouped(self._all("results", Result), lambda each: each.monitor_id)

    @cached_property
    def incidents(self) -> list[Incident]:
        """All incidents."""
        return self._all("incidents", Incident)

    @cached_property
    def windows(self) -> list[MaintenanceWindow]:
        """All maintenance windows."""
        items = self.life.cloud.table("directory").items.values()
        return [
            from_item(item, MaintenanceWindow)
            for item in items
            if item["kind"]["S"] == "maintenance_window"
        ]

    def announced(self, monitor: Monitor) -> tuple[Interval, ...]:
        """Return the announced times of a monitor, from an hour before the life to its end."""
        begin = self.now - timedelta(hours=3)
        return list_announced(self.windows, monitor, Interval(begin, self.now))

    @cached_property
    def ledger(self) -> dict[str, list[Transition]]:
        """All ledger rows by monitor, in the order of their versions."""
        rows = sorted(self._all("transitions", Transition), key=lambda row: row.version)
        return _grouped(rows, lambda row: row.monitor_id)

    @cached_property
    def alerts(self) -> list[Alert]:
        """All outbox rows, without the bookkeeping between them."""
        items = self.life.cloud.table("alerts").items.values()
        return [from_item(item, Alert) for item in items if "state" in item]

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """All channels by id, as they are in the end."""
        items = self.life.cloud.table("directory").items.values()
        found = [from_item(item, Channel) for item in items if item["kind"]["S"] == "channel"]
        return {each.id: each for each in found}

    def taken(self, incident_id: str, channel_id: str) -> list[Delivery]:
        """Return what a channel was told about an incident, alone or among many, in order."""
        return [
            each
            for each in self.life.providers.taken
            if each.channel_id == channel_id and incident_id in told_of(each)
        ]

    def told_of(self, each: Delivery) -> set[str]:
        """Return the monitors that a message tells something of."""
        named = told_of(each)
        group = each.notice.content.group
        members = group.members if group else ()
        return {
            each.notice.monitor_id,
            *(one.monitor_id for one in members if one.incident_id in named),
        }

    def members(self, group: str) -> list[Alert]:
        """Return the beginnings that a group tells."""
        return [
            each for each in self.alerts if each.group == group and each.kind is AlertKind.OPENED
        ]


def told_of(each: Delivery) -> set[str]:
    """Return the incidents, or the group, whose beginning or end a message tells."""
    group, kind = each.notice.content.group, each.notice.kind
    if group is None:
        return {each.notice.incident_id}
    over = set(group.over) if kind is AlertKind.RESOLVED else set()
    if each.notice.is_update and not each.notice.combined:
        # What it adds stands first; the others were told before, and are repeated for the picture.
        return {each.notice.incident_id, *group.incident_ids[: group.added]}
    return {each.notice.incident_id, *(over or group.incident_ids)}


def _grouped(things: list[T], name: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = defaultdict(list)
    for each in things:
        groups[name(each)].append(each)
    return groups
