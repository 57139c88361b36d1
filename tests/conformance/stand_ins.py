"""What every test of the suite is given: clients of an AWS, and a hand on its clock."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from tests.support.moto_mesh import NUMERIC

VISIBILITY_SECONDS = 30
RETENTION_SECONDS = 3600
# Streams as our tables ask for them, see infra/storage.py.
NEW_IMAGE, KEYS_ONLY = "NEW_IMAGE", "KEYS_ONLY"
Record = dict[str, Any]
_names = count(1)


@dataclass(frozen=True, slots=True)
class QueuePair:
    """Addresses of a queue and of its dead letters."""

    url: str
    dead_url: str


class StandIn(Protocol):
    """One AWS, empty at first.

    Args:
        dynamodb: a client as boto3 gives it, as far as our code uses it.
        sqs: the same for queues.
    """

    dynamodb: Any
    sqs: Any

    def make_table(
        self,
        *keys: str,
        indexes: Mapping[str, tuple[str, str]] | None = None,
        stream: str = NEW_IMAGE,
    ) -> str:
        """Build a table and give its name.

        Args:
            keys: its partition key and, if it has one, its sort key; "version" is a number.
            indexes: the same for each global index; all of them project everything.
        """

    def make_queue(self, *, fifo: bool = False, most_receives: int = 3) -> QueuePair:
        """Build a queue as infra/messaging.py makes it: FIFO ones deduplicate within a group."""

    def changes(self, table: str) -> list[Record]:
        """Return all records of a table's stream, as Lambda hands them to a function."""

    def pass_time(self, seconds: float) -> None:
        """Let time pass without waiting for it."""


def fresh_name() -> str:
    """Return a table or a queue that no test had before."""
    return f"conformance-{next(_names)}"


class ClientStandIn:
    """An AWS that is spoken to through boto3.

    Args:
        client: makes a client of a service.
        prefix: what sets the names of this process apart from those of others.
        forward: lets so many seconds pass.
    """

    def __init__(
        self, client: Callable[[str], Any], prefix: str, forward: Callable[[float], None]
    ) -> None:
        self.dynamodb = client("dynamodb")
        self.sqs = client("sqs")
        self._streams = client("dynamodbstreams")
        self._prefix = prefix
        self._forward = forward

    def pass_time(self, seconds: float) -> None:
        self._forward(seconds)

    def make_table(
        self,
        *keys: str,
        indexes: Mapping[str, tuple[str, str]] | None = None,
        stream: str = NEW_IMAGE,
    ) -> str:
        name = f"{self._prefix}{fresh_name()}"
        global_indexes = [
            {
                "IndexName": index,
                "KeySchema": _schema(pair),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, pair in (indexes or {}).items()
        ]
        self.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_schema(keys),
            AttributeDefinitions=_definitions(keys, *(indexes or {}).values()),
            StreamSpecification={"StreamEnabled": True, "StreamViewType": stream},
            **({"GlobalSecondaryIndexes": global_indexes} if global_indexes else {}),
        )
        return name

    def make_queue(self, *, fifo: bool = False, most_receives: int = 3) -> QueuePair:
        end = ".fifo" if fifo else ""
        kind = {"FifoQueue": "true"} if fifo else {}
        name = f"{self._prefix}{fresh_name()}"
        kept = {**kind, "MessageRetentionPeriod": str(RETENTION_SECONDS)}
        dead = self.sqs.create_queue(QueueName=f"{name}-dlq{end}", Attributes=kept)["QueueUrl"]
        asked = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = {
            "deadLetterTargetArn": asked["Attributes"]["QueueArn"],
            "maxReceiveCount": most_receives,
        }
        high_throughput = {
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        }
        attributes = {
            **kept,
            **(high_throughput if fifo else {}),
            "VisibilityTimeout": str(VISIBILITY_SECONDS),
            "RedrivePolicy": json.dumps(redrive),
        }
        made = self.sqs.create_queue(QueueName=f"{name}{end}", Attributes=attributes)
        return QueuePair(made["QueueUrl"], dead)

    def changes(self, table: str) -> list[Record]:
        arn = self.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        described = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]
        return [
            record
            for shard in described["Shards"]
            for record in self._records(arn, shard["ShardId"])
        ]

    def _records(self, arn: str, shard: str) -> list[Record]:
        iterator = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found: list[Record] = []
        while iterator:
            answer = self._streams.get_records(ShardIterator=iterator)
            if not answer["Records"]:
                break
            found += answer["Records"]
            iterator = answer.get("NextShardIterator")
        return found


def _schema(keys: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]


def _definitions(*groups: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "AttributeType": "N" if name in NUMERIC else "S"}
        for name in sorted({name for keys in groups for name in keys})
    ]
