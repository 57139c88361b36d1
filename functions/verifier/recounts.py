"""Orders to count: sent in batches, repeated at will."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.verifier.records import Glance
from sentinelmesh.domain import instant
from sentinelmesh.domain.counting_plan import is_too_late, late_from
from sentinelmesh.domain.rollup import hour_of
from sentinelmesh.messages import RecountMessage, encode
from sentinelmesh.observability import logger
from sentinelmesh.sending import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# An order waits, so that it speaks for all that comes within the first minute of its wait: what
# was spooled while the home region was away comes by the hundred.
WAIT = timedelta(minutes=2)
SPEAKS_FOR = timedelta(minutes=1)
# Results of slots before this are told to be late themselves, whenever they come.
LONG_AGO = timedelta(minutes=15)
MOST_REMEMBERED = 10_000


class Recounts:
    """The queue of orders to count; each may be carried out any number of times.

    Args:
        client: of the home region.
    """

    def __init__(self, client: "SQSClient", queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock
        self._ordered: dict[tuple[str, datetime], RecountMessage] = {}
        self._since: datetime | None = None

    def send(
        self, orders: Sequence[RecountMessage], wait: timedelta = timedelta()
    ) -> list[RecountMessage]:
        """Order counts; give those that the queue did not take. Cost: a request per ten."""
        seconds = int(wait.total_seconds())
        return send_all(
            self._client,
            self._queue_url,
            orders,
            lambda order: (encode(order), seconds),
            lambda count, reason: logger().warning(
                "recounts_not_ordered", orders=count, reason=reason
            ),
        )

    def late(self, glances: Iterable[Glance]) -> set[str]:
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
                wanted[key] = merged([wanted.get(key, order), order])
        self._forget()
        asked = {key: each for key, each in wanted.items() if not self._covers(key, each)}
        refused = self.send(list(asked.values()), WAIT)
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
        refused = self.send([RecountMessage(monitor_id=each, until=since) for each in named], WAIT)
        again = [RecountMessage(monitor_id=each, since=since) for each in named]
        refused += self.send(again, late_from(self._clock()) - self._clock() + WAIT / 4)
        return {each.monitor_id for each in refused}

    def _covers(self, key: tuple[str, datetime], wanted: RecountMessage) -> bool:
        """Say whether an order that still waits speaks for this one."""
        ordered = self._ordered.get(key)
        return ordered is not None and merged([ordered, wanted]) == ordered

    def _forget(self) -> None:
        """Orders of the minute before may be under way already."""
        now = self._clock()
        if self._since is None or now - self._since >= SPEAKS_FOR or now < self._since:
            self._since = now
            self._ordered.clear()


def merged(orders: Iterable[RecountMessage]) -> RecountMessage:
    """Make one order of several for the same monitor, which asks for all that they ask for.

    Args:
        orders: of the same incident, or of none.
    """
    ordered = list(orders)
    since = [each.since for each in ordered if each.since is not None]
    before = [each.before for each in ordered if each.since is not None]
    return RecountMessage(
        monitor_id=ordered[0].monitor_id,
        until=max((each.until for each in ordered if each.until is not None), default=None),
        since=min(since, default=None),
        before=None if None in before else max((each for each in before if each), default=None),
        incident_id=ordered[0].incident_id,
    )
