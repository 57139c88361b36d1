"""Answers to writes that carried an Idempotency-Key, kept for a day in the directory table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sentinelmesh.errors import AlreadyExists, NotFound
from sentinelmesh.storage import keys
from sentinelmesh.storage.calls import translated
from sentinelmesh.storage.items import attributes, from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer given before.

    Args:
        fingerprint: hash of the request it answered.
        status: 0 while the first request is still being answered.
    """

    fingerprint: str
    status: int
    body: str
    until: datetime


class IdempotencyRepository:
    """Answers by key."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, key: str, fingerprint: str, at: datetime) -> None:
        """Reserve a key for a request.

        Raises:
            AlreadyExists: the key was used within a day; `find` what it was answered.
        """
        with translated(AlreadyExists, "idempotency key"):
            self._client.put_item(
                TableName=self._table,
                Item=self._item(key, fingerprint, at, 0, ""),
                # Free, or a leftover that the table has not yet expired.
                ConditionExpression="attribute_not_exists(id) OR #until < :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues=attributes({":now": at}),
            )

    def finish(self, key: str, fingerprint: str, at: datetime, status: int, body: str) -> None:
        """Keep the answer."""
        with translated(NotFound, "idempotency key"):
            self._client.put_item(
                TableName=self._table, Item=self._item(key, fingerprint, at, status, body)
            )

    def abandon(self, key: str) -> None:
        """Free a key whose request was refused: it may be tried again."""
        with translated(NotFound, "idempotency key"):
            self._client.delete_item(TableName=self._table, Key=_key(key))

    def find(self, key: str) -> KeptAnswer | None:
        """Read what a key was answered."""
        with translated(NotFound, "idempotency key"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(key), ConsistentRead=True
            )
        return from_item(answer["Item"], KeptAnswer) if "Item" in answer else None

    def _item(
        self, key: str, fingerprint: str, at: datetime, status: int, body: str
    ) -> dict[str, dict[str, object]]:
        until = at + KEPT
        return _key(key) | attributes(
            {
                "fingerprint": fingerprint,
                "status": status,
                "body": body,
                "until": until,
                "ttl": int(until.timestamp()),
            }
        )


def _key(key: str) -> dict[str, dict[str, object]]:
    return {"kind": {"S": keys.IDEMPOTENCY}, "id": {"S": key}}
