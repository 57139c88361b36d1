"""Answers that are read quickly are the answers that boto3 reads."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sentinelmesh.storage.dynamodb.batches import get_many
from sentinelmesh.storage.dynamodb.fast_decoding import READS, read_quickly
from sentinelmesh.storage.dynamodb.items import attributes
from sentinelmesh.storage.monitors import MonitorsRepository
from tests.support.builders import a_monitor
from tests.support.moto_mesh import MotoMesh

ITEM = attributes(
    {
        "monitor_id": "mon_1",
        "text": 'ünïcode "quoted" \u2028 \\ \n',
        "empty": "",
        "number": 12345678901234567,
        "fraction": -0.25,
        "truth": False,
        "nested": {"list": [1, "a", {"deep": [None, True]}, []], "map": {}},
    }
)
KEY = {"monitor_id": {"S": "mon_1"}}


@pytest.fixture
def quick(mesh: MotoMesh) -> Any:
    return read_quickly(mesh.client("dynamodb"))


def ask(client: Any, table: str, operation: str) -> dict[str, Any]:
    """Read the item in one of the ways, less what differs between any two requests."""
    calls = {
        "Query": lambda: client.query(
            TableName=table,
            KeyConditionExpression="monitor_id = :id",
            ExpressionAttributeValues={":id": {"S": "mon_1"}},
            ReturnConsumedCapacity="TOTAL",
        ),
        "GetItem": lambda: client.get_item(TableName=table, Key=KEY),
        "BatchGetItem": lambda: client.batch_get_item(RequestItems={table: {"Keys": [KEY]}}),
    }
    answer: dict[str, Any] = calls[operation]()
    metadata = answer.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == 200
    return answer


@pytest.mark.parametrize("operation", READS)
def test_both_read_the_same(mesh: MotoMesh, quick: Any, operation: str) -> None:
    table = mesh.tables["states"]
    mesh.dynamodb.put_item(TableName=table, Item=ITEM)
    read = ask(quick, table, operation)
    assert read == ask(mesh.client("dynamodb"), table, operation)
    assert str(ITEM["nested"]) in str(read)


def test_what_is_not_there_is_not_there(mesh: MotoMesh, quick: Any) -> None:
    assert ask(quick, mesh.tables["states"], "GetItem") == {}
    assert get_many(quick, mesh.tables["states"], [KEY]) == []


def test_pages_are_turned(mesh: MotoMesh, quick: Any) -> None:
    monitors = MonitorsRepository(quick, mesh.tables["monitors"])
    for number in range(14):
        monitors.create(a_monitor(id=f"mon_{number:02}", probe={"body": "x" * 150_000}))
    assert [each.id for each in monitors.list_page(20)] == [f"mon_{n:02}" for n in range(14)]


def test_a_refusal_stays_a_refusal(quick: Any) -> None:
    with pytest.raises(ClientError) as refused:
        quick.get_item(TableName="nowhere", Key=KEY)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
