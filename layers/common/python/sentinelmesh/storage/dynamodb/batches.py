"""Reading many items by key in as few requests as DynamoDB takes."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sentinelmesh.errors import NotFound, StoreUnavailable
from sentinelmesh.storage.dynamodb.error_translation import translate_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_KEYS = 100  # Source: BatchGetItem's limit
MAX_ROUNDS = 5


def get_many(
    client: "DynamoDBClient",
    table: str,
    wanted: Sequence[dict[str, Any]],
    *,
    consistent: bool = True,
) -> list[dict[str, Any]]:
    """Read items by key; missing ones are simply not in the answer.

    Cost: one request per 100 keys and one read unit per key, half of it if not consistent.

    Raises:
        StoreUnavailable: part of the keys stayed unanswered after several tries.
    """
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), MAX_KEYS):
        found += _get_batch(
            client, table, list(wanted[start : start + MAX_KEYS]), consistent=consistent
        )
    return found


def _get_batch(
    client: "DynamoDBClient", table: str, wanted: list[dict[str, Any]], *, consistent: bool
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for attempt in range(MAX_ROUNDS):
        if attempt:
            time.sleep(0.05 * 2**attempt)  # DynamoDB asks for a pause before unprocessed keys
        with translate_errors(NotFound, f"{len(wanted)} items of {table}"):
            answer = client.batch_get_item(
                RequestItems={table: {"Keys": wanted, "ConsistentRead": consistent}}
            )
        found += answer["Responses"].get(table, [])
        left = answer.get("UnprocessedKeys", {}).get(table)
        if not left:
            return found
        wanted = list(left["Keys"])
    raise StoreUnavailable(f"{len(wanted)} items of {table} stayed unread")
