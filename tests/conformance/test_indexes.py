"""Global indexes: sparse, in an order of their own, and eventually consistent.

Source: Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes in DynamoDB" and "Take
advantage of sparse indexes in DynamoDB".
"""

from typing import Any

import pytest

from tests.conformance.asking import Item, code_of, text
from tests.conformance.stand_ins import StandIn

UNFINISHED = {
    "IndexName": "unfinished",
    "KeyConditionExpression": "unfinished = :unfinished",
    "ExpressionAttributeValues": {":unfinished": text("1")},
}


@pytest.fixture
def table(aws: StandIn) -> str:
    """The outbox as infra/storage.py makes it."""
    indexes = {"unfinished": ("unfinished", "due_at")}
    return aws.make_table("incident_id", "alert_key", indexes=indexes)


def _row(name: str, due: str, *, is_finished: bool = False) -> Item:
    row = {"incident_id": text("inc_1"), "alert_key": text(name), "due_at": text(due)}
    return row if is_finished else {**row, "unfinished": text("1")}


def _put(aws: StandIn, table: str, *rows: Item) -> None:
    for row in rows:
        aws.dynamodb.put_item(TableName=table, Item=row)


def _query(aws: StandIn, table: str, **asked: Any) -> Any:
    return aws.dynamodb.query(TableName=table, **{**UNFINISHED, **asked})


def _names(answer: Any) -> list[str]:
    return [item["alert_key"]["S"] for item in answer["Items"]]


def test_an_index_has_its_own_order_and_all_attributes(aws: StandIn, table: str) -> None:
    rows = _row("a", "3"), _row("b", "1"), _row("c", "2")
    _put(aws, table, *rows)
    assert _query(aws, table)["Items"] == [rows[1], rows[2], rows[0]]


def test_an_item_without_the_key_of_an_index_is_not_in_it(aws: StandIn, table: str) -> None:
    _put(aws, table, _row("a", "1"), _row("b", "2", is_finished=True))
    assert _names(_query(aws, table)) == ["a"]


def test_an_item_leaves_an_index_with_the_key(aws: StandIn, table: str) -> None:
    _put(aws, table, _row("a", "1"), _row("b", "2"), _row("a", "1", is_finished=True))
    aws.dynamodb.update_item(
        TableName=table,
        Key={"incident_id": text("inc_1"), "alert_key": text("b")},
        UpdateExpression="REMOVE unfinished",
    )
    assert _names(_query(aws, table)) == []


def test_an_item_moves_with_its_sort_key(aws: StandIn, table: str) -> None:
    _put(aws, table, _row("a", "1"), _row("b", "2"), _row("a", "3"))
    assert _names(_query(aws, table)) == ["b", "a"]


def test_items_with_the_same_index_key_are_all_there(aws: StandIn, table: str) -> None:
    _put(aws, table, *(_row(name, "1") for name in "abc"))
    assert sorted(_names(_query(aws, table))) == ["a", "b", "c"]


def test_pages_of_an_index_skip_and_repeat_nothing(aws: StandIn, table: str) -> None:
    """Not even where several items have the same key in the index."""
    _put(aws, table, *(_row(name, str(count // 3)) for count, name in enumerate("abcdefg")))
    start: Item = {}
    found: list[str] = []
    while True:
        answer = _query(aws, table, Limit=2, **start)
        found += _names(answer)
        if "LastEvaluatedKey" not in answer:
            break
        key = answer["LastEvaluatedKey"]
        assert set(key) == {"incident_id", "alert_key", "unfinished", "due_at"}
        start = {"ExclusiveStartKey": key}
    assert sorted(found) == list("abcdefg")


def test_pages_of_an_index_go_on_where_a_row_has_left_it(aws: StandIn, table: str) -> None:
    _put(aws, table, *(_row(name, str(count)) for count, name in enumerate("abcd")))
    first = _query(aws, table, Limit=2)
    _put(aws, table, _row("b", "1", is_finished=True))
    rest = _query(aws, table, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert _names(rest) == ["c", "d"]


def test_an_index_can_be_narrowed(aws: StandIn, table: str) -> None:
    _put(aws, table, _row("a", "1"), _row("b", "2"), _row("c", "3"))
    answer = _query(
        aws,
        table,
        KeyConditionExpression="unfinished = :unfinished AND due_at <= :at",
        ExpressionAttributeValues={":unfinished": text("1"), ":at": text("2")},
    )
    assert _names(answer) == ["a", "b"]


def test_an_index_has_no_consistent_reads(aws: StandIn, table: str) -> None:
    code = code_of(lambda: _query(aws, table, ConsistentRead=True))
    assert code == "ValidationException"
