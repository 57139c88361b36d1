"""Transactions: all or nothing, and a reason for each place.

Source: Amazon DynamoDB API Reference, "TransactWriteItems" and "TransactionCanceledException".
"""

from typing import Any

import pytest

from tests.conformance.asking import Item, code_of, number, refusal_of, text
from tests.conformance.stand_ins import StandIn

TEN_MINUTES = 600
CLASHING = {"ConditionExpression": "attribute_not_exists(monitor_id)"}


@pytest.fixture
def table(aws: StandIn) -> str:
    """A table with the items a, b and c, all at version 1."""
    name = aws.make_table("monitor_id")
    for each in "abc":
        aws.dynamodb.put_item(TableName=name, Item=_item(each, 1))
    return name


def _key(name: str) -> Item:
    return {"monitor_id": text(name)}


def _item(name: str, version: int) -> Item:
    return {**_key(name), "version": number(version)}


def _put(table: str, name: str, version: int, **more: Any) -> Item:
    return {"Put": {"TableName": table, "Item": _item(name, version), **more}}


def _check(table: str, name: str, version: int, **more: Any) -> Item:
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": _key(name),
            "ConditionExpression": "version = :seen",
            "ExpressionAttributeValues": {":seen": number(version)},
            **more,
        }
    }


def _update(table: str, name: str, version: int) -> Item:
    return {
        "Update": {
            "TableName": table,
            "Key": _key(name),
            "UpdateExpression": "SET version = :next",
            "ExpressionAttributeValues": {":next": number(version)},
        }
    }


def _delete(table: str, name: str) -> Item:
    return {"Delete": {"TableName": table, "Key": _key(name)}}


def _write(aws: StandIn, *actions: Item, **more: Any) -> None:
    aws.dynamodb.transact_write_items(TransactItems=list(actions), **more)


def _versions(aws: StandIn, table: str) -> dict[str, str]:
    """Return the versions of the items that are there."""
    found = {
        name: aws.dynamodb.get_item(TableName=table, Key=_key(name), ConsistentRead=True)
        for name in "abcd"
    }
    return {name: each["Item"]["version"]["N"] for name, each in found.items() if "Item" in each}


def test_all_actions_happen(aws: StandIn, table: str) -> None:
    _write(
        aws,
        _check(table, "a", 1),
        _update(table, "b", 2),
        _delete(table, "c"),
        _put(table, "d", 1, **CLASHING),
    )
    assert _versions(aws, table) == {"a": "1", "b": "2", "d": "1"}


@pytest.mark.parametrize("last", ["check", "put"])
def test_one_failed_condition_undoes_every_action(aws: StandIn, table: str, last: str) -> None:
    failing = {"check": _check(table, "a", 7), "put": _put(table, "a", 7, **CLASHING)}[last]
    actions = (_update(table, "b", 2), _delete(table, "c"), _put(table, "d", 1), failing)
    assert code_of(lambda: _write(aws, *actions)) == "TransactionCanceledException"
    assert _versions(aws, table) == {"a": "1", "b": "1", "c": "1"}


def test_actions_may_be_about_several_tables(aws: StandIn, table: str) -> None:
    other = aws.make_table("monitor_id")
    actions = (_put(other, "d", 1), _check(table, "a", 7))
    assert code_of(lambda: _write(aws, *actions)) == "TransactionCanceledException"
    assert _versions(aws, other) == {}
    _write(aws, _put(other, "d", 1), _check(table, "a", 1))
    assert _versions(aws, other) == {"d": "1"}


def test_each_place_has_its_reason(aws: StandIn, table: str) -> None:
    refusal = refusal_of(
        lambda: _write(
            aws,
            _update(table, "b", 2),
            _put(table, "a", 2, **CLASHING),
            _delete(table, "c"),
            _check(table, "d", 1),
        )
    )
    codes = [reason["Code"] for reason in refusal["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"]


def test_a_reason_shows_the_item_to_whoever_asked(aws: StandIn, table: str) -> None:
    asked = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    refusal = refusal_of(
        lambda: _write(
            aws,
            _put(table, "a", 2, **CLASHING, **asked),
            _put(table, "b", 2, **CLASHING),
            _check(table, "c", 7, **asked),
        )
    )
    shown = [reason.get("Item") for reason in refusal["CancellationReasons"]]
    assert shown == [_item("a", 1), None, _item("c", 1)]


@pytest.mark.parametrize("other", ["put", "check"])
def test_no_item_may_be_named_twice(aws: StandIn, table: str, other: str) -> None:
    second = {"put": _put(table, "a", 3), "check": _check(table, "a", 1)}[other]
    code = code_of(lambda: _write(aws, _update(table, "a", 2), second))
    assert code in {"ValidationException", "TransactionCanceledException"}
    assert _versions(aws, table)["a"] == "1"


def test_an_item_that_grows_too_large_undoes_every_action(aws: StandIn, table: str) -> None:
    too_large = _put(table, "b", 2)
    too_large["Put"]["Item"]["padding"] = text("x" * 410_000)
    code = code_of(lambda: _write(aws, _update(table, "a", 2), too_large))
    assert code in {"ValidationException", "TransactionCanceledException"}
    assert _versions(aws, table) == {"a": "1", "b": "1", "c": "1"}


def test_a_hundred_actions_are_the_most(aws: StandIn) -> None:
    table = aws.make_table("monitor_id")
    puts = [_put(table, f"m{count}", 1) for count in range(101)]
    assert code_of(lambda: _write(aws, *puts)) == "ValidationException"
    _write(aws, *puts[:100])
    assert len(aws.changes(table)) == 100


def test_a_repeated_request_with_the_same_token_is_done_once(aws: StandIn, table: str) -> None:
    """boto3 sends a token of its own, the same one when it tries a call again."""
    claim = _put(table, "d", 1, **CLASHING)
    for _ in range(2):
        _write(aws, claim, ClientRequestToken=f"token-{table}")
    assert len([each for each in aws.changes(table) if _is_of(each, "d")]) == 1


def test_a_token_stands_for_one_request_only(aws: StandIn, table: str) -> None:
    _write(aws, _update(table, "a", 2), ClientRequestToken=f"token-{table}")
    code = code_of(lambda: _write(aws, _update(table, "a", 3), ClientRequestToken=f"token-{table}"))
    assert code == "IdempotentParameterMismatchException"
    assert _versions(aws, table)["a"] == "2"


def test_a_token_is_forgotten_after_ten_minutes(aws: StandIn, table: str) -> None:
    """So the conditions of a transaction have to make it safe to repeat, not the token."""
    claim = _put(table, "d", 1, **CLASHING)
    _write(aws, claim, ClientRequestToken=f"token-{table}")
    aws.pass_time(TEN_MINUTES + 1)
    code = code_of(lambda: _write(aws, claim, ClientRequestToken=f"token-{table}"))
    assert code == "TransactionCanceledException"


def _is_of(record: Item, name: str) -> bool:
    return bool(record["dynamodb"]["Keys"] == _key(name))
