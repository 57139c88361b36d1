"""Batches of alert rows that are still to be created, in the table of alerts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.alerts.alert_batch import AlertBatch
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import Item, from_item, to_item
from sentinelmesh.storage.dynamodb.query_pages import walk
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def batch_item(batch: AlertBatch) -> Item:
    """Build a batch's item; it stands in the index of unfinished rows until it is removed."""
    return to_item(
        batch,
        incident_id=keys.batches_key(batch.incident_id),
        alert_key=batch.key,
        unfinished=keys.UNFINISHED,
        due_at=batch.template.created_at,
    )


class AlertBatchesRepository:
    """Batches by incident."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader("alert_batch", ("incident_id", "alert_key"), _batch)

    def get(self, incident_id: str, key: str) -> AlertBatch | None:
        """Read one batch, strongly consistent. Cost: 1 read unit per 4 KB."""
        with translate_errors(NotFound, f"batch {key} of {incident_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key=_place(incident_id, key), ConsistentRead=True
            )
        return self._rows.read(answer["Item"]) if "Item" in answer else None

    def list_of_incident(self, incident_id: str) -> list[AlertBatch]:
        """List the batches of an incident, strongly consistent; nearly always there are none.

        Cost: 1 read unit per 4 KB.
        """
        items = walk(
            self._client,
            f"batches of {incident_id}",
            TableName=self._table,
            KeyConditionExpression="incident_id = :batches",
            ExpressionAttributeValues={":batches": {"S": keys.batches_key(incident_id)}},
            ConsistentRead=True,
        )
        return [self._rows.read(item) for item in items]

    def remove(self, batch: AlertBatch) -> None:
        """Remove a batch whose rows exist; doing it again changes nothing. Cost: 1 write unit."""
        with translate_errors(NotFound, f"batch {batch.key} of {batch.incident_id}"):
            self._client.delete_item(
                TableName=self._table, Key=_place(batch.incident_id, batch.key)
            )


def _place(incident_id: str, key: str) -> dict[str, Any]:
    return {"incident_id": {"S": keys.batches_key(incident_id)}, "alert_key": {"S": key}}


def _batch(item: Mapping[str, Any]) -> AlertBatch:
    return from_item(item, AlertBatch)
