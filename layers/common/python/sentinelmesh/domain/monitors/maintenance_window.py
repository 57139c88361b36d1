"""Announced times in which probing goes on and no incident opens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.monitors.monitor import Monitor

# A month: migrations and frozen holidays are announced for weeks.
MAX_DURATION = timedelta(days=31)
# How far back a first occurrence may lie when it is written, and how far ahead.
MAX_AGE, MAX_AHEAD = timedelta(days=366), timedelta(days=3653)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A window, one-off or recurring; what it covers is named, or everything.

    Args:
        starts_at, ends_at: the first occurrence, half-open.
        recurrence: an RFC 5545 RRULE without DTSTART; None means that it happens once.
        time_zone: whose clocks a recurrence follows, e.g. "Europe/Berlin".
        monitors, tags: what is covered; a monitor by its id, or by any of its tags.
        everything: all monitors are covered, also those to come.
    """

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    updated_at: datetime
    recurrence: str | None = None
    time_zone: str = "UTC"
    monitors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    everything: bool = False
    revision: int = 1

    def covers(self, monitor: Monitor) -> bool:
        """Return whether a monitor is meant."""
        return self.includes(monitor.id, monitor.tags)

    def includes(self, monitor_id: str, tags: Collection[str]) -> bool:
        """Return True if the monitor of this id, which has these tags, is covered."""
        named = monitor_id in self.monitors or not set(self.tags).isdisjoint(tags)
        return self.everything or named
