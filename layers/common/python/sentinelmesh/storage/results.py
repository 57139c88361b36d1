"""The check_results table: facts, put once by a prober and never changed."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.domain.values import instant
from sentinelmesh.errors import AlreadyExists
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import from_item, to_item
from sentinelmesh.storage.dynamodb.query_pages import Counted, count_items, first_rows, walk
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


MAX_PAGES = 20
# A probe begins at most so long after its slot; what is later than that is not made.
MAX_LATENESS = timedelta(minutes=5)


def bounds(start: datetime | None, end: datetime | None) -> tuple[str, str]:
    """Return the keys between which the results of a half-open span of slots stand.

    Args:
        start: first slot of interest; None means all that are kept.
        end: instant behind the last slot of interest; None means now and later.
    """
    return _bound(start) if start else "0", _bound(end) if end else "9"


def _bound(moment: datetime) -> str:
    """Return a key before all slots from this instant on, and behind all earlier ones.

    Slots are whole seconds, and as text a fraction would sort before its own second.
    """
    second = moment.replace(microsecond=0)
    return keys.from_slot(second) if second == moment else keys.after_slot(second)


def result_reader() -> RowReader[tuple[str, Result]]:
    """Build a reader of results with their keys."""
    return RowReader("result", ("monitor_id", "slot_key"), _result)


def _result(item: Mapping[str, Any]) -> tuple[str, Result]:
    return item["slot_key"]["S"], from_item(item, Result)


class ResultsRepository:
    """Results of all monitors; the layout of the table stays behind this class."""

    def __init__(self, client: "DynamoDBClient", table: str, retention_days: int = 30) -> None:
        self._client = client
        self._table = table
        self._retention = timedelta(days=retention_days)
        self._rows = result_reader()

    def put(self, result: Result) -> None:
        """Append a result.

        Cost: one conditional write (about 1 write unit; 3 with a body sample).

        Raises:
            AlreadyExists: this fact is recorded already; the caller is done.
            StoreUnavailable: the home table is out of reach; spool the result.
        """
        expires = int((result.started_at + self._retention).timestamp())
        with translate_errors(AlreadyExists, f"result {keys.result_key(result)}"):
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
        return list(
            self.iterate(monitor_id, bounds(slot, None), newest_first=False, consistent=True)
        )

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
        low, high = bounds(start, end)
        high = min(high, before_key) if before_key else high
        if low > high:
            return []
        found = first_rows(
            self._client,
            limit + 1,
            f"results of {monitor_id}",
            self._rows.read_all,
            **self._range(monitor_id, (low, high)),
            ScanIndexForward=False,
        )
        # BETWEEN includes its upper bound, the cursor itself: that one was seen already.
        return [row for row in found if row[0] != before_key][:limit]

    def iterate(
        self,
        monitor_id: str,
        between: tuple[str, str],
        *,
        newest_first: bool = True,
        consistent: bool = False,
    ) -> Iterator[Result]:
        """Walk over the results between two keys (see `bounds`), page by page.

        Cost: one query per MB; half a read unit per 4 KB unless consistent.
        """
        if between[0] > between[1]:
            return
        items = walk(
            self._client,
            f"results of {monitor_id}",
            **self._range(monitor_id, between),
            ScanIndexForward=not newest_first,
            ConsistentRead=consistent,
        )
        for _, result in self._rows.read_all(items):
            yield result

    def count_failures(self, monitor_id: str, start: datetime, end: datetime) -> Counted:
        """Count the probes that began in a time and failed, up to a limit of 20 MB of results.

        Cost: half a read unit per 4 KB of all results of that time.
        """
        query = self._range(monitor_id, bounds(start - MAX_LATENESS, end))
        wanted = {":failure": {"S": Outcome.FAILURE.value}, ":began": {"S": instant.text(start)}}
        values = {**query.pop("ExpressionAttributeValues"), **wanted}
        return count_items(
            self._client,
            MAX_PAGES,
            f"results of {monitor_id}",
            **query,
            ExpressionAttributeValues=values,
            FilterExpression="outcome = :failure AND started_at >= :began",
        )

    def _range(self, monitor_id: str, between: tuple[str, str]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "monitor_id = :monitor AND slot_key BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":monitor": {"S": monitor_id},
                ":low": {"S": between[0]},
                ":high": {"S": between[1]},
            },
        }
