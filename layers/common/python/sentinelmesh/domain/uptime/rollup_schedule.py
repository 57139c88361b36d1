"""When each monitor is counted: by the clock alone, so that nobody has to remember anything.

Every ten minutes, six behind the full ones, some partitions of the due index are counted: those
of fast monitors each time, those at 60 s twice an hour, slow ones once a day. So about thirty slots
of a monitor are uncounted at most: few enough to be read raw whenever somebody asks for its uptime.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sentinelmesh.domain.monitors.monitor import INTERVALS
from sentinelmesh.domain.monitors.schedule import GRANULE_SECONDS, due_key

ROUND = timedelta(minutes=10)
# An hour is final five intervals after its end: at 60 s, the full hour is counted in one piece.
OFFSET = timedelta(minutes=6)
# What a probe sees arrives within this, nearly always.
SETTLING = timedelta(minutes=1)
SLOTS_PER_COUNT = 30
ROUNDS_PER_DAY = timedelta(days=1) // ROUND
GRANULES_PER_ROUND = int(ROUND.total_seconds()) // GRANULE_SECONDS
# Clocks differ, and a stream tells moments in whole seconds.
TOLERANCE = timedelta(seconds=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def round_at(at: datetime) -> datetime:
    """Return the last round at or before an instant.

    >>> round_at(datetime(2026, 1, 1, 12, 5, 59, tzinfo=UTC)).strftime("%H:%M")
    '11:56'
    """
    return EPOCH + OFFSET + _index(at) * ROUND


def counted_until(at: datetime) -> datetime:
    """Say up to which slot the round at or before an instant counts."""
    return round_at(at) - SETTLING


def due_for_counting(at: datetime, shards: int) -> Iterator[str]:
    """Return the partitions of the due index that the round of an instant counts."""
    index = _index(at)
    for interval in INTERVALS:
        rounds = SLOTS_PER_COUNT * interval // int(ROUND.total_seconds())
        period = min(max(1, rounds), ROUNDS_PER_DAY)
        for granule in range(interval // GRANULE_SECONDS):
            # A monitor that is probed once a day is counted soon after.
            if (index - granule // GRANULES_PER_ROUND) % period == 0:
                for shard in range(shards):
                    yield due_key(interval, granule, shard)


def is_too_late(slot: datetime, created_at: datetime) -> bool:
    """Return whether a result may have missed the first round that counted its slot.

    Args:
        created_at: when the table took it.

    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> is_too_late(noon, noon + timedelta(seconds=59))
    False
    >>> is_too_late(noon, noon + timedelta(minutes=6))
    True
    """
    return created_at >= slot + SETTLING and created_at >= late_from(slot) - TOLERANCE


def late_from(slot: datetime) -> datetime:
    """Return the first round that may count a slot, at most eleven minutes later."""
    return round_at(slot + SETTLING) + ROUND


def _index(at: datetime) -> int:
    return (at - EPOCH - OFFSET) // ROUND
