"""The directory table: channels and API tokens that people keep, and the functions' heartbeats."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.domain.values import instant
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState, UnreadableRow
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import (
    attribute,
    attributes,
    from_item,
    plain_item,
    to_item,
)
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T", Channel, ApiToken)


class Shelf:
    """All entries of one kind."""

    def __init__(self, client: "DynamoDBClient", table: str, kind: str) -> None:
        self._client = client
        self._table = table
        self._kind = kind

    def key(self, entry_id: str) -> dict[str, Any]:
        """Return the key of an entry."""
        return {"kind": {"S": self._kind}, "id": {"S": entry_id}}

    def read(self, entry_id: str) -> dict[str, Any] | None:
        """Read one entry, strongly consistent. Cost: 1 read unit."""
        with translate_errors(NotFound, f"{self._kind} {entry_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key=self.key(entry_id), ConsistentRead=True
            )
        return answer.get("Item")

    def read_all(self) -> list[dict[str, Any]]:
        """Read all entries, strongly consistent. Cost: 1 read unit per 4 KB."""
        with translate_errors(NotFound, f"all of {self._kind}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="kind = :kind",
                ExpressionAttributeValues={":kind": {"S": self._kind}},
                ConsistentRead=True,
            )
            return [item for page in pages for item in page["Items"]]

    def remove(self, entry_id: str) -> None:
        """Remove an entry.

        Raises:
            NotFound: it is gone already.
        """
        with translate_errors(NotFound, f"{self._kind} {entry_id}"):
            self._client.delete_item(
                TableName=self._table,
                Key=self.key(entry_id),
                ConditionExpression="attribute_exists(id)",
            )


class ChannelsRepository:
    """Channels; their own `kind` is kept as `channel_kind` beside the table's."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._shelf = Shelf(client, table, keys.CHANNEL)
        self._rows = RowReader(keys.CHANNEL, ("id",), channel_of)

    def get(self, channel_id: str) -> Channel | None:
        """Read one channel, strongly consistent. Cost: 1 read unit."""
        item = self._shelf.read(channel_id)
        return None if item is None else self._rows.read(item)

    def find_readable(self, channel_id: str) -> Channel | None:
        """Read one channel, strongly consistent; None also where this version cannot read it.

        Cost: 1 read unit.
        """
        try:
            return self.get(channel_id)
        except UnreadableRow:
            return None

    def list(self) -> list[Channel]:
        """Read all channels, strongly consistent. Cost: 1 read unit per 4 KB."""
        return list(self._rows.read_all(self._shelf.read_all()))

    def create(self, channel: Channel) -> None:
        """Put a new channel.

        Raises:
            AlreadyExists: the id is taken.
        """
        with translate_errors(AlreadyExists, f"channel {channel.id}"):
            self._client.put_item(
                TableName=self._table,
                Item=_channel_item(channel),
                ConditionExpression="attribute_not_exists(id)",
            )

    def replace(self, channel: Channel) -> None:
        """Put the next revision of a channel.

        Raises:
            StaleState: the stored one is not the revision before.
        """
        with translate_errors(StaleState, f"channel {channel.id} is not at {channel.revision - 1}"):
            self._client.put_item(
                TableName=self._table,
                Item=_channel_item(channel),
                ConditionExpression="revision = :before",
                ExpressionAttributeValues={":before": attribute(channel.revision - 1)},
            )

    def delete(self, channel: Channel) -> None:
        """Remove a channel.

        Raises:
            StaleState: the stored one is not this revision any more, or gone.
        """
        with translate_errors(StaleState, f"channel {channel.id} is not at {channel.revision}"):
            self._client.delete_item(
                TableName=self._table,
                Key=self._shelf.key(channel.id),
                # What its author did not see is not deleted.
                ConditionExpression="revision = :seen",
                ExpressionAttributeValues={":seen": attribute(channel.revision)},
            )


def _channel_item(channel: Channel) -> dict[str, Any]:
    return to_item(channel, kind=keys.CHANNEL, channel_kind=channel.kind)


def channel_of(item: Mapping[str, Any]) -> Channel:
    """Read a channel's item."""
    return from_item({**item, "kind": item["channel_kind"]}, Channel)


class ApiTokensRepository:
    """API tokens by the hash of their secret: a token is looked up by what it hashes to."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._shelf = Shelf(client, table, keys.API_TOKEN)
        self._rows = RowReader(keys.API_TOKEN, ("id",), lambda item: from_item(item, ApiToken))

    def get(self, secret_hash: str) -> ApiToken | None:
        """Read one token by its hash. Cost: 1 read unit."""
        item = self._shelf.read(secret_hash)
        return None if item is None else self._rows.read(item)

    def list(self) -> list[ApiToken]:
        """Read all tokens."""
        return list(self._rows.read_all(self._shelf.read_all()))

    def create(self, token: ApiToken) -> None:
        """Put a new token."""
        with translate_errors(AlreadyExists, f"token {token.token_id}"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(token, kind=keys.API_TOKEN, id=token.secret_hash),
                ConditionExpression="attribute_not_exists(id)",
            )

    def touch(self, token: ApiToken, at: datetime) -> None:
        """Note that a token was used. Cost: 1 write unit, so at most once an hour."""
        with translate_errors(NotFound, f"token {token.token_id}"):
            self._client.update_item(
                TableName=self._table,
                Key=self._shelf.key(token.secret_hash),
                UpdateExpression="SET last_used_at = :at",
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues={":at": {"S": instant.text(at)}},
            )

    def delete(self, token: ApiToken) -> None:
        """Revoke a token.

        Raises:
            NotFound: it is gone already.
        """
        self._shelf.remove(token.secret_hash)


class HeartbeatsRepository:
    """Signs of life of the functions."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._shelf = Shelf(client, table, keys.HEARTBEAT)

    def beat(self, name: str, at: datetime, facts: Mapping[str, object]) -> None:
        """Leave a sign of life with a few facts. Cost: 1 write unit."""
        values = attributes({":at": at, ":facts": facts})
        with translate_errors(NotFound, f"heartbeat {name}"):
            self._client.update_item(
                TableName=self._table,
                Key=self._shelf.key(name),
                UpdateExpression="SET beat_at = :at, facts = :facts",
                ExpressionAttributeValues=values,
            )

    def get(self, name: str) -> dict[str, Any] | None:
        """Read one sign of life: `beat_at` as text, and `facts`. Cost: 1 read unit."""
        item = self._shelf.read(name)
        return None if item is None else plain_item(item)

    def list(self) -> dict[str, dict[str, Any]]:
        """Read all signs of life by name: `beat_at` as text, and `facts`."""
        items = [plain_item(item) for item in self._shelf.read_all()]
        return {item["id"]: item for item in items}
