"""Event sources with bounds: AWS's defaults would let one bad record block its shard for a day.

A record is given up by its age and not by how often it was tried: ten tries are over within half a
minute, sooner than most troubles. What no try would mend must not fail: functions leave out records
that they cannot read, and hand over what they cannot do now.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from infra.function import MeshFunction

MAX_AGE = Duration.hours(1)
QUEUE_BATCH = 10
STREAM_BATCH = 100


def read_stream(
    function: MeshFunction,
    table: dynamodb.Table,
    dead: sqs.Queue,
    *,
    inserts_only: bool = True,
    only: Sequence[Mapping[str, Any]] = (),
    lanes: int = 1,
) -> None:
    """Feed a table's changes to a function.

    Args:
        inserts_only: changes and expiries of rows are nobody's news.
        only: patterns of changes that are news, in place of inserts; others are dropped unpaid.
        lanes: batches of one shard handled side by side, in order per item.
    """
    inserts = [{"eventName": lambda_.FilterRule.is_equal("INSERT")}] if inserts_only else []
    function.function.add_event_source(
        event_sources.DynamoEventSource(
            table,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=STREAM_BATCH,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            max_record_age=MAX_AGE,
            parallelization_factor=lanes,
            on_failure=event_sources.SqsDlq(dead),
            filters=[lambda_.FilterCriteria.filter(dict(each)) for each in only or inserts] or None,
        )
    )


def read_queue(
    function: MeshFunction,
    queue: sqs.Queue,
    *,
    batch: int = QUEUE_BATCH,
    most_concurrent: int | None = None,
) -> None:
    """Feed a queue to a function; only what failed comes back.

    Args:
        batch: messages that one invocation may get at once.
        most_concurrent: reserved concurrency would burn receives; this does not.
    """
    function.function.add_event_source(
        event_sources.SqsEventSource(
            queue,
            batch_size=batch,
            report_batch_item_failures=True,
            max_concurrency=most_concurrent,
        )
    )
