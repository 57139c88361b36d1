"""Queries over more than one page: DynamoDB cuts an answer at 1 MB, whatever was asked for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


def walk(client: "DynamoDBClient", what: str, **query: Any) -> Iterator[Item]:
    """Walk over all items of a query, page by page.

    Args:
        what: the things read, for the text of an error.

    Raises:
        StoreUnavailable: some page could not be read; start again.
    """
    pages = client.get_paginator("query").paginate(**query)
    with translate_errors(NotFound, what):
        for page in pages:
            yield from page["Items"]


class Counted(NamedTuple):
    """A number, and whether there was more than could be looked through."""

    number: int
    is_cut: bool = False


def count_items(client: "DynamoDBClient", most_pages: int, what: str, **query: Any) -> Counted:
    """Count the items of a query, up to so many pages.

    Raises:
        StoreUnavailable: some page could not be read; start again.
    """
    number = 0
    start: dict[str, Any] = {}
    for _ in range(most_pages):
        with translate_errors(NotFound, what):
            answer = client.query(**query, **start, Select="COUNT")
        number += answer["Count"]
        if "LastEvaluatedKey" not in answer:
            return Counted(number)
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    return Counted(number, is_cut=True)


def first_rows(
    client: "DynamoDBClient",
    limit: int,
    what: str,
    read: Callable[[list[Item]], Iterable[T]],
    **query: Any,
) -> list[T]:
    """Read the first rows of a query: fewer than `limit` means that there are no more.

    Args:
        read: decodes items; what it leaves out is replaced by later ones.

    Raises:
        StoreUnavailable: try again.
    """
    found: list[T] = []
    start: dict[str, Any] = {}
    while True:
        with translate_errors(NotFound, what):
            answer = client.query(**{**query, **start}, Limit=limit - len(found))
        found += read(answer["Items"])
        if len(found) >= limit or "LastEvaluatedKey" not in answer:
            return found
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
