"""The monitor_states table: where each monitor stands; written by the verifier alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.batches import get_many
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import Item, attributes, from_item, to_item
from sentinelmesh.storage.dynamodb.query_pages import first_rows
from sentinelmesh.storage.dynamodb.rows import Report, RowReader, log_unreadable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def state_item(state: State) -> Item:
    """Build a state's item; it is in the index of suspects while its monitor is being verified."""
    return to_item(state, suspected=keys.SUSPECTED if state.status is Status.VERIFYING else None)


class StatesRepository:
    """States by monitor id; a monitor about which nothing was decided yet has none.

    Args:
        report: receives each row that this version cannot read.
    """

    def __init__(
        self, client: "DynamoDBClient", table: str, report: Report = log_unreadable
    ) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader(
            "state", ("monitor_id",), lambda item: from_item(item, State), report
        )

    def get(self, monitor_id: str) -> State | None:
        """Read one state, strongly consistent. Cost: 1 read unit."""
        with translate_errors(NotFound, f"state of {monitor_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key={"monitor_id": {"S": monitor_id}}, ConsistentRead=True
            )
        return self._rows.read(answer["Item"]) if "Item" in answer else None

    def get_many(self, monitor_ids: Iterable[str]) -> dict[str, State]:
        """Read several states, strongly consistent. Cost: 1 read unit each."""
        wanted = [{"monitor_id": {"S": each}} for each in dict.fromkeys(monitor_ids)]
        found = get_many(self._client, self._table, wanted)
        return {state.monitor_id: state for state in self._rows.read_all(found)}

    def list_failing_regions(self) -> dict[str, tuple[str, ...]]:
        """List by monitor the regions that fail while others see it work (eventually consistent).

        The others are left out by the store, so that the answer is small as long as all is well.

        Cost: one request per MB, half a read unit per 4 KB of all states: some 20 for 1,000.
        """
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="failing_regions <> :none",
            ExpressionAttributeValues={":none": {"L": []}},
        )
        with translate_errors(NotFound, "states"):
            items = [item for page in pages for item in page["Items"]]
        return {state.monitor_id: state.failing_regions for state in self._rows.read_all(items)}

    def list_suspects(self, since: datetime, limit: int) -> list[str]:
        """Return the monitors that are being verified, suspected since a moment or later.

        Eventually consistent. Cost: half a read unit per 4 KB of what is found.
        """
        return first_rows(
            self._client,
            limit,
            "suspected monitors",
            lambda items: [item["monitor_id"]["S"] for item in items],
            TableName=self._table,
            IndexName="suspected",
            KeyConditionExpression="suspected = :suspected AND since >= :since",
            ExpressionAttributeValues=attributes({":suspected": keys.SUSPECTED, ":since": since}),
        )

    def everything(self) -> dict[str, State]:
        """Read all states (eventually consistent): a page holds thousands of these small items.

        Cost: one request per MB, half a read unit per 4 KB: some 20 for 1,000 monitors, where
            their keys one by one would take 500.
        """
        pages = self._client.get_paginator("scan").paginate(TableName=self._table)
        with translate_errors(NotFound, "states"):
            items = [item for page in pages for item in page["Items"]]
        return {state.monitor_id: state for state in self._rows.read_all(items)}
