"""What jobs told of themselves: one item for each heartbeat, in a partition of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.monitors.heartbeat import Pings
from sentinelmesh.errors import NotFound, StaleState, StoreUnavailable
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attribute, attributes, from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

THE_ONE = "ping"
MAX_TRIES = 10


class PingsRepository:
    """Heartbeats by the id in their address."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, ping_id: str) -> Pings | None:
        """Read what was heard, strongly consistent. Cost: 1 read unit.

        Raises:
            StoreUnavailable: try again.
        """
        with translate_errors(NotFound, f"heartbeat {ping_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(ping_id), ConsistentRead=True
            )
        return from_item(answer["Item"], Pings) if "Item" in answer else None

    def expect(self, ping_id: str, monitor_id: str, at: datetime) -> None:
        """Begin to wait for a job; what it told before counts no more. Cost: 1 write unit."""
        values = {":monitor": monitor_id, ":at": at, ":one": 1}
        with translate_errors(NotFound, f"heartbeat {ping_id}"):
            self._client.update_item(
                TableName=self._table,
                Key=_key(ping_id),
                UpdateExpression="SET monitor_id = :monitor, waiting_since = :at "
                "REMOVE started_at, started_run, runs ADD version :one",
                ExpressionAttributeValues=attributes(values),
            )

    def record(self, ping_id: str, change: Callable[[Pings], Pings]) -> None:
        """Apply a change to what was heard; concurrent ones are applied one after the other.

        Cost: 1 read and 1 write unit, again for each change that came in between.

        Raises:
            NotFound: there is no such heartbeat.
            StoreUnavailable: try again.
        """
        for _ in range(MAX_TRIES):
            before = self.get(ping_id)
            if before is None:
                raise NotFound(f"heartbeat {ping_id}")
            try:
                self._replace(ping_id, before, change(before))
            except StaleState:
                continue
            return
        raise StoreUnavailable(f"heartbeat {ping_id} was changed by others all the time")

    def delete(self, ping_id: str) -> None:
        """Forget a heartbeat; none is fine too."""
        with translate_errors(NotFound, f"heartbeat {ping_id}"):
            self._client.delete_item(TableName=self._table, Key=_key(ping_id))

    def _replace(self, ping_id: str, before: Pings, after: Pings) -> None:
        """Put what is heard now in place of what was.

        Raises:
            StaleState: it was changed or deleted meanwhile.
        """
        item = to_item(replace(after, version=before.version + 1))
        with translate_errors(StaleState, f"heartbeat {ping_id} is not at {before.version}"):
            self._client.put_item(
                TableName=self._table,
                Item={**item, **_key(ping_id)},
                # An item that was never changed has no version yet; a deleted one stays away.
                ConditionExpression="attribute_exists(id) AND "
                "(version = :seen OR attribute_not_exists(version))",
                ExpressionAttributeValues={":seen": attribute(before.version)},
            )


def _key(ping_id: str) -> dict[str, Any]:
    return {"kind": {"S": keys.ping_key(ping_id)}, "id": {"S": THE_ONE}}
