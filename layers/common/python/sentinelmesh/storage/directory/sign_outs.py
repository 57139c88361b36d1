"""Sign-outs in the directory table: tokens that a person got before one are refused."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.values import instant
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attributes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than any access token lives (an hour).
KEPT = timedelta(days=1)


class SignOutsRepository:
    """When a person was last signed out by an administrator."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, person_id: str) -> datetime | None:
        """Read it, strongly consistent. Cost: 1 read unit."""
        with translate_errors(NotFound, f"sign-out of {person_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(person_id), ConsistentRead=True
            )
        return instant.parse(answer["Item"]["at"]["S"]) if "Item" in answer else None

    def put(self, person_id: str, at: datetime) -> None:
        """Refuse all tokens that a person has got so far. Cost: 1 write unit."""
        expires = int((at + KEPT).timestamp())
        with translate_errors(NotFound, f"sign-out of {person_id}"):
            self._client.put_item(
                TableName=self._table,
                Item=_key(person_id) | attributes({"at": at, "ttl": expires}),
            )


def _key(person_id: str) -> dict[str, Any]:
    return {"kind": {"S": keys.SIGN_OUT}, "id": {"S": person_id}}
