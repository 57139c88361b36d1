"""Counts over whole tables, for health and metrics: numbers without the things themselves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.values import instant
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Counts:
    """Counts, eventually consistent.

    Args:
        tables: physical names of "monitors", "states", "incidents" and "alerts".
    """

    def __init__(self, client: "DynamoDBClient", tables: Mapping[str, str]) -> None:
        self._client = client
        self._tables = tables

    def monitors(self) -> int:
        """Count all monitors. Cost: one request per MB, half a read unit per 4 KB of monitors."""
        return self._count("monitors", "listing", "listing", keys.ALL_MONITORS)

    def open_incidents(self) -> int:
        """Count open incidents. Cost: half a read unit per 4 KB of them, half at least."""
        return self._count("incidents", "open", "open", keys.OPEN)

    def statuses(self) -> Counter[str]:
        """Count the monitors of each status, those without any decision left out.

        The whole table is wanted, one small item per monitor: no key could say which.

        Cost: one request per MB (about 3,000 monitors), half a read unit per 4 KB.
        """
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._tables["states"],
            ProjectionExpression="#status",
            ExpressionAttributeNames={"#status": "status"},
        )
        with translate_errors(NotFound, "states"):
            return Counter(item["status"]["S"] for page in pages for item in page["Items"])

    def oldest_due_alert(self, at: datetime) -> datetime | None:
        """Return since when the longest waiting alert has been due. Cost: half a read unit."""
        with translate_errors(NotFound, "alerts"):
            answer = self._client.query(
                TableName=self._tables["alerts"],
                IndexName="unfinished",
                KeyConditionExpression="unfinished = :unfinished AND due_at <= :at",
                ExpressionAttributeValues={
                    ":unfinished": {"S": keys.UNFINISHED},
                    ":at": {"S": instant.text(at)},
                },
                Limit=1,
            )
        return instant.parse(answer["Items"][0]["due_at"]["S"]) if answer["Items"] else None

    def _count(self, table: str, index: str, key: str, value: str) -> int:
        pages: Iterable[Mapping[str, Any]] = self._client.get_paginator("query").paginate(
            TableName=self._tables[table],
            IndexName=index,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":value": {"S": value}},
            Select="COUNT",
        )
        with translate_errors(NotFound, table):
            return sum(page["Count"] for page in pages)
