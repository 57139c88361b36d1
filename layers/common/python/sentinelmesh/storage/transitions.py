"""The transitions table: the decision ledger, appended by the verifier and never changed."""

from typing import TYPE_CHECKING

from sentinelmesh.domain.verification.monitor_state import Transition
from sentinelmesh.storage.dynamodb.items import from_item
from sentinelmesh.storage.dynamodb.query_pages import first_rows
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TransitionsRepository:
    """Ledger rows of a monitor in the order of their versions."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader(
            "transition", ("monitor_id", "version"), lambda item: from_item(item, Transition)
        )

    def list_page(
        self, monitor_id: str, limit: int, before_version: int | None = None
    ) -> list[Transition]:
        """Read a page of the ledger, newest first. Cost: half a read unit per 4 KB."""
        return first_rows(
            self._client,
            limit,
            f"ledger of {monitor_id}",
            self._rows.read_all,
            TableName=self._table,
            KeyConditionExpression="monitor_id = :monitor AND version < :before",
            ExpressionAttributeValues={
                ":monitor": {"S": monitor_id},
                ":before": {"N": str(before_version if before_version is not None else 2**53)},
            },
            ScanIndexForward=False,
        )
