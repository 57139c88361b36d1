"""Paused mail addresses in the directory table: put by the alerter, resumed through the API."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sentinelmesh.domain.alerts.bounces import PausedAddress, address_id
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.directory.repositories import Shelf
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import from_item, to_item
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class PausedAddressesRepository:
    """Addresses that get no mail."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._shelf = Shelf(client, table, keys.PAUSED_ADDRESS)
        self._rows = RowReader(
            keys.PAUSED_ADDRESS, ("id",), lambda item: from_item(item, PausedAddress)
        )

    def pause(self, paused: PausedAddress) -> None:
        """Write no more to an address; doing it again only renews the reason."""
        with translate_errors(NotFound, f"paused address {paused.id}"):
            self._client.put_item(
                TableName=self._table, Item=to_item(paused, kind=keys.PAUSED_ADDRESS)
            )

    def among(self, addresses: Iterable[str]) -> list[PausedAddress]:
        """Read which of some addresses are paused. Cost: 1 read unit for each."""
        items = [self._shelf.read(address_id(address)) for address in addresses]
        return list(self._rows.read_all(item for item in items if item is not None))

    def list(self) -> list[PausedAddress]:
        """Read all paused addresses. Cost: 1 read unit per 4 KB."""
        return list(self._rows.read_all(self._shelf.read_all()))

    def resume(self, paused_id: str) -> None:
        """Write to an address again.

        Raises:
            NotFound: it is not paused.
        """
        self._shelf.remove(paused_id)
