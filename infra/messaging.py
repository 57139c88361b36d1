"""Queues, each with a dead-letter queue that keeps for two weeks what nobody could handle."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.names import Names

DEAD_RETENTION = Duration.days(14)
# A message that failed so often will fail again.
MOST_RECEIVES = 5


def dead_letters(
    scope: Construct, construct: str, names: Names, name: str, *, fifo: bool = False
) -> sqs.Queue:
    """Make a queue for what failed for good; an alarm watches each of them."""
    return sqs.Queue(
        scope,
        construct,
        queue_name=names.of(f"{name}.fifo" if fifo else name),
        fifo=True if fifo else None,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=DEAD_RETENTION,
    )


def queue(
    scope: Construct,
    construct: str,
    names: Names,
    name: str,
    *,
    visibility: Duration,
    retention: Duration,
    dead: sqs.Queue,
) -> sqs.Queue:
    """Make a standard queue."""
    return sqs.Queue(
        scope,
        construct,
        queue_name=names.of(name),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        visibility_timeout=visibility,
        retention_period=retention,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=MOST_RECEIVES),
    )


def checks_queue(
    scope: Construct, names: Names, *, visibility: Duration, dead: sqs.Queue
) -> sqs.Queue:
    """Make the queue of checks: FIFO for its dedup, high throughput, and short of memory.

    A check that waited for five minutes is worthless, and a backlog hides what is new.
    """
    return sqs.Queue(
        scope,
        "Checks",
        queue_name=names.of("checks.fifo"),
        fifo=True,
        content_based_deduplication=False,
        deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
        fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        visibility_timeout=visibility,
        retention_period=Duration.minutes(5),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=MOST_RECEIVES),
    )
