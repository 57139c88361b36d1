"""Queries of a table: which items, in which order, and where an answer ends.

Source: Amazon DynamoDB API Reference, "Query" and "Scan"; Amazon DynamoDB Developer Guide, "Key
condition expressions for the Query operation in DynamoDB" and "Paginating table query results".
"""

from typing import Any

import pytest

from tests.conformance.asking import Item, code_of, number, text
from tests.conformance.stand_ins import StandIn

SLOTS = ("10", "20", "30", "40", "50")
OF_MONITOR = {
    "KeyConditionExpression": "monitor_id = :monitor",
    "ExpressionAttributeValues": {":monitor": text("mon_1")},
}


@pytest.fixture
def table(aws: StandIn) -> str:
    """A table with five results of one monitor and one of another."""
    name = aws.make_table("monitor_id", "slot_key")
    for slot in reversed(SLOTS):
        outcome = text("failure" if slot in {"30", "40"} else "success")
        aws.dynamodb.put_item(TableName=name, Item={**_key(slot), "outcome": outcome})
    aws.dynamodb.put_item(TableName=name, Item=_key("60", "mon_2"))
    return name


def _key(slot: str, monitor: str = "mon_1") -> Item:
    return {"monitor_id": text(monitor), "slot_key": text(slot)}


def _where(condition: str, **values: str) -> Item:
    typed = {f":{name}": text(value) for name, value in values.items()}
    return {
        "KeyConditionExpression": f"monitor_id = :monitor AND {condition}",
        "ExpressionAttributeValues": {":monitor": text("mon_1"), **typed},
    }


def _query(aws: StandIn, table: str, **asked: Any) -> Any:
    return aws.dynamodb.query(TableName=table, ConsistentRead=True, **{**OF_MONITOR, **asked})


def _slots(answer: Any) -> list[str]:
    return [item["slot_key"]["S"] for item in answer["Items"]]


def test_a_query_gives_the_items_of_its_partition_in_order(aws: StandIn, table: str) -> None:
    answer = _query(aws, table)
    assert _slots(answer) == list(SLOTS)
    assert answer["Count"] == 5
    assert "LastEvaluatedKey" not in answer


def test_a_query_can_run_backwards(aws: StandIn, table: str) -> None:
    assert _slots(_query(aws, table, ScanIndexForward=False)) == list(reversed(SLOTS))


def test_an_empty_partition_gives_no_items(aws: StandIn, table: str) -> None:
    values = {"ExpressionAttributeValues": {":monitor": text("mon_9")}}
    answer = _query(aws, table, **values)
    assert (answer["Items"], answer["Count"]) == ([], 0)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("slot_key = :a", ["20"]),
        ("slot_key < :b", ["10", "20", "30"]),
        ("slot_key <= :b", ["10", "20", "30", "40"]),
        ("slot_key > :a", ["30", "40", "50"]),
        ("slot_key >= :a", ["20", "30", "40", "50"]),
        ("slot_key BETWEEN :a AND :b", ["20", "30", "40"]),
        ("begins_with(slot_key, :c)", ["30"]),
    ],
)
def test_a_query_can_be_narrowed_to(
    aws: StandIn, table: str, condition: str, expected: list[str]
) -> None:
    values = {
        name: value
        for name, value in (("a", "20"), ("b", "40"), ("c", "3"))
        if f":{name}" in condition
    }
    assert _slots(_query(aws, table, **_where(condition, **values))) == expected


def test_texts_are_in_the_order_of_their_bytes(aws: StandIn, table: str) -> None:
    expected = ["#", "1", "10", "2", "Z", "a", "é", "\ue000", "\U0001f600"]
    for slot in expected:
        aws.dynamodb.put_item(TableName=table, Item=_key(slot, "mon_3"))
    values = {"ExpressionAttributeValues": {":monitor": text("mon_3")}}
    assert _slots(_query(aws, table, **values)) == expected


def test_numbers_are_in_the_order_of_numbers(aws: StandIn) -> None:
    table = aws.make_table("monitor_id", "version")
    for version in (2, 10, 9, 1):
        item = {"monitor_id": text("mon_1"), "version": number(version)}
        aws.dynamodb.put_item(TableName=table, Item=item)
    answer = _query(
        aws,
        table,
        KeyConditionExpression="monitor_id = :monitor AND version < :before",
        ExpressionAttributeValues={":monitor": text("mon_1"), ":before": number(10)},
        ScanIndexForward=False,
    )
    assert [item["version"]["N"] for item in answer["Items"]] == ["9", "2", "1"]


def test_a_limit_ends_an_answer_and_tells_where(aws: StandIn, table: str) -> None:
    first = _query(aws, table, Limit=2)
    assert _slots(first) == ["10", "20"]
    assert first["LastEvaluatedKey"] == _key("20")
    second = _query(aws, table, Limit=2, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert _slots(second) == ["30", "40"]


def test_an_answer_that_its_limit_ended_may_have_been_the_last(aws: StandIn, table: str) -> None:
    """A LastEvaluatedKey does not tell that there is more: only its absence tells the end."""
    full = _query(aws, table, Limit=5)
    assert _slots(full) == list(SLOTS)
    assert full["LastEvaluatedKey"] == _key("50")
    rest = _query(aws, table, Limit=5, ExclusiveStartKey=full["LastEvaluatedKey"])
    assert _slots(rest) == []
    assert "LastEvaluatedKey" not in rest


@pytest.mark.parametrize("is_forward", [True, False])
def test_an_answer_goes_on_where_a_deleted_item_was(
    aws: StandIn,
    table: str,
    is_forward: bool,  # noqa: FBT001
) -> None:
    order = {"ScanIndexForward": is_forward}
    first = _query(aws, table, Limit=2, **order)
    expected = list(SLOTS if is_forward else reversed(SLOTS))[2:]
    aws.dynamodb.delete_item(TableName=table, Key=first["LastEvaluatedKey"])
    rest = _query(aws, table, ExclusiveStartKey=first["LastEvaluatedKey"], **order)
    assert _slots(rest) == expected


def test_a_filter_is_applied_after_the_limit(aws: StandIn, table: str) -> None:
    """So an answer may be empty although there is more."""
    asked = {
        "FilterExpression": "#outcome = :outcome",
        "ExpressionAttributeNames": {"#outcome": "outcome"},
        "ExpressionAttributeValues": {":monitor": text("mon_1"), ":outcome": text("failure")},
        "Limit": 2,
    }
    first = _query(aws, table, **asked)
    assert (_slots(first), first["Count"], first["ScannedCount"]) == ([], 0, 2)
    second = _query(aws, table, ExclusiveStartKey=first["LastEvaluatedKey"], **asked)
    assert _slots(second) == ["30", "40"]


def test_a_count_comes_without_items(aws: StandIn, table: str) -> None:
    answer = _query(aws, table, Select="COUNT")
    assert answer["Count"] == 5
    assert not answer.get("Items")


def test_a_projection_gives_the_attributes_asked_for(aws: StandIn, table: str) -> None:
    answer = _query(
        aws,
        table,
        ProjectionExpression="slot_key, #outcome, absent",
        ExpressionAttributeNames={"#outcome": "outcome"},
        Limit=1,
    )
    assert answer["Items"] == [{"slot_key": text("10"), "outcome": text("success")}]


def test_a_query_is_about_one_partition(aws: StandIn, table: str) -> None:
    code = code_of(
        lambda: _query(
            aws,
            table,
            KeyConditionExpression="slot_key = :monitor",
            ExpressionAttributeValues={":monitor": text("10")},
        )
    )
    assert code == "ValidationException"


def _fill_with_large_items(aws: StandIn, table: str) -> None:
    for slot in SLOTS:
        aws.dynamodb.put_item(
            TableName=table, Item={**_key(slot, "large"), "padding": text("x" * 300_000)}
        )


def test_an_answer_ends_at_a_megabyte(aws: StandIn, table: str) -> None:
    _fill_with_large_items(aws, table)
    values = {"ExpressionAttributeValues": {":monitor": text("large")}}
    first = _query(aws, table, **values)
    assert 0 < first["Count"] < len(SLOTS)
    assert first["LastEvaluatedKey"] == _key(_slots(first)[-1], "large")


def test_a_paginator_gives_every_item_once(aws: StandIn, table: str) -> None:
    _fill_with_large_items(aws, table)
    values = {":monitor": text("large")}
    pages = aws.dynamodb.get_paginator("query").paginate(
        TableName=table, **{**OF_MONITOR, "ExpressionAttributeValues": values}
    )
    assert [slot for page in pages for slot in _slots(page)] == list(SLOTS)


def test_a_scan_gives_every_item_of_the_table(aws: StandIn, table: str) -> None:
    pages = aws.dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ProjectionExpression="#slot",
        ExpressionAttributeNames={"#slot": "slot_key"},
    )
    items = [item for page in pages for item in page["Items"]]
    assert sorted(item["slot_key"]["S"] for item in items) == [*SLOTS, "60"]
    assert all(set(item) == {"slot_key"} for item in items)
