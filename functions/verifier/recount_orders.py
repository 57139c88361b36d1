"""Ordering counts of what came late, and of edited monitors."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from functions.verifier.records import ResultSummary
from sentinelmesh.domain.uptime.rollup import hour_of
from sentinelmesh.domain.uptime.rollup_schedule import is_too_late, late_from
from sentinelmesh.domain.values import instant
from sentinelmesh.messages import RecountMessage
from sentinelmesh.rebuild_queue import RecountQueue, merge_orders

# An order waits, so that it speaks for all that comes within the first minute of its wait: what
# was spooled while the home region was away comes by the hundred.
WAIT = timedelta(minutes=2)
SPEAKS_FOR = timedelta(minutes=1)
# Results of slots before this are found to be late themselves, whenever they come.
LONG_AGO = timedelta(minutes=15)


class Recounts:
    """Orders counts; remembers for a minute what it ordered."""

    def __init__(self, queue: RecountQueue, clock: Callable[[], datetime]) -> None:
        self._queue = queue
        self._clock = clock
        self._ordered: dict[tuple[str, datetime], RecountMessage] = {}
        self._since: datetime | None = None

    def late(self, glances: Iterable[ResultSummary]) -> set[str]:
        """Order counts of the hours of results that came too late for theirs.

        Returns:
            The monitors whose order the queue did not take: their records have to come back.

        Cost: nothing, nearly always; a request per ten monitors and hours.
        """
        wanted: dict[tuple[str, datetime], RecountMessage] = {}
        for each in glances:
            slot = instant.parse(each.slot)
            if each.is_scheduled and is_too_late(slot, each.created_at):
                key = each.monitor_id, hour_of(slot)
                order = RecountMessage(monitor_id=each.monitor_id, since=slot, before=slot)
                wanted[key] = merge_orders([wanted.get(key, order), order])
        self._forget()
        asked = {key: each for key, each in wanted.items() if not self._covers(key, each)}
        refused = self._queue.send(list(asked.values()), WAIT)
        self._ordered |= {key: each for key, each in asked.items() if each not in refused}
        return {each.monitor_id for each in refused}

    def edited(self, monitor_ids: Iterable[str]) -> set[str]:
        """Order counts of edited monitors: a pause ends what is counted, and no round comes then.

        The last results before it may come after that count, and too soon to be told late: so
        there is a second one.

        Returns:
            The monitors whose order the queue did not take.
        """
        named = sorted(monitor_ids)
        since = self._clock() - LONG_AGO
        refused = self._queue.send(
            [RecountMessage(monitor_id=each, until=since) for each in named], WAIT
        )
        again = [RecountMessage(monitor_id=each, since=since) for each in named]
        refused += self._queue.send(again, late_from(self._clock()) - self._clock() + WAIT / 4)
        return {each.monitor_id for each in refused}

    def _covers(self, key: tuple[str, datetime], wanted: RecountMessage) -> bool:
        """Return whether an order that still waits speaks for this one."""
        ordered = self._ordered.get(key)
        return ordered is not None and merge_orders([ordered, wanted]) == ordered

    def _forget(self) -> None:
        """Orders of the minute before may be under way already."""
        now = self._clock()
        if self._since is None or now - self._since >= SPEAKS_FOR or now < self._since:
            self._since = now
            self._ordered.clear()
