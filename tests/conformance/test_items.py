"""What an item may hold, and what comes back.

Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules in Amazon
DynamoDB", "DynamoDB item sizes and formats", "Quotas in Amazon DynamoDB" and "Using time to live
(TTL) in DynamoDB".
"""

from typing import Any

import pytest

from tests.conformance.asking import Item, code_of, number, text
from tests.conformance.stand_ins import StandIn

KEY = {"monitor_id": text("mon_1")}
MAX_BYTES = 400 * 1024


@pytest.fixture
def table(aws: StandIn) -> str:
    return aws.make_table("monitor_id")


def _written(aws: StandIn, table: str, **attributes: Any) -> Item:
    """Write an item and give what is read of it, without its key."""
    aws.dynamodb.put_item(TableName=table, Item={**KEY, **attributes})
    found = aws.dynamodb.get_item(TableName=table, Key=KEY, ConsistentRead=True)["Item"]
    return {name: value for name, value in found.items() if name != "monitor_id"}


def test_values_of_all_types_come_back_as_they_were(aws: StandIn, table: str) -> None:
    attributes: Item = {
        "text": text("é\n\U0001f600"),
        "empty": text(""),
        "number": number(-3),
        "yes": {"BOOL": True},
        "no": {"BOOL": False},
        "nothing": {"NULL": True},
        "list": {"L": [text("a"), {"L": []}, {"M": {}}]},
        "map": {"M": {"deep": {"M": {"er": {"L": [number(1)]}}}}},
    }
    assert _written(aws, table, **attributes) == attributes


@pytest.mark.parametrize(
    ("sent", "read"),
    [("35.0", "35"), ("0.50", "0.5"), ("007", "7"), ("1e3", "1000"), ("-0", "0")],
)
def test_a_number_comes_back_without_what_does_not_count(
    aws: StandIn, table: str, sent: str, read: str
) -> None:
    """Leading and trailing zeroes are trimmed: a float may come back as a whole number."""
    assert _written(aws, table, n=number(sent)) == {"n": number(read)}


@pytest.mark.parametrize("sent", ["nan", "inf", "", "1e126", "1.5.0"])
def test_what_is_no_number_is_refused(aws: StandIn, table: str, sent: str) -> None:
    assert code_of(lambda: _written(aws, table, n=number(sent))) == "ValidationException"


def test_a_number_has_at_most_38_digits(aws: StandIn, table: str) -> None:
    assert _written(aws, table, n=number("9" * 38)) == {"n": number("9" * 38)}
    assert code_of(lambda: _written(aws, table, n=number("9" * 39))) == "ValidationException"


def test_a_key_is_never_empty(aws: StandIn, table: str) -> None:
    empty = {"monitor_id": text("")}
    put = lambda: aws.dynamodb.put_item(TableName=table, Item=empty)  # noqa: E731
    assert code_of(put) == "ValidationException"


def test_an_item_has_its_key(aws: StandIn, table: str) -> None:
    put = lambda: aws.dynamodb.put_item(TableName=table, Item={"n": number(1)})  # noqa: E731
    assert code_of(put) == "ValidationException"


def _padding(bytes_in_all: int) -> str:
    """Fill an item up: names of attributes count as much as values."""
    return "x" * (bytes_in_all - len("monitor_id") - len("mon_1") - len("padding"))


def test_an_item_takes_400_kb_with_the_names_of_its_attributes(aws: StandIn, table: str) -> None:
    fits, is_too_large = _padding(MAX_BYTES), _padding(MAX_BYTES + 1)
    assert _written(aws, table, padding=text(fits)) == {"padding": text(fits)}
    put = lambda: _written(aws, table, padding=text(is_too_large))  # noqa: E731
    assert code_of(put) == "ValidationException"


def test_an_update_cannot_make_an_item_larger_either(aws: StandIn, table: str) -> None:
    half = {"L": [text("x" * (MAX_BYTES // 2))]}
    _written(aws, table, notes=half)
    code = code_of(
        lambda: aws.dynamodb.update_item(
            TableName=table,
            Key=KEY,
            UpdateExpression="SET notes = list_append(notes, :more)",
            ExpressionAttributeValues={":more": half},
        )
    )
    assert code == "ValidationException"


def test_a_strongly_consistent_read_sees_every_write_before_it(aws: StandIn, table: str) -> None:
    """Source: "DynamoDB read consistency"."""
    for count in range(3):
        assert _written(aws, table, n=number(count)) == {"n": number(count)}


def test_an_item_past_its_time_to_live_can_still_be_read(aws: StandIn, table: str) -> None:
    """It is removed within a few days: whoever reads has to look at the time himself."""
    assert _written(aws, table, ttl=number(1)) == {"ttl": number(1)}
