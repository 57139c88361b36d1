"""Dispatching a granule: read exactly the monitors due in it, send one check per region."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.checks import CheckQueues, check_of
from sentinelmesh.domain.due import DueMonitor
from sentinelmesh.domain.monitor import INTERVALS
from sentinelmesh.domain.result import Purpose
from sentinelmesh.domain.schedule import due_keys, expires_at, regions_of
from sentinelmesh.domain.unanswered import PATIENCE, can_speculate
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.messages import CheckMessage, TickMessage
from sentinelmesh.observability import logger
from sentinelmesh.storage.monitors import MonitorsRepository

# One for each partition: a request that hangs keeps no other waiting.
READERS = len(INTERVALS)
# A granule that has to come back comes too late: what could not be read is read again at once.
MOST_READS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What became of one granule."""

    due: int
    sent: int
    failed: int


def checks_of(monitor: DueMonitor, slot: datetime) -> Iterator[CheckMessage]:
    """Order the probes of one slot: one region in turn, or all."""
    lifetime = (slot, expires_at(slot, monitor.interval_seconds))
    patience = PATIENCE if can_speculate(monitor.strategy, monitor.regions) else None
    for region in regions_of(
        monitor.id, monitor.interval_seconds, monitor.regions, monitor.strategy, slot
    ):
        yield check_of(monitor, region, Purpose.SCHEDULED, slot, lifetime, patience=patience)


class Dispatcher:
    """Turns a tick into checks, without writing anything and without knowing any outcome."""

    def __init__(self, monitors: MonitorsRepository, queues: CheckQueues) -> None:
        self._monitors = monitors
        self._queues = queues

    def dispatch(self, tick: TickMessage) -> Dispatched:
        """Send all checks of a granule; repeating it sends the very same checks.

        Cost: one query per interval that exists, one send per ten checks and region.

        Raises:
            StoreUnavailable: a part of the monitors could not be read; those of the others are
                on their way, and the tick has to come back.
        """
        unread: Sequence[str] = due_keys(tick.granule_at, tick.shard)
        due = sent = failed = 0
        for _ in range(MOST_READS):
            found, troubles = self._read_all(unread)
            unread = list(troubles)
            checks = list(_all_checks(found, tick.granule_at))
            unsent = self._queues.send(checks)
            due += len(found)
            sent += len(checks) - len(unsent)
            failed += len(unsent)
            if not unread:
                return Dispatched(due=due, sent=sent, failed=failed)
            reason = min(troubles.values())
            logger().warning("partitions_unread", partitions=len(unread), reason=reason)
        raise StoreUnavailable(f"{len(unread)} partitions stayed unread, {sent} sent: {reason}")

    def _read_all(self, due_keys: Sequence[str]) -> tuple[list[DueMonitor], dict[str, str]]:
        """Read partitions side by side; give the monitors, and what kept which ones unread."""
        with ThreadPoolExecutor(READERS) as readers:
            read = dict(zip(due_keys, readers.map(self._read, due_keys), strict=True))
        found = [each for part in read.values() if not isinstance(part, str) for each in part]
        return found, {key: part for key, part in read.items() if isinstance(part, str)}

    def _read(self, due_key: str) -> list[DueMonitor] | str:
        try:
            return list(self._monitors.list_due(due_key))
        except StoreUnavailable as error:
            return str(error)


def _all_checks(monitors: Iterable[DueMonitor], slot: datetime) -> Iterator[CheckMessage]:
    for monitor in monitors:
        try:
            yield from checks_of(monitor, slot)
        except Exception as error:  # noqa: BLE001 (whatever it is, only this monitor is left out)
            _left_out(monitor.id, error)


def _left_out(monitor_id: str, error: Exception) -> None:
    """Tell of a monitor that cannot be planned; the others must not wait for its repair."""
    logger().error("monitor_left_out", monitor_id=monitor_id, reason=f"{error!r}")
