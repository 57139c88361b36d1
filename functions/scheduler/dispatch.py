"""Dispatching a granule: read exactly the monitors due in it, send one check per region."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from sentinelmesh.checks import CheckQueues, check_of
from sentinelmesh.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.domain.monitors.monitor import INTERVALS
from sentinelmesh.domain.monitors.schedule import due_keys, expires_at, regions_of
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.domain.probing.slow_probe import PATIENCE, can_speculate
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.messages import CheckMessage, Place, TickMessage
from sentinelmesh.observability import logger
from sentinelmesh.storage.monitors import MonitorsRepository

# One for each partition: a request that hangs keeps no other waiting.
READERS = len(INTERVALS)
# A granule that has to come back comes too late: what could not be read is read again at once.
MAX_READS = 2
# Monitors whose checks are sent before the time is looked at again.
MONITORS_AT_ONCE = 1000
# No more are begun if less is left: for those under way, in a region that throttles or hangs, and
# for the tick of the rest.
MIN_SECONDS_TO_SEND = 11.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What became of one granule.

    Args:
        rest: a tick for the monitors that there was no time for; None if there are none.
    """

    due: int
    sent: int
    failed: int
    rest: TickMessage | None = None


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

    def dispatch(self, tick: TickMessage, deadline: Deadline = NO_DEADLINE) -> Dispatched:
        """Send the checks of a granule, as far as there is time; those of short intervals first.

        Repeating it sends the very same checks.

        Cost: one query per interval that exists, one send per ten checks and region.

        Raises:
            StoreUnavailable: a part of the monitors could not be read; those of the others are
                on their way, and the tick has to come back.
        """
        unread: Sequence[str] = due_keys(tick.granule_at, tick.shard)
        due = sent = failed = 0
        for _ in range(MAX_READS):
            found, troubles = self._read_all(unread)
            unread = list(troubles)
            done = self._send(found, tick, deadline)
            due, sent, failed = due + done.due, sent + done.sent, failed + done.failed
            if not unread:
                return Dispatched(due=due, sent=sent, failed=failed, rest=done.rest)
            reason = min(troubles.values())
            logger().warning("partitions_unread", partitions=len(unread), reason=reason)
            if done.rest is not None:
                break
        raise StoreUnavailable(f"{len(unread)} partitions stayed unread, {sent} sent: {reason}")

    def _send(
        self, found: Iterable[DueMonitor], tick: TickMessage, deadline: Deadline
    ) -> Dispatched:
        """Send the checks of monitors in the order of their places, from the tick's place on."""
        due = sorted((each for each in found if _follows(each, tick.after)), key=_place_of)
        sent = failed = 0
        for start in range(0, len(due), MONITORS_AT_ONCE):
            if deadline.seconds_left() < MIN_SECONDS_TO_SEND:
                after = _place_of(due[start - 1]) if start else tick.after
                rest = replace(tick, after=after)
                return Dispatched(due=start, sent=sent, failed=failed, rest=rest)
            checks = list(_all_checks(due[start : start + MONITORS_AT_ONCE], tick.granule_at))
            unsent = len(self._queues.send(checks))
            sent, failed = sent + len(checks) - unsent, failed + unsent
        return Dispatched(due=len(due), sent=sent, failed=failed)

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


def _place_of(monitor: DueMonitor) -> Place:
    """Return the place of a monitor in its granule; an interval has one partition of it."""
    return monitor.interval_seconds, monitor.id


def _follows(monitor: DueMonitor, after: Place | None) -> bool:
    return after is None or _place_of(monitor) > after


def _all_checks(monitors: Iterable[DueMonitor], slot: datetime) -> Iterator[CheckMessage]:
    for monitor in monitors:
        try:
            yield from checks_of(monitor, slot)
        except Exception as error:  # noqa: BLE001 (whatever it is, only this monitor is left out)
            _log_left_out(monitor.id, error)


def _log_left_out(monitor_id: str, error: Exception) -> None:
    """Tell of a monitor that cannot be planned; the others must not wait for its repair."""
    logger().error("monitor_left_out", monitor_id=monitor_id, reason=f"{error!r}")
