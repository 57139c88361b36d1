"""Hours in which a channel is spared what can wait; an outage never waits."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sentinelmesh.domain.incidents.incident import DEGRADED, REGIONAL
from sentinelmesh.domain.values.time_zone import find_zone

# Severities that may wait for the morning.
CAN_WAIT = frozenset({REGIONAL, DEGRADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A part of each day, by the clock on the wall of a time zone; it may span midnight.

    Args:
        starts_at, ends_at: "22:00" and the like; from the first minute to the one before the last.
        time_zone: a name of the IANA data base, e.g. "Europe/Berlin".
    """

    starts_at: str
    ends_at: str
    time_zone: str = "UTC"

    def read(self) -> tuple[time, time, ZoneInfo]:
        """Return the times of day and the zone that the texts stand for.

        Raises:
            ValueError: one of them cannot be read.
        """
        starts, ends = time.fromisoformat(self.starts_at), time.fromisoformat(self.ends_at)
        return starts, ends, find_zone(self.time_zone)

    def end_after(self, at: datetime) -> datetime | None:
        """Return until when it is quiet; None when it is not.

        Where clocks are turned, the wall decides: what does not exist ends with the hour after it.
        Hours that cannot be read are never quiet: rather one message too many than one too few.

        >>> night = QuietHours(starts_at="22:00", ends_at="07:00", time_zone="Europe/Berlin")
        >>> str(night.end_after(datetime(2026, 1, 1, 23, 0, tzinfo=UTC)))
        '2026-01-02 06:00:00+00:00'
        >>> night.end_after(datetime(2026, 1, 1, 12, 0, tzinfo=UTC)) is None
        True
        """
        try:
            start, end, zone = self.read()
        except ValueError:
            return None
        wall = at.astimezone(zone)
        now = wall.time()
        spans_midnight = end <= start
        is_quiet = (now >= start or now < end) if spans_midnight else start <= now < end
        if not is_quiet:
            return None
        is_tomorrow = spans_midnight and now >= start
        day = wall.date() + timedelta(days=1 if is_tomorrow else 0)
        until = datetime.combine(day, end, zone).astimezone(UTC)
        # An hour that the clocks skip or repeat can put the end before the present.
        return until if until > at else at + timedelta(minutes=1)
