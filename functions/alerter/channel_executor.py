"""Looking at many rows: one lane per channel, so that no channel waits for another's provider."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from functions.alerter.delivery import NoTimeLeft
from sentinelmesh.delivery.deadline import Deadline
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.observability import logger
from sentinelmesh.storage.alerts import RowKey

MAX_LANES = 32
# A store in trouble may be well again in a moment.
PAUSES = (0.1, 0.4)
# A channel whose provider took that long gets no place in a hurry, for a while.
SLOW_SECONDS = 2.0
SLOW_FOR_SECONDS = 60.0

Look = Callable[[str, str, Deadline], None]


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of many rows.

    Args:
        broken: whatever was wrong with them, they have to be looked at again.
        left: there was no time for them.
    """

    broken: frozenset[RowKey] = frozenset()
    left: frozenset[RowKey] = frozenset()


class ChannelExecutor:
    """Looks at the rows of each channel one after the other, and at the channels side by side.

    Args:
        most: threads at once.
    """

    def __init__(
        self,
        most: int = MAX_LANES,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._most = most
        self._clock = clock
        self._pause = pause
        self._slow_until: dict[str, float] = {}

    def slow(self, rows: Iterable[RowKey]) -> set[RowKey]:
        """Pick the rows whose channels were slow a short while ago."""
        now = self._clock()
        return {row for row in rows if self._slow_until.get(_channel_of(row), now) > now}

    def run(self, rows: Iterable[RowKey], look: Look, deadline: Deadline) -> BatchReport:
        """Look at rows; within a channel in the order of incidents, beginnings before ends."""
        by_channel: dict[str, list[RowKey]] = defaultdict(list)
        for row in sorted(set(rows)):
            by_channel[_channel_of(row)].append(row)
        lanes = list(by_channel.values())
        if len(lanes) <= 1 or self._most <= 1:
            reports = [self._run_lane(lane, look, deadline) for lane in lanes]
        else:
            with ThreadPoolExecutor(min(self._most, len(lanes))) as threads:
                reports = list(
                    threads.map(lambda lane: self._run_lane(lane, look, deadline), lanes)
                )
        return BatchReport(
            broken=frozenset(row for report in reports for row in report.broken),
            left=frozenset(row for report in reports for row in report.left),
        )

    def _run_lane(self, rows: Sequence[RowKey], look: Look, deadline: Deadline) -> BatchReport:
        broken: set[RowKey] = set()
        for place, row in enumerate(rows):
            if not deadline.leaves_time_for_delivery():
                return BatchReport(frozenset(broken), frozenset(rows[place:]))
            began = self._clock()
            try:
                self._look(row, look, deadline)
            except NoTimeLeft:
                return BatchReport(frozenset(broken), frozenset(rows[place:]))
            except Exception:  # noqa: BLE001 (whatever it is, only this row comes back)
                logger().exception("delivery_broke", incident_id=row[0], alert_key=row[1])
                broken.add(row)
            if self._clock() - began > SLOW_SECONDS:
                self._slow_until[_channel_of(row)] = self._clock() + SLOW_FOR_SECONDS
        return BatchReport(frozenset(broken))

    def _look(self, row: RowKey, look: Look, deadline: Deadline) -> None:
        for pause in PAUSES:
            try:
                look(*row, deadline)
            except StoreUnavailable:
                self._pause(pause)
            else:
                return
        look(*row, deadline)


def _channel_of(row: RowKey) -> str:
    return row.alert_key.split("#")[1]
