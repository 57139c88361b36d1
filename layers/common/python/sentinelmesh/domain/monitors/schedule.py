"""Which instants are slots, which region probes each, and what is due in a granule.

Due-ness depends on nothing but the monitor's id, its interval and the clock: a duplicate tick,
two schedulers or a restart plan the very same slots, without a lock and without a write.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sentinelmesh.domain.monitors.monitor import INTERVALS, Strategy

GRANULE_SECONDS = 10
GRANULES_PER_MINUTE = 6
GRANULE = timedelta(seconds=GRANULE_SECONDS)
MINUTE = timedelta(minutes=1)


def _stable_hash(monitor_id: str, purpose: str) -> int:
    digest = hashlib.blake2b(f"{purpose}:{monitor_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def phase_granule(monitor_id: str, interval_seconds: int) -> int:
    """Spread monitors evenly over their interval; counted in granules of 10 s.

    >>> phase_granule("mon_a", 10)
    0
    >>> 0 <= phase_granule("mon_a", 60) < 6
    True
    """
    return _stable_hash(monitor_id, "phase") % (interval_seconds // GRANULE_SECONDS)


def shard_of(monitor_id: str, shards: int) -> int:
    """Return the shard that plans this monitor."""
    return _stable_hash(monitor_id, "shard") % shards


def due_key(interval_seconds: int, granule: int, shard: int) -> str:
    """Return a partition of the due index; it changes only when a monitor is edited.

    >>> due_key(60, 3, 0)
    '60#3#0'
    """
    return f"{interval_seconds}#{granule}#{shard}"


def due_key_of(monitor_id: str, interval_seconds: int, shards: int) -> str:
    """Return the partition of the due index in which a monitor stands."""
    granule = phase_granule(monitor_id, interval_seconds)
    return due_key(interval_seconds, granule, shard_of(monitor_id, shards))


def due_keys(granule_at: datetime, shard: int) -> list[str]:
    """Return the partitions that hold exactly the monitors due in a granule, one per interval."""
    elapsed = int(granule_at.timestamp())
    return [
        due_key(interval, elapsed % interval // GRANULE_SECONDS, shard) for interval in INTERVALS
    ]


def granules_of_next_minute(tick_at: datetime) -> list[datetime]:
    """Return the six granules of the minute behind the one that a tick belongs to.

    >>> [at.strftime("%M:%S") for at in granules_of_next_minute(datetime(2026, 1, 1, 0, 5, 17))][:2]
    ['06:00', '06:10']
    """
    start = tick_at.replace(second=0, microsecond=0) + MINUTE
    return [start + GRANULE * count for count in range(GRANULES_PER_MINUTE)]


def slot_index(monitor_id: str, interval_seconds: int, at: datetime) -> int:
    """Count the slots from the epoch to the last one at or before an instant."""
    phase = phase_granule(monitor_id, interval_seconds) * GRANULE_SECONDS
    return int((at.timestamp() - phase) // interval_seconds)


def slot_at(monitor_id: str, interval_seconds: int, at: datetime) -> datetime:
    """Return the last slot at or before an instant."""
    phase = phase_granule(monitor_id, interval_seconds) * GRANULE_SECONDS
    index = slot_index(monitor_id, interval_seconds, at)
    return datetime.fromtimestamp(index * interval_seconds + phase, UTC)


def next_slot(monitor_id: str, interval_seconds: int, after: datetime) -> datetime:
    """Return the first slot behind an instant."""
    return slot_at(monitor_id, interval_seconds, after) + timedelta(seconds=interval_seconds)


def planned_slots(
    monitor_id: str, interval_seconds: int, start: datetime, end: datetime
) -> Iterator[datetime]:
    """Walk over the slots in the half-open range from start to end."""
    slot = slot_at(monitor_id, interval_seconds, start)
    if slot < start:
        slot += timedelta(seconds=interval_seconds)
    while slot < end:
        yield slot
        slot += timedelta(seconds=interval_seconds)


def count_slots(monitor_id: str, interval_seconds: int, start: datetime, end: datetime) -> int:
    """Count the slots in the half-open range from start to end without walking over them."""
    if end <= start:
        return 0
    instant_before = timedelta(microseconds=1)
    last = slot_index(monitor_id, interval_seconds, end - instant_before)
    return last - slot_index(monitor_id, interval_seconds, start - instant_before)


def regions_of(
    monitor_id: str,
    interval_seconds: int,
    regions: Sequence[str],
    strategy: Strategy,
    slot: datetime,
) -> tuple[str, ...]:
    """Return which regions probe a slot: one in turn, or all.

    Each monitor begins its turns elsewhere: otherwise all monitors would call on the same region
    at once, and a region that is away would blind the mesh instead of a part of it.
    """
    if strategy == "all":
        return tuple(regions)
    turn = slot_index(monitor_id, interval_seconds, slot) + _stable_hash(monitor_id, "turn")
    return (regions[turn % len(regions)],)


def expires_at(slot: datetime, interval_seconds: int) -> datetime:
    """Return the instant from which an answer for a slot is worthless: the next one is due."""
    return slot + timedelta(seconds=min(interval_seconds, 120))
