"""Status pages in the directory: written by the API, published by the publisher."""

from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.status_pages.status_page import StatusPage
from sentinelmesh.errors import AlreadyExists, StaleState
from sentinelmesh.storage.directory.repositories import Shelf
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attribute, from_item, to_item
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class StatusPagesRepository:
    """Pages by id; there are few of them, so all are read at once."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._shelf = Shelf(client, table, keys.STATUS_PAGE)
        self._rows = RowReader(keys.STATUS_PAGE, ("id",), lambda item: from_item(item, StatusPage))

    def get(self, page_id: str) -> StatusPage | None:
        """Read one page, strongly consistent. Cost: 1 read unit per 4 KB."""
        item = self._shelf.read(page_id)
        return None if item is None else self._rows.read(item)

    def list(self) -> list[StatusPage]:
        """Read all pages, strongly consistent. Cost: 1 read unit per 4 KB."""
        return list(self._rows.read_all(self._shelf.read_all()))

    def create(self, page: StatusPage) -> None:
        """Put a new page.

        Raises:
            AlreadyExists: the id is taken.
        """
        self._put(page, AlreadyExists, {"ConditionExpression": "attribute_not_exists(id)"})

    def replace(self, page: StatusPage) -> None:
        """Put the next revision of a page.

        Raises:
            StaleState: the stored one is not the revision before.
        """
        before = {":before": attribute(page.revision - 1)}
        condition = {
            "ConditionExpression": "revision = :before",
            "ExpressionAttributeValues": before,
        }
        self._put(page, StaleState, condition)

    def delete(self, page: StatusPage) -> None:
        """Remove a page.

        Raises:
            StaleState: the stored one is not this revision any more, or gone.
        """
        with translate_errors(StaleState, f"status page {page.id} is not at {page.revision}"):
            self._client.delete_item(
                TableName=self._table,
                Key=self._shelf.key(page.id),
                # What its author did not see is not deleted.
                ConditionExpression="revision = :seen",
                ExpressionAttributeValues={":seen": attribute(page.revision)},
            )

    def _put(
        self, page: StatusPage, refused: type[AlreadyExists | StaleState], condition: dict[str, Any]
    ) -> None:
        with translate_errors(refused, f"status page {page.id} at {page.revision}"):
            self._client.put_item(
                TableName=self._table, Item=to_item(page, kind=keys.STATUS_PAGE), **condition
            )
