"""Orders to count: sent in batches, repeated at will."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sentinelmesh.messages import RecountMessage, encode
from sentinelmesh.observability import logger
from sentinelmesh.queue_sender import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class RecountQueue:
    """The queue of orders to count; each may be carried out any number of times.

    Args:
        client: of the home region.
    """

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

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


def merge_orders(orders: Iterable[RecountMessage]) -> RecountMessage:
    """Build one order of several for the same monitor, which asks for all that they ask for.

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
