"""Conditions: what they say about an item, and what a failed one leaves behind.

Source: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and
functions"; Amazon DynamoDB API Reference, "PutItem" and "DeleteItem".
"""

import re
from typing import Any

import pytest

from tests.conformance.asking import code_of, number, refusal_of, text
from tests.conformance.stand_ins import StandIn

KEY = {"monitor_id": text("mon_1")}
ITEM = {
    **KEY,
    "word": text("b"),
    "amount": number(5),
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
}
HOLDING = (
    "attribute_exists(word)",
    "attribute_not_exists(absent)",
    "word = :b",
    "word <> :a",
    "word > :a",
    "word >= :b",
    "word < :c",
    "word <= :b",
    "amount = :five",
    "amount < :ten",
    "amount BETWEEN :five AND :ten",
    "amount BETWEEN :zero AND :five",
    "flag = :true",
    "begins_with(word, :b)",
    "NOT word = :a",
    "NOT attribute_exists(absent)",
    "word = :a OR word = :b",
    "word = :b AND amount = :five",
    "(word = :a OR word = :b) AND amount = :five",
)
FAILING = (
    "attribute_exists(absent)",
    "attribute_not_exists(word)",
    "word = :a",
    "word <> :b",
    "word > :b",
    "word < :b",
    "amount > :ten",
    "amount BETWEEN :zero AND :one",
    "begins_with(word, :a)",
    "NOT word = :b",
    "word = :a OR amount = :ten",
    "word = :b AND amount = :ten",
)
VALUES = {
    ":a": text("a"),
    ":b": text("b"),
    ":c": text("c"),
    ":zero": number(0),
    ":one": number(1),
    ":five": number(5),
    ":ten": number(10),
    ":text_of_five": text("5"),
    ":long_five": number("5.00"),
    ":true": {"BOOL": True},
}


@pytest.fixture
def table(aws: StandIn) -> str:
    name = aws.make_table("monitor_id")
    aws.dynamodb.put_item(TableName=name, Item=ITEM)
    return name


def _put(aws: StandIn, table: str, condition: str) -> Any:
    used = {name: VALUES[name] for name in re.findall(r":\w+", condition)}
    given = {"ExpressionAttributeValues": used} if used else {}
    return aws.dynamodb.put_item(
        TableName=table, Item={**ITEM, "mark": text("new")}, ConditionExpression=condition, **given
    )


def _is_marked(aws: StandIn, table: str) -> bool:
    return "mark" in aws.dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True)["Item"]


def _assert_holds(aws: StandIn, table: str, condition: str) -> None:
    _put(aws, table, condition)
    assert _is_marked(aws, table), condition


def _assert_fails(aws: StandIn, table: str, condition: str) -> None:
    code = code_of(lambda: _put(aws, table, condition))
    assert code == "ConditionalCheckFailedException", condition
    assert not _is_marked(aws, table), condition


@pytest.mark.parametrize("condition", HOLDING)
def test_a_condition_that_holds_lets_the_write_happen(
    aws: StandIn, table: str, condition: str
) -> None:
    _assert_holds(aws, table, condition)


@pytest.mark.parametrize("condition", FAILING)
def test_a_condition_that_fails_refuses_the_write(aws: StandIn, table: str, condition: str) -> None:
    _assert_fails(aws, table, condition)


def test_and_binds_closer_than_or(aws: StandIn, table: str) -> None:
    """Source: "Condition and filter expressions", Precedence in conditions."""
    _assert_holds(aws, table, "word = :b OR word = :a AND amount = :ten")


def test_not_binds_closer_than_and(aws: StandIn, table: str) -> None:
    """Source: "Condition and filter expressions", Precedence in conditions."""
    _assert_fails(aws, table, "NOT word = :a AND amount = :ten")


def test_numbers_are_compared_as_numbers_however_they_are_written(aws: StandIn, table: str) -> None:
    """Source: "Supported data types and naming rules", Number."""
    _assert_holds(aws, table, "amount = :long_five")


def test_a_number_never_equals_its_text(aws: StandIn, table: str) -> None:
    """Source: API Reference, "Condition": {"S":"6"} does not equal {"N":"6"}."""
    _assert_fails(aws, table, "amount = :text_of_five")


def test_a_number_differs_from_its_text(aws: StandIn, table: str) -> None:
    """Source: API Reference, "Condition": {"S":"6"} does not equal {"N":"6"}."""
    _assert_holds(aws, table, "amount <> :text_of_five")


def test_things_of_different_types_are_in_no_order(aws: StandIn, table: str) -> None:
    """Source: API Reference, "Condition": {"N":"6"} does not compare to {"S":"6"}."""
    _assert_fails(aws, table, "amount <= :text_of_five")


@pytest.mark.parametrize("operator", ["=", "<", "<=", ">", ">="])
def test_an_absent_attribute_compares_to_nothing(aws: StandIn, table: str, operator: str) -> None:
    _assert_fails(aws, table, f"absent {operator} :five")


def test_an_absent_attribute_differs_from_everything(aws: StandIn, table: str) -> None:
    _assert_holds(aws, table, "absent <> :five")


def test_an_attribute_that_is_null_exists(aws: StandIn, table: str) -> None:
    """Source: API Reference, "Condition": NOT_NULL tests for existence, not for the type."""
    _assert_holds(aws, table, "attribute_exists(nothing)")


def test_of_an_item_that_is_not_there_no_attribute_exists(aws: StandIn, table: str) -> None:
    def claim() -> None:
        aws.dynamodb.put_item(
            TableName=table,
            Item={"monitor_id": text("mon_2")},
            ConditionExpression="attribute_not_exists(monitor_id)",
        )

    claim()
    assert code_of(claim) == "ConditionalCheckFailedException"


def test_a_failed_condition_shows_the_item_to_whoever_asked(aws: StandIn, table: str) -> None:
    """Source: API Reference, "PutItem", ReturnValuesOnConditionCheckFailure."""
    condition = {"TableName": table, "ConditionExpression": "attribute_not_exists(monitor_id)"}
    asked = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    shown = refusal_of(lambda: aws.dynamodb.put_item(Item=KEY, **condition, **asked))
    silent = refusal_of(lambda: aws.dynamodb.put_item(Item=KEY, **condition))
    assert shown["Item"] == ITEM
    assert "Item" not in silent


def test_a_failed_condition_on_nothing_shows_nothing(aws: StandIn, table: str) -> None:
    refusal = refusal_of(
        lambda: aws.dynamodb.delete_item(
            TableName=table,
            Key={"monitor_id": text("mon_2")},
            ConditionExpression="attribute_exists(monitor_id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    )
    assert refusal["Error"]["Code"] == "ConditionalCheckFailedException"
    assert "Item" not in refusal


def test_a_put_gives_back_what_it_replaced_if_asked(aws: StandIn, table: str) -> None:
    """Source: API Reference, "PutItem", ReturnValues."""
    put = {"TableName": table, "Item": {**KEY, "word": text("z")}, "ReturnValues": "ALL_OLD"}
    assert aws.dynamodb.put_item(**put)["Attributes"] == ITEM
    fresh = {**put, "Item": {"monitor_id": text("mon_2")}}
    assert "Attributes" not in aws.dynamodb.put_item(**fresh)


def test_a_put_replaces_the_whole_item(aws: StandIn, table: str) -> None:
    """Source: API Reference, "PutItem"."""
    aws.dynamodb.put_item(TableName=table, Item={**KEY, "word": text("z")})
    found = aws.dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True)
    assert found["Item"] == {**KEY, "word": text("z")}


def test_deleting_what_is_not_there_is_no_error(aws: StandIn, table: str) -> None:
    """Source: API Reference, "DeleteItem": it is idempotent without conditions."""
    for _ in range(2):
        aws.dynamodb.delete_item(TableName=table, Key=KEY)
    assert "Item" not in aws.dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(
            {"ConditionExpression": "attribute_exists(#name)"}, id="a name that nobody defined"
        ),
        pytest.param({"ConditionExpression": "word = :b"}, id="a value that nobody defined"),
        pytest.param(
            {
                "ConditionExpression": "attribute_exists(word)",
                "ExpressionAttributeNames": {"#name": "name"},
            },
            id="a name that nothing uses",
        ),
        pytest.param(
            {
                "ConditionExpression": "attribute_exists(word)",
                "ExpressionAttributeValues": {":b": text("b")},
            },
            id="a value that nothing uses",
        ),
        pytest.param(
            {
                "ConditionExpression": "state = :b",
                "ExpressionAttributeValues": {":b": text("b")},
            },
            id="a reserved word",
        ),
    ],
)
def test_an_expression_is_refused_for(aws: StandIn, table: str, asked: dict[str, Any]) -> None:
    """Source: "Reserved words in DynamoDB"; "Expression attribute names (aliases)"."""
    put = {"TableName": table, "Item": ITEM, **asked}
    assert code_of(lambda: aws.dynamodb.put_item(**put)) == "ValidationException"
