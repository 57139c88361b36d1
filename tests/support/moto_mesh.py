"""All tables and queues of a mesh on moto, made from one description."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

NAME = "sentinelmesh"
HOME = "eu-west-1"
PROBE_REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-1")
ACCOUNT = "123456789012"

# Owner: partition key, sort key, and the indexes with theirs.
TABLES: dict[str, tuple[str, str | None, dict[str, tuple[str, str]]]] = {
    "monitors": (
        "monitor_id",
        None,
        {"due": ("due", "monitor_id"), "listing": ("listing", "monitor_id")},
    ),
    "results": ("monitor_id", "slot_key", {}),
    "states": ("monitor_id", None, {"suspected": ("suspected", "since")}),
    "incidents": (
        "monitor_id",
        "incident_id",
        {"by_time": ("listing", "incident_id"), "open": ("open", "incident_id")},
    ),
    "transitions": ("monitor_id", "version", {}),
    "alerts": (
        "incident_id",
        "alert_key",
        {"unfinished": ("unfinished", "due_at"), "by_channel": ("channel_id", "created_at")},
    ),
    "rollups": ("monitor_id", "bucket", {}),
    "directory": ("kind", "id", {}),
}
PHYSICAL = {"results": "check-results", "states": "monitor-states"}
NUMERIC = {"version"}
HOME_QUEUES = ("ticks", "evaluations", "recounts", "alert-retries")
ONE_AT_A_TIME = RLock()


def table_name(owner: str) -> str:
    """Return the physical name of a table by what the code calls it."""
    return f"{NAME}-{PHYSICAL.get(owner, owner)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MotoMesh:
    """Clients of a mesh in memory, with the names of what is in it."""

    dynamodb: "DynamoDBClient"
    tables: dict[str, str]

    def client(self, service: str, region: str = HOME) -> Any:
        """Return a client of its own, whose hooks disturb nobody else."""
        return _session().client(service, region_name=region)  # type: ignore[call-overload]

    def sqs(self, region: str = HOME) -> "SQSClient":
        """Return a client of a region's queues."""
        return _session().client("sqs", region_name=region)

    def fresh_dynamodb(self) -> "DynamoDBClient":
        """Return a client of its own, whose hooks disturb nobody else."""
        return _session().client("dynamodb", region_name=HOME)

    def queue_url(self, name: str, region: str = HOME) -> str:
        """Return the URL of a queue, e.g. of "ticks" or "checks.fifo"."""
        return f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/{NAME}-{name}"

    @property
    def checks_url(self) -> str:
        """URL of the queues of checks, with the placeholder {region}."""
        return self.queue_url("checks.fifo", "{region}")

    def items(self, owner: str) -> list[dict[str, Any]]:
        """Read a whole table, in the order of its keys."""
        partition, sort, _ = TABLES[owner]
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.tables[owner])
        found: list[dict[str, Any]] = [dict(item) for page in pages for item in page["Items"]]
        wanted = [name for name in (partition, sort) if name]
        return sorted(found, key=lambda item: [_sortable(item[name]) for name in wanted])

    def drain(self, name: str, region: str = HOME) -> list[str]:
        """Take all visible messages out of a queue and give their bodies."""
        client, url = _maker("sqs", region), self.queue_url(name, region)
        bodies: list[str] = []
        while True:
            answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return bodies
            for message in answer["Messages"]:
                bodies.append(message["Body"])
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _sortable(typed: dict[str, str]) -> float | str:
    return float(typed["N"]) if "N" in typed else typed["S"]


@contextmanager
def moto_mesh() -> Iterator[MotoMesh]:
    """Have an empty mesh for a while."""
    with _each_call_alone(), mock_aws():
        for owner in TABLES:
            _make_table(_maker("dynamodb"), owner)
        for name in HOME_QUEUES:
            _maker("sqs").create_queue(QueueName=f"{NAME}-{name}")
        for region in PROBE_REGIONS:
            _make_probe_queues(_maker("sqs", region))
        client = _session().client("dynamodb", region_name=HOME)
        yield MotoMesh(dynamodb=client, tables={owner: table_name(owner) for owner in TABLES})


@contextmanager
def _each_call_alone() -> Iterator[None]:
    """Let calls of several threads follow each other: moto's tables stand no two at once."""
    answer = BotocoreStubber.process_request

    def alone(stubber: BotocoreStubber, request: Any) -> Any:
        with ONE_AT_A_TIME:
            return answer(stubber, request)

    with patch.object(BotocoreStubber, "process_request", alone):
        yield


@cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")


@cache
def _maker(service: str, region: str = HOME) -> Any:
    """Return a client that no test gets: making a new one takes longer than all its calls."""
    return _session().client(service, region_name=region)  # type: ignore[call-overload]


def _make_table(client: "DynamoDBClient", owner: str) -> None:
    partition, sort, indexes = TABLES[owner]
    names = {
        partition,
        *([sort] if sort else []),
        *(key for pair in indexes.values() for key in pair),
    }
    secondary: dict[str, Any] = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": _key_schema(*pair),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, pair in indexes.items()
        ]
    }
    client.create_table(
        TableName=table_name(owner),
        KeySchema=_key_schema(partition, sort),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "N" if name in NUMERIC else "S"}
            for name in sorted(names)
        ],
        BillingMode="PAY_PER_REQUEST",
        **(secondary if indexes else {}),
    )


def _key_schema(partition: str, sort: str | None) -> Any:
    hashed = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*hashed, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else hashed


def _make_probe_queues(client: "SQSClient") -> None:
    client.create_queue(
        QueueName=f"{NAME}-checks.fifo",
        Attributes={
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        },
    )
    client.create_queue(QueueName=f"{NAME}-results-spool")
