"""Reading many items by key at once.

Source: Amazon DynamoDB API Reference, "BatchGetItem".
"""

from typing import Any

import pytest

from tests.conformance.asking import Item, code_of, number, text
from tests.conformance.stand_ins import StandIn


@pytest.fixture
def table(aws: StandIn) -> str:
    return aws.make_table("monitor_id", "slot_key")


def _key(count: int) -> Item:
    return {"monitor_id": text("mon_1"), "slot_key": text(f"{count:03}")}


def _fill(aws: StandIn, table: str, items: int, **more: Any) -> None:
    for count in range(items):
        aws.dynamodb.put_item(TableName=table, Item={**_key(count), "n": number(count), **more})


def _ask(aws: StandIn, table: str, keys: list[Item]) -> Any:
    wanted = {table: {"Keys": keys, "ConsistentRead": True}}
    return aws.dynamodb.batch_get_item(RequestItems=wanted)


def _numbers(answer: Any, table: str) -> list[int]:
    return sorted(int(item["n"]["N"]) for item in answer["Responses"].get(table, ()))


def test_it_gives_the_items_that_are_there(aws: StandIn, table: str) -> None:
    _fill(aws, table, 3)
    answer = _ask(aws, table, [_key(2), _key(7), _key(0)])
    assert _numbers(answer, table) == [0, 2]
    assert answer["UnprocessedKeys"] == {}


def test_what_stayed_unread_is_named_and_can_be_asked_for_again(aws: StandIn, table: str) -> None:
    """An answer is at most 16 MB: here after 40 items and a few."""
    _fill(aws, table, 50, padding=text("x" * 390_000))
    wanted, found, rounds = [_key(count) for count in range(50)], [], 0
    while wanted:
        answer = _ask(aws, table, wanted)
        found += _numbers(answer, table)
        wanted = answer["UnprocessedKeys"].get(table, {}).get("Keys", [])
        rounds += 1
    assert found == list(range(50))
    assert rounds > 1


def test_a_hundred_keys_are_the_most(aws: StandIn, table: str) -> None:
    _fill(aws, table, 1)
    keys = [_key(count) for count in range(101)]
    assert code_of(lambda: _ask(aws, table, keys)) == "ValidationException"
    assert _numbers(_ask(aws, table, keys[:100]), table) == [0]


def test_a_key_may_be_named_once_only(aws: StandIn, table: str) -> None:
    assert code_of(lambda: _ask(aws, table, [_key(1), _key(1)])) == "ValidationException"
