"""Months of results, read as far as a decision looks at them: quickly, and from any revision."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.fast_decoding import read_quickly
from sentinelmesh.storage.dynamodb.rows import RowReader
from sentinelmesh.storage.results import bounds

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READERS = 8
# "error", "region" and others are words of DynamoDB's own.
NAMES = {
    f"#{place}": name
    for place, name in enumerate(
        ("slot", "scheduled_at", "started_at", "region", "purpose", "outcome", "error", "detail",
         "latency_ms", "degraded")
    )
}  # fmt: skip


class PastVotes:
    """Results of a long time, without what no decision looks at.

    Args:
        make_client: gives a client of its own: what it reads takes another way than usual.
    """

    def __init__(self, make_client: Callable[[], "DynamoDBClient"], table: str) -> None:
        self._make_client = make_client
        self._client: DynamoDBClient | None = None
        self._table = table

    def read(self, monitor_id: str, revision: int, within: Interval) -> list[Result]:
        """Read all results of a time, in no order, as if one revision had asked for all of them.

        The time is cut in pieces that are read side by side: pages of one query come one by one.

        Cost: half a read unit per 4 KB of the whole results: about 2,500 for a month at 60 s.
        """
        client = self._client = self._client or read_quickly(self._make_client())
        step = (within.end - within.start) / READERS
        cuts = [within.start + step * count for count in range(READERS)] + [within.end]
        pieces = [Interval(*pair) for pair in pairwise(cuts)]
        with ThreadPoolExecutor(READERS) as readers:
            read = readers.map(lambda piece: self._piece(client, monitor_id, piece), pieces)
            rows = RowReader(
                "result", ("slot", "region"), lambda item: _result(item, monitor_id, revision)
            )
            return [result for items in read for result in rows.read_all(items)]

    def _piece(
        self, client: "DynamoDBClient", monitor_id: str, piece: Interval
    ) -> list[Mapping[str, Any]]:
        low, high = bounds(piece.start, piece.end)
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "monitor_id = :monitor AND slot_key BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":monitor": {"S": monitor_id},
                ":low": {"S": low},
                ":high": {"S": high},
            },
            "ProjectionExpression": ", ".join(NAMES),
            "ExpressionAttributeNames": NAMES,
        }
        with translate_errors(NotFound, f"results of {monitor_id}"):
            return list(_pages(client, query))


def _pages(client: "DynamoDBClient", query: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Walk over pages by hand: the paginator of boto3 walks over every attribute."""
    start: dict[str, Any] = {}
    while True:
        answer = client.query(**query, **start)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _result(item: Mapping[str, Any], monitor_id: str, revision: int) -> Result:
    """Read one item by hand: a month has tens of thousands of them."""
    latency = item.get("latency_ms")
    return Result(
        monitor_id=monitor_id,
        revision=revision,
        slot=datetime.fromisoformat(item["slot"]["S"]),
        scheduled_at=datetime.fromisoformat(item["scheduled_at"]["S"]),
        started_at=datetime.fromisoformat(item["started_at"]["S"]),
        lateness_ms=0,
        region=item["region"]["S"],
        purpose=Purpose(item["purpose"]["S"]),
        outcome=Outcome(item["outcome"]["S"]),
        degraded="degraded" in item and item["degraded"]["BOOL"],
        error=item["error"]["S"] if "error" in item else None,
        detail=item["detail"]["S"] if "detail" in item else None,
        latency_ms=float(latency["N"]) if latency else None,
    )
