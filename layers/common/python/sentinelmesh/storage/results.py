"""The check_results table: facts, put once by a prober and never changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.result import Result
from sentinelmesh.errors import AlreadyExists, NotFound
from sentinelmesh.storage import keys
from sentinelmesh.storage.calls import translated
from sentinelmesh.storage.items import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ResultsRepository:
    """Results of all monitors; the layout of the table stays behind this class."""

    def __init__(self, client: "DynamoDBClient", table: str, retention_days: int = 30) -> None:
        self._client = client
        self._table = table
        self._retention = timedelta(days=retention_days)

    def put(self, result: Result) -> None:
        """Append a result.

        Cost: one conditional write (about 1 write unit; 3 with a body sample).

        Raises:
            AlreadyExists: this fact is recorded already; the caller is done.
            StoreUnavailable: the home table is out of reach; spool the result.
        """
        expires = int((result.started_at + self._retention).timestamp())
        with translated(AlreadyExists, f"result {keys.result_key(result)}"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(result, slot_key=keys.result_key(result), ttl=expires),
                # What makes a check unique: one result per slot, region, purpose and revision.
                ConditionExpression="attribute_not_exists(slot_key)",
            )

    def list_since(self, monitor_id: str, slot: datetime) -> list[Result]:
        """Read all results of a slot and later ones, oldest first, strongly consistent.

        Cost: one query, 1 read unit per 4 KB; a window of ten slots is about 2.
        """
        bounds = (keys.from_slot(slot), keys.after_slot(datetime.max.replace(tzinfo=slot.tzinfo)))
        return list(self.iterate(monitor_id, bounds, newest_first=False, consistent=True))

    def list_newest(
        self,
        monitor_id: str,
        limit: int,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        before_key: str | None = None,
    ) -> list[tuple[str, Result]]:
        """Read a page of results with their keys, newest first.

        Args:
            start: first slot of interest; None means all that are kept.
            end: instant behind the last slot of interest.
            before_key: key of the last result of the page before.
        """
        low = keys.from_slot(start) if start else "0"
        high = keys.from_slot(end) if end else "9"
        high = min(high, before_key) if before_key else high
        answer = self._client.query(
            **self._range(monitor_id, (low, high)), Limit=limit + 1, ScanIndexForward=False
        )
        # BETWEEN includes its upper bound, the cursor itself: that one was seen already.
        rows = [item for item in answer["Items"] if item["slot_key"]["S"] != before_key]
        return [(item["slot_key"]["S"], from_item(item, Result)) for item in rows[:limit]]

    def iterate(
        self,
        monitor_id: str,
        bounds: tuple[str, str],
        *,
        newest_first: bool = True,
        consistent: bool = False,
    ) -> Iterator[Result]:
        """Walk over the results between two keys, page by page.

        Cost: one query per MB; half a read unit per 4 KB unless consistent.
        """
        pages = self._client.get_paginator("query").paginate(
            **self._range(monitor_id, bounds),
            ScanIndexForward=not newest_first,
            ConsistentRead=consistent,
        )
        with translated(NotFound, f"results of {monitor_id}"):
            for page in pages:
                for item in page["Items"]:
                    yield from_item(item, Result)

    def _range(self, monitor_id: str, bounds: tuple[str, str]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "monitor_id = :monitor AND slot_key BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":monitor": {"S": monitor_id},
                ":low": {"S": bounds[0]},
                ":high": {"S": bounds[1]},
            },
        }
