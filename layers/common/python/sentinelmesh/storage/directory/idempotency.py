"""Answers to writes that carried an Idempotency-Key, kept for a day in the directory table."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sentinelmesh.errors import AlreadyExists, NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attributes, from_item, to_item
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(hours=24)
# Longer than any request lives: whoever holds a key for that long is dead.
LEASE = timedelta(seconds=60)
UNDER_WAY = 0
MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer given before.

    Args:
        fingerprint: hash of the request it answered.
        seed: what the ids of new things derive from, so that a second try makes the same ones.
        status: 0 while the first request is still being answered.
        body, headers: as they were sent; the body is JSON.
        until: when the key is free again.
    """

    fingerprint: str
    seed: str
    until: datetime
    status: int = UNDER_WAY
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class IdempotencyRepository:
    """Answers by key."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader(keys.IDEMPOTENCY, ("id",), lambda item: from_item(item, KeptAnswer))

    def begin(self, key: str, fingerprint: str, seed: str, at: datetime) -> str:
        """Reserve a key for a request.

        Cost: 1 write unit; 2 when an earlier try died on the way.

        Returns:
            The seed for new ids: that of an earlier try, if one of the same request died.

        Raises:
            AlreadyExists: the key was used within a day, or is in use; `find` tells.
        """
        reserved = KeptAnswer(fingerprint=fingerprint, seed=seed, until=at + LEASE)
        with translate_errors(AlreadyExists, "idempotency key"):
            answer = self._client.put_item(
                TableName=self._table,
                Item=_item(key, reserved, at),
                # Free, or a leftover that the table has not yet expired.
                ConditionExpression="attribute_not_exists(id) OR #until < :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues=attributes({":now": at}),
                ReturnValues="ALL_OLD",
            )
        left = answer.get("Attributes")
        before = self._rows.read(left) if left else None
        if before is None or before.status or before.fingerprint != fingerprint:
            return seed
        self.finish(key, replace(reserved, seed=before.seed), at)
        return before.seed

    def finish(self, key: str, answer: KeptAnswer, at: datetime) -> None:
        """Keep an answer. Cost: 1 write unit per KB of it."""
        with translate_errors(NotFound, "idempotency key"):
            self._client.put_item(TableName=self._table, Item=_item(key, answer, at))

    def release(self, key: str, fingerprint: str, seed: str, at: datetime) -> None:
        """Free a key whose request failed, and keep its seed: the failure may have come too late.

        Cost: 1 write unit.
        """
        free = KeptAnswer(fingerprint=fingerprint, seed=seed, until=at - MOMENT)
        self.finish(key, free, at)

    def find(self, key: str) -> KeptAnswer | None:
        """Read what a key was answered, strongly consistent. Cost: 1 read unit per 4 KB."""
        with translate_errors(NotFound, "idempotency key"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(key), ConsistentRead=True
            )
        return self._rows.read(answer["Item"]) if "Item" in answer else None


def _item(key: str, answer: KeptAnswer, at: datetime) -> dict[str, Any]:
    return to_item(answer, kind=keys.IDEMPOTENCY, id=key, ttl=int((at + KEPT).timestamp()))


def _key(key: str) -> dict[str, Any]:
    return {"kind": {"S": keys.IDEMPOTENCY}, "id": {"S": key}}
