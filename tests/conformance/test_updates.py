"""Update expressions, as far as the repositories use them.

Source: Amazon DynamoDB Developer Guide, "Using update expressions in DynamoDB".
"""

from typing import Any

import pytest

from tests.conformance.asking import Item, code_of, number, text
from tests.conformance.stand_ins import StandIn

KEY = {"monitor_id": text("mon_1"), "incident_id": text("inc_1")}
ITEM = {**KEY, "one": text("first"), "two": text("second"), "amount": number(1)}


@pytest.fixture
def table(aws: StandIn) -> str:
    name = aws.make_table("monitor_id", "incident_id")
    aws.dynamodb.put_item(TableName=name, Item=ITEM)
    return name


def _update(aws: StandIn, table: str, expression: str, **more: Any) -> Item:
    aws.dynamodb.update_item(TableName=table, Key=KEY, UpdateExpression=expression, **more)
    return _item(aws, table)


def _item(aws: StandIn, table: str) -> Item:
    found: Item = aws.dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True)["Item"]
    return found


def test_set_and_remove_happen_together(aws: StandIn, table: str) -> None:
    after = _update(
        aws,
        table,
        "SET one = :new, #state = :new REMOVE two, absent",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":new": text("new")},
    )
    assert after == {**KEY, "one": text("new"), "state": text("new"), "amount": number(1)}


def test_every_right_side_sees_the_item_as_it_was(aws: StandIn, table: str) -> None:
    after = _update(aws, table, "SET one = two, two = one")
    assert (after["one"], after["two"]) == (text("second"), text("first"))


def test_if_not_exists_keeps_what_is_there(aws: StandIn, table: str) -> None:
    expression = "SET acknowledged_at = if_not_exists(acknowledged_at, :at)"
    _update(aws, table, expression, ExpressionAttributeValues={":at": text("early")})
    after = _update(aws, table, expression, ExpressionAttributeValues={":at": text("late")})
    assert after["acknowledged_at"] == text("early")


def test_a_list_grows_at_its_end_and_begins_empty(aws: StandIn, table: str) -> None:
    expression = "SET notes = list_append(if_not_exists(notes, :none), :note)"
    for note in ("first", "second"):
        values = {":none": {"L": []}, ":note": {"L": [text(note)]}}
        _update(aws, table, expression, ExpressionAttributeValues=values)
    assert _item(aws, table)["notes"] == {"L": [text("first"), text("second")]}


def test_an_update_of_nothing_makes_an_item_with_its_key(aws: StandIn, table: str) -> None:
    """Source: API Reference, "UpdateItem": adds a new item if it does not already exist."""
    key = {**KEY, "incident_id": text("inc_2")}
    aws.dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET one = :one",
        ExpressionAttributeValues={":one": text("1")},
    )
    found = aws.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
    assert found["Item"] == {**key, "one": text("1")}


def test_a_failed_condition_changes_nothing(aws: StandIn, table: str) -> None:
    code = code_of(
        lambda: _update(
            aws,
            table,
            "SET one = :new",
            ConditionExpression="attribute_exists(absent)",
            ExpressionAttributeValues={":new": text("new")},
        )
    )
    assert code == "ConditionalCheckFailedException"
    assert _item(aws, table) == ITEM


def test_what_one_writer_wrote_another_one_leaves(aws: StandIn, table: str) -> None:
    """Two writers of different attributes of an item do not undo each other's work."""
    for name in ("left", "right"):
        _update(
            aws, table, f"SET {name}_side = :mark", ExpressionAttributeValues={":mark": text(name)}
        )
    assert _item(aws, table) == {**ITEM, "left_side": text("left"), "right_side": text("right")}
