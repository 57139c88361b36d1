"""The alerts table: the outbox. The verifier creates rows, the alerter advances them."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sentinelmesh.domain.alerts.alert import Alert
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.values import instant
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import Item, attributes, from_item
from sentinelmesh.storage.dynamodb.query_pages import first_rows, walk
from sentinelmesh.storage.dynamodb.rows import RowReader
from sentinelmesh.storage.outbox import alert_item, keep_history, note_notification, replacement

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def _place(channel_id: str, written: str) -> Item:
    """Read the place of a row in the log of its channel."""
    created_at, incident_id, alert_key = [*written.split("|"), "", ""][:3]
    return attributes(
        {
            "channel_id": channel_id,
            "created_at": created_at,
            "incident_id": incident_id,
            "alert_key": alert_key,
        }
    )


class RowKey(NamedTuple):
    """Where a row stands."""

    incident_id: str
    alert_key: str


class AlertsRepository:
    """Rows by incident, and those that are not finished."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader(
            "alert", ("incident_id", "alert_key"), lambda item: from_item(item, Alert)
        )

    def get(self, incident_id: str, alert_key: str) -> Alert | None:
        """Read one row, strongly consistent. Cost: 1 read unit."""
        item = self._read(RowKey(incident_id, alert_key))
        return None if item is None else self._rows.read(item)

    def attention(self, monitor_id: str, channel_id: str) -> NotificationHistory:
        """Read what a channel was told last about a monitor. Cost: 1 read unit."""
        item = self._read(RowKey(keys.last_sent_key(monitor_id), channel_id))
        if item is None:
            return NotificationHistory(monitor_id=monitor_id, channel_id=channel_id)
        return from_item(item, NotificationHistory)

    def list_of_incident(self, incident_id: str) -> list[Alert]:
        """Read all rows of an incident. Cost: half a read unit per 4 KB."""
        items = walk(
            self._client,
            f"alerts of {incident_id}",
            TableName=self._table,
            KeyConditionExpression="incident_id = :incident",
            ExpressionAttributeValues={":incident": {"S": incident_id}},
        )
        return list(self._rows.read_all(items))

    def list_of_channel(
        self, channel_id: str, limit: int, before: str | None = None
    ) -> list[tuple[str, Alert]]:
        """Read a page of a channel's rows with their places, newest first (eventually consistent).

        Args:
            before: place of the last row of the page before.

        Cost: half a read unit per 4 KB.
        """
        start = {"ExclusiveStartKey": _place(channel_id, before)} if before else {}
        rows = first_rows(
            self._client,
            limit,
            f"alerts of {channel_id}",
            self._rows.read_all,
            TableName=self._table,
            IndexName="by_channel",
            KeyConditionExpression="channel_id = :channel",
            ExpressionAttributeValues={":channel": {"S": channel_id}},
            ScanIndexForward=False,
            **start,
        )
        return [
            (f"{instant.text(row.created_at)}|{row.incident_id}|{row.key}", row) for row in rows
        ]

    def iterate_due(self, at: datetime) -> Iterator[RowKey]:
        """Walk over unfinished rows that are due, the longest waiting first.

        Eventually consistent. A row that this code cannot read is named like any other: whoever
        looks at it fails alone.
        """
        items = walk(
            self._client,
            "unfinished alerts",
            TableName=self._table,
            IndexName="unfinished",
            KeyConditionExpression="unfinished = :unfinished AND due_at <= :at",
            ExpressionAttributeValues={
                ":unfinished": {"S": keys.UNFINISHED},
                ":at": {"S": instant.text(at)},
            },
        )
        for item in items:
            yield RowKey(item["incident_id"]["S"], item["alert_key"]["S"])

    def create(self, row: Alert) -> bool:
        """Create a row that follows from another; say whether it was not there yet.

        Cost: 1 write unit per KB.

        Raises:
            StoreUnavailable: not known to be created; do it again.
        """
        try:
            with translate_errors(AlreadyExists, f"alert {row.incident_id}/{row.key}"):
                self._client.put_item(
                    TableName=self._table,
                    Item=alert_item(row),
                    ConditionExpression="attribute_not_exists(alert_key)",
                )
        except AlreadyExists:
            return False
        return True

    def claim(
        self,
        seen: Alert,
        claimed: Alert,
        attention: NotificationHistory,
        superfluous: tuple[Alert, Alert] | None = None,
    ) -> None:
        """Take a row for sending, and with it the channel's attention.

        Args:
            seen: the row as it was when the decision was made.
            claimed: the same row, claimed.
            attention: what the channel had been told when the decision was made.
            superfluous: the OPENED row that a combined message makes so, as it was and as it ends.

        Cost: 2 write units per item of the transaction, two or three.

        Raises:
            StaleState: the row was moved, or the channel was told something: decide again.
            StoreUnavailable: not known to be claimed.
        """
        at = claimed.claimed_at or claimed.created_at
        actions = [
            replacement(self._table, seen, claimed),
            note_notification(self._table, attention, claimed, at),
        ]
        if superfluous is not None:
            actions.append(replacement(self._table, *superfluous))
        with translate_errors(StaleState, f"alert {seen.incident_id}/{seen.key}"):
            self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]

    def note(self, seen: NotificationHistory, after: NotificationHistory, at: datetime) -> None:
        """Note something about what a channel hears of a monitor, though nothing is told now.

        Cost: 1 write unit per KB.

        Raises:
            StaleState: the channel was told something, or another note was made.
            StoreUnavailable: not known to be noted.
        """
        put = keep_history(self._table, after, at, seen.version)["Put"]
        with translate_errors(StaleState, f"attention of {seen.channel_id} to {seen.monitor_id}"):
            self._client.put_item(**put)

    def advance(self, *moves: tuple[Alert, Alert]) -> None:
        """Move rows on, all or none; each is given as it was seen and as it shall be.

        Cost: 1 write unit per KB of one row, 2 each of several.

        Raises:
            StaleState: somebody else moved one of them first.
            StoreUnavailable: not known to be moved.
        """
        actions = [replacement(self._table, seen, after) for seen, after in moves]
        seen = moves[0][0]
        with translate_errors(StaleState, f"alert {seen.incident_id}/{seen.key}"):
            if len(actions) == 1:
                self._client.put_item(**actions[0]["Put"])
            else:
                self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]

    def _read(self, key: RowKey) -> Item | None:
        with translate_errors(NotFound, f"alert {key.incident_id}/{key.alert_key}"):
            answer = self._client.get_item(
                TableName=self._table,
                Key={"incident_id": {"S": key.incident_id}, "alert_key": {"S": key.alert_key}},
                ConsistentRead=True,
            )
        return answer.get("Item")
