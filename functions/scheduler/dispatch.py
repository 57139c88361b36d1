"""Dispatching a granule: read exactly the monitors due in it, send one check per region."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.checks import CheckQueues, check_of
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Purpose
from sentinelmesh.domain.schedule import due_keys, expires_at, regions_of
from sentinelmesh.messages import CheckMessage, TickMessage
from sentinelmesh.storage.monitors import MonitorsRepository

READERS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What became of one granule."""

    due: int
    sent: int
    failed: int


def checks_of(monitor: Monitor, slot: datetime) -> Iterator[CheckMessage]:
    """Order the probes of one slot: one region in turn, or all."""
    lifetime = (slot, expires_at(slot, monitor.interval_seconds))
    for region in regions_of(
        monitor.id, monitor.interval_seconds, monitor.regions, monitor.strategy, slot
    ):
        yield check_of(monitor, region, Purpose.SCHEDULED, slot, lifetime)


class Dispatcher:
    """Turns a tick into checks, without writing anything and without knowing any outcome."""

    def __init__(self, monitors: MonitorsRepository, queues: CheckQueues) -> None:
        self._monitors = monitors
        self._queues = queues

    def dispatch(self, tick: TickMessage) -> Dispatched:
        """Send all checks of a granule; repeating it sends the very same checks.

        Cost: one query per interval that exists, one send per ten checks and region.

        Raises:
            StoreUnavailable: the monitors could not be read; the tick has to come back.
        """
        keys = due_keys(tick.granule_at, tick.shard)
        with ThreadPoolExecutor(READERS) as readers:
            due = [each for part in readers.map(self._read, keys) for each in part]
        checks = [check for each in due for check in checks_of(each, tick.granule_at)]
        unsent = self._queues.send(checks)
        return Dispatched(due=len(due), sent=len(checks) - len(unsent), failed=len(unsent))

    def _read(self, due_key: str) -> list[Monitor]:
        return list(self._monitors.list_due(due_key))
