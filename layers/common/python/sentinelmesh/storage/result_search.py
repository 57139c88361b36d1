"""Results that match, in pages: the store sorts out the others, within bounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.probing.result import Result
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.results import bounds, result_reader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PaginatorConfigTypeDef

# Answers of a MB that one search passes over: a second or two, about 40,000 results.
MAX_ANSWERS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which results of a monitor are looked for.

    Args:
        start: first slot of interest; None means all that are kept.
        end: instant behind the last slot of interest.
        where: attributes and the values that they must have.
        before_key: `next_key` of the page before.
    """

    start: datetime | None = None
    end: datetime | None = None
    where: Mapping[str, str]
    before_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRows:
    """A page of results, newest first.

    Args:
        rows: with their keys.
        next_key: where the next page begins; None means that there is none.
    """

    rows: Sequence[tuple[str, Result]] = ()
    next_key: str | None = None


class ResultSearch:
    """Looks through the results of one monitor."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = result_reader()

    def find(self, monitor_id: str, limit: int, wanted: Wanted) -> ResultRows:
        """Read a page of matching results, newest first.

        Cost: one query, and with `where` one per MB passed over: half a read unit per 4 KB. After
            15 of them the page ends early, perhaps empty, and the next one goes on from there.
        """
        low, high = bounds(wanted.start, wanted.end)
        high = min(high, wanted.before_key) if wanted.before_key else high
        if low > high:
            return ResultRows()
        query = _filtered(_range(monitor_id, low, high), wanted.where)
        # One behind the page tells whether there is more; one may be the cursor itself.
        size: PaginatorConfigTypeDef = {} if wanted.where else {"PageSize": limit + 2}
        answers = self._client.get_paginator("query").paginate(
            TableName=self._table, ScanIndexForward=False, **query, PaginationConfig=size
        )
        with translate_errors(NotFound, f"results of {monitor_id}"):
            return self._first_rows(answers, limit, wanted.before_key)

    def _first_rows(
        self, answers: Iterable[Mapping[str, Any]], limit: int, before_key: str | None
    ) -> ResultRows:
        rows: list[tuple[str, Result]] = []
        for count, answer in enumerate(answers, start=1):
            for key, result in self._rows.read_all(answer["Items"]):
                if key == before_key:
                    continue  # BETWEEN includes its upper bound: this one was seen already
                if len(rows) == limit:
                    return ResultRows(rows=rows, next_key=rows[-1][0])
                rows.append((key, result))
            if count == MAX_ANSWERS and "LastEvaluatedKey" in answer:
                return ResultRows(rows=rows, next_key=answer["LastEvaluatedKey"]["slot_key"]["S"])
        return ResultRows(rows=rows)


def _range(monitor_id: str, low: str, high: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "monitor_id = :monitor AND slot_key BETWEEN :low AND :high",
        "ExpressionAttributeValues": {
            ":monitor": {"S": monitor_id},
            ":low": {"S": low},
            ":high": {"S": high},
        },
    }


def _filtered(query: dict[str, Any], where: Mapping[str, str]) -> dict[str, Any]:
    """Have the store leave out what does not match."""
    if not where:
        return query
    values = {f":{name}": {"S": value} for name, value in where.items()}
    return query | {
        "FilterExpression": " AND ".join(f"#{name} = :{name}" for name in where),
        "ExpressionAttributeNames": {f"#{name}": name for name in where},
        "ExpressionAttributeValues": query["ExpressionAttributeValues"] | values,
    }
