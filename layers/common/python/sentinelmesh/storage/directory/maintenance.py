"""Maintenance windows in the directory: announced by people, read by everybody who decides."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.recurrence_rule import parse_rule
from sentinelmesh.domain.values.time_zone import find_zone
from sentinelmesh.errors import AlreadyExists, StaleState
from sentinelmesh.storage.directory.repositories import Shelf
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attribute, from_item, to_item
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class MaintenanceRepository:
    """Windows by id; there are few of them, so all are read at once."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._shelf = Shelf(client, table, keys.MAINTENANCE_WINDOW)
        self._rows = RowReader(keys.MAINTENANCE_WINDOW, ("id",), window_of)

    def get(self, window_id: str) -> MaintenanceWindow | None:
        """Read one window, strongly consistent. Cost: 1 read unit."""
        item = self._shelf.read(window_id)
        return None if item is None else self._rows.read(item)

    def list(self) -> list[MaintenanceWindow]:
        """Read all windows, strongly consistent. Cost: 1 read unit per 4 KB."""
        return list(self._rows.read_all(self._shelf.read_all()))

    def create(self, window: MaintenanceWindow) -> None:
        """Put a new window.

        Raises:
            AlreadyExists: the id is taken.
        """
        with translate_errors(AlreadyExists, f"maintenance window {window.id}"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(window, kind=keys.MAINTENANCE_WINDOW),
                ConditionExpression="attribute_not_exists(id)",
            )

    def replace(self, window: MaintenanceWindow) -> None:
        """Put the next revision of a window.

        Raises:
            StaleState: the stored one is not the revision before.
        """
        before = window.revision - 1
        with translate_errors(StaleState, f"maintenance window {window.id} is not at {before}"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(window, kind=keys.MAINTENANCE_WINDOW),
                ConditionExpression="revision = :before",
                ExpressionAttributeValues={":before": attribute(before)},
            )

    def delete(self, window: MaintenanceWindow) -> None:
        """Remove a window.

        Raises:
            StaleState: the stored one is not this revision any more, or gone.
        """
        with translate_errors(
            StaleState, f"maintenance window {window.id} is not at {window.revision}"
        ):
            self._client.delete_item(
                TableName=self._table,
                Key=self._shelf.key(window.id),
                # What its author did not see is not deleted.
                ConditionExpression="revision = :seen",
                ExpressionAttributeValues={":seen": attribute(window.revision)},
            )


def window_of(item: Mapping[str, Any]) -> MaintenanceWindow:
    """Return the window of an item.

    Raises:
        ValueError: it cannot be read, or nobody can say when it happens.
    """
    window = from_item(item, MaintenanceWindow)
    if window.recurrence is not None:
        find_zone(window.time_zone)
        parse_rule(window.recurrence)
    return window
