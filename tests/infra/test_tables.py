from typing import Any

from tests.infra.templates import Assembly, Properties
from tests.support.moto_mesh import (
    HOME_QUEUES,
    TABLES,
    MotoMesh,
    moto_mesh,
    table_name,
)

TABLE = "AWS::DynamoDB::Table"
STREAMS = {
    "sentinelmesh-monitors": "KEYS_ONLY",
    "sentinelmesh-check-results": "NEW_IMAGE",
    "sentinelmesh-alerts": "NEW_IMAGE",
    "sentinelmesh-transitions": "NEW_IMAGE",
    "sentinelmesh-incidents": "KEYS_ONLY",
    "sentinelmesh-directory": "KEYS_ONLY",
}


def tables_of(assembly: Assembly) -> dict[str, Properties]:
    return {each.properties["TableName"]: each.properties for _, each in assembly.all_of(TABLE)}


def test_every_table_is_in_the_home_region(standard: Assembly) -> None:
    assert {template.stack for template, _ in standard.all_of(TABLE)} == {"sentinelmesh-home"}
    assert set(tables_of(standard)) == {table_name(owner) for owner in TABLES}


def test_every_table_is_paid_by_use_recoverable_protected_and_encrypted(
    standard: Assembly,
) -> None:
    for name, table in tables_of(standard).items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        recovery = table["PointInTimeRecoverySpecification"]
        assert recovery["PointInTimeRecoveryEnabled"] is True
        assert table["DeletionProtectionEnabled"] is True
        assert table["SSESpecification"] == {"SSEEnabled": True}


def test_a_table_outlives_its_stack(standard: Assembly) -> None:
    for _, resource in standard.all_of(TABLE):
        assert resource.raw["DeletionPolicy"] == "Retain"
        assert resource.raw["UpdateReplacePolicy"] == "Retain"


def test_every_table_lets_items_expire(standard: Assembly) -> None:
    for table in tables_of(standard).values():
        assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_only_what_others_wait_for_is_streamed(standard: Assembly) -> None:
    streamed = {
        name: table["StreamSpecification"]["StreamViewType"]
        for name, table in tables_of(standard).items()
        if "StreamSpecification" in table
    }
    assert streamed == STREAMS


def test_tables_in_memory_are_those_of_the_templates(standard: Assembly) -> None:
    """What tests run on and what is deployed have the same keys and indexes."""
    deployed = tables_of(standard)
    with moto_mesh() as mesh:
        for name, template in deployed.items():
            made = mesh.dynamodb.describe_table(TableName=name)["Table"]
            assert layout(made) == layout(template), name


def layout(table: Any) -> dict[str, Any]:
    """Take out of a description or a template what a query depends on."""
    return {
        "keys": table["KeySchema"],
        "types": sorted(
            (each["AttributeName"], each["AttributeType"]) for each in table["AttributeDefinitions"]
        ),
        "indexes": {
            each["IndexName"]: (each["KeySchema"], each["Projection"])
            for each in table.get("GlobalSecondaryIndexes", ())
        },
    }


def test_queues_in_memory_are_those_of_the_templates(standard: Assembly) -> None:
    with moto_mesh() as mesh:
        home = {
            f"sentinelmesh-{name}": queue_attributes(mesh, name, "eu-west-1")
            for name in HOME_QUEUES
        }
        assert home == queues_of(standard, "sentinelmesh-home")
        for template in standard.probes:
            probing = {
                f"sentinelmesh-{name}": queue_attributes(mesh, name, template.region)
                for name in ("checks.fifo", "results-spool")
            }
            assert probing == queues_of(standard, template.stack)


# What senders depend on: how messages are taken, told apart and grouped.
COMPARED = {"FifoQueue": "false", "DeduplicationScope": None, "FifoThroughputLimit": None}


def queue_attributes(mesh: MotoMesh, name: str, region: str) -> dict[str, Any]:
    answer = mesh.sqs(region).get_queue_attributes(
        QueueUrl=mesh.queue_url(name, region), AttributeNames=["All"]
    )
    found: Any = answer["Attributes"]
    return {each: found.get(each, otherwise) for each, otherwise in COMPARED.items()}


def queues_of(assembly: Assembly, stack: str) -> dict[str, dict[str, Any]]:
    """Return the queues of a stack that functions read, as SQS would describe them."""
    return {
        each.properties["QueueName"]: {
            name: _described(each.properties.get(name, otherwise))
            for name, otherwise in COMPARED.items()
        }
        for each in assembly.templates[stack].of_kind("AWS::SQS::Queue")
        if "RedrivePolicy" in each.properties
    }


def _described(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
