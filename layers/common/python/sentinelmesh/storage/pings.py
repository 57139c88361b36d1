"""What jobs told of themselves: one item for each heartbeat, in a partition of its own."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.heartbeat import Pings
from sentinelmesh.errors import NotFound
from sentinelmesh.storage import keys
from sentinelmesh.storage.calls import translated
from sentinelmesh.storage.items import attributes, from_item
from sentinelmesh.storage.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

THE_ONE = "ping"


class PingsRepository:
    """Heartbeats by the id in their address."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader("ping", ("kind",), lambda item: from_item(item, Pings))

    def get(self, ping_id: str) -> Pings | None:
        """Read what was heard, strongly consistent. Cost: 1 read unit.

        Raises:
            StoreUnavailable: try again.
        """
        with translated(NotFound, f"heartbeat {ping_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(ping_id), ConsistentRead=True
            )
        return self._rows.read(answer["Item"]) if "Item" in answer else None

    def expect(self, ping_id: str, monitor_id: str, at: datetime) -> None:
        """Begin to wait for a job; what it told before counts no more. Cost: 1 write unit."""
        self._update(
            ping_id,
            "SET monitor_id = :monitor, waiting_since = :at REMOVE started_at",
            {":monitor": monitor_id, ":at": at},
            condition=None,
        )

    def start(self, ping_id: str, at: datetime) -> None:
        """Note that a run began. Cost: 1 write unit.

        Raises:
            NotFound: there is no such heartbeat.
        """
        self._update(ping_id, "SET started_at = :at", {":at": at})

    def finish(
        self, ping_id: str, at: datetime, *, failed: bool, exit_code: int | None, note: str
    ) -> None:
        """Note that a run ended, together with its beginning, if that was told. Cost: 1 write unit.

        Raises:
            NotFound: there is no such heartbeat.
        """
        self._update(
            ping_id,
            # Whoever did not tell of a beginning has a run without a duration: it lasted no time.
            "SET finished_at = :at, failed = :failed, exit_code = :code, note = :note, "
            "run_started_at = if_not_exists(started_at, :none) REMOVE started_at",
            {":at": at, ":failed": failed, ":code": exit_code, ":note": note, ":none": None},
        )

    def log(self, ping_id: str, note: str) -> None:
        """Keep what a job says, without any meaning. Cost: 1 write unit.

        Raises:
            NotFound: there is no such heartbeat.
        """
        self._update(ping_id, "SET note = :note", {":note": note})

    def delete(self, ping_id: str) -> None:
        """Forget a heartbeat; none is fine too."""
        with translated(NotFound, f"heartbeat {ping_id}"):
            self._client.delete_item(TableName=self._table, Key=_key(ping_id))

    def _update(
        self,
        ping_id: str,
        expression: str,
        values: dict[str, object],
        condition: str | None = "attribute_exists(id)",
    ) -> None:
        # Only the address of a monitor is known here; nobody fills the table with others.
        demanded: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        with translated(NotFound, f"heartbeat {ping_id}"):
            self._client.update_item(
                TableName=self._table,
                Key=_key(ping_id),
                UpdateExpression=expression,
                ExpressionAttributeValues={**attributes(values), **_nulls(values)},
                **demanded,
            )


def _key(ping_id: str) -> dict[str, Any]:
    return {"kind": {"S": keys.ping_key(ping_id)}, "id": {"S": THE_ONE}}


def _nulls(values: dict[str, object]) -> dict[str, Any]:
    return {name: {"NULL": True} for name, value in values.items() if value is None}
