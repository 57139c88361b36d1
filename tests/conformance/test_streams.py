"""Streams: one record for each change of an item, in order.

Source: Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB Streams"; Amazon DynamoDB
Streams API Reference, "Record" and "StreamRecord".
"""

from typing import Any

import pytest

from tests.conformance.asking import Item, code_of, number, text
from tests.conformance.stand_ins import KEYS_ONLY, Record, StandIn

CLASHING: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(monitor_id)"}


@pytest.fixture
def table(aws: StandIn) -> str:
    return aws.make_table("monitor_id", "slot_key")


def _key(slot: str = "s1", monitor: str = "mon_1") -> Item:
    return {"monitor_id": text(monitor), "slot_key": text(slot)}


def _put(aws: StandIn, table: str, count: int, key: Item | None = None, **more: Any) -> None:
    item = {**(key or _key()), "n": number(count)}
    aws.dynamodb.put_item(TableName=table, Item=item, **more)


def _set(aws: StandIn, table: str, count: int) -> None:
    aws.dynamodb.update_item(
        TableName=table,
        Key=_key(),
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": number(count)},
    )


def _names(records: list[Record]) -> list[str]:
    return [record["eventName"] for record in records]


def _live(aws: StandIn, table: str) -> list[Record]:
    """Put, replace, change and remove an item, and give what was recorded."""
    _put(aws, table, 1)
    _put(aws, table, 2)
    _set(aws, table, 3)
    aws.dynamodb.delete_item(TableName=table, Key=_key())
    return aws.changes(table)


def test_each_change_makes_one_record_that_names_what_happened(aws: StandIn, table: str) -> None:
    assert _names(_live(aws, table)) == ["INSERT", "MODIFY", "MODIFY", "REMOVE"]


def test_a_record_names_the_key_of_its_item_and_nothing_more(aws: StandIn, table: str) -> None:
    keys = [record["dynamodb"]["Keys"] for record in _live(aws, table)]
    assert keys == [_key()] * 4


def test_new_images_show_the_item_as_it_has_become(aws: StandIn, table: str) -> None:
    changes = [record["dynamodb"] for record in _live(aws, table)]
    images = [change.get("NewImage") for change in changes]
    assert images == [*({**_key(), "n": number(count)} for count in (1, 2, 3)), None]
    assert not any("OldImage" in change for change in changes)


def test_a_stream_of_keys_shows_no_images(aws: StandIn) -> None:
    records = _live(aws, aws.make_table("monitor_id", "slot_key", stream=KEYS_ONLY))
    assert len(records) == 4
    assert not any({"NewImage", "OldImage"} & set(record["dynamodb"]) for record in records)


def test_the_changes_of_an_item_are_in_order(aws: StandIn, table: str) -> None:
    for count in range(20):
        for monitor in ("mon_1", "mon_2", "mon_3"):
            _put(aws, table, count, _key(monitor=monitor))
    changes = [record["dynamodb"] for record in aws.changes(table)]
    for monitor in ("mon_1", "mon_2", "mon_3"):
        own = [each for each in changes if each["Keys"]["monitor_id"] == text(monitor)]
        assert [each["NewImage"]["n"]["N"] for each in own] == [str(n) for n in range(20)]
        numbers = [int(each["SequenceNumber"]) for each in own]
        assert numbers == sorted(set(numbers))


def test_a_write_that_changes_nothing_makes_no_record(aws: StandIn, table: str) -> None:
    _put(aws, table, 1)
    _put(aws, table, 1)
    _set(aws, table, 1)
    aws.dynamodb.delete_item(TableName=table, Key=_key("absent"))
    assert _names(aws.changes(table)) == ["INSERT"]


def test_a_refused_write_makes_no_record(aws: StandIn, table: str) -> None:
    _put(aws, table, 1)
    assert code_of(lambda: _put(aws, table, 2, **CLASHING)) == "ConditionalCheckFailedException"
    assert _names(aws.changes(table)) == ["INSERT"]


def test_an_item_that_comes_again_is_an_insert_again(aws: StandIn, table: str) -> None:
    _live(aws, table)
    _put(aws, table, 1)
    assert _names(aws.changes(table))[-2:] == ["REMOVE", "INSERT"]


def _transaction(aws: StandIn, table: str, **condition: Any) -> None:
    puts = [{"TableName": table, "Item": _key(slot)} for slot in ("s2", "s3")]
    puts[-1].update(condition)
    check = {"TableName": table, "Key": _key(), "ConditionExpression": "attribute_exists(n)"}
    actions = [{"ConditionCheck": check}, *({"Put": put} for put in puts)]
    aws.dynamodb.transact_write_items(TransactItems=actions)


def test_a_transaction_makes_a_record_for_each_item_that_it_writes(
    aws: StandIn, table: str
) -> None:
    _put(aws, table, 1)
    _transaction(aws, table)
    slots = [record["dynamodb"]["Keys"]["slot_key"]["S"] for record in aws.changes(table)]
    assert sorted(slots) == ["s1", "s2", "s3"]


def test_a_cancelled_transaction_makes_no_record(aws: StandIn, table: str) -> None:
    _put(aws, table, 1)
    failing = {"ConditionExpression": "attribute_exists(n)"}
    code = code_of(lambda: _transaction(aws, table, **failing))
    assert code == "TransactionCanceledException"
    assert _names(aws.changes(table)) == ["INSERT"]


def test_a_later_change_leaves_the_images_of_earlier_records_alone(
    aws: StandIn, table: str
) -> None:
    _put(aws, table, 1)
    (first,) = aws.changes(table)
    _set(aws, table, 2)
    assert first["dynamodb"]["NewImage"]["n"] == number(1)
    assert aws.changes(table)[0]["dynamodb"]["NewImage"]["n"] == number(1)
