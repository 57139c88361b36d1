"""Queues, each with a dead-letter queue that keeps for two weeks what nobody could handle.

A queue keeps its messages for longer than all their tries take: what fails for good has to reach
the dead letters before it expires. See docs/decisions/0021-queues-give-up-in-time.md.
"""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import TIMEOUTS
from infra.names import Names

FIFO = ".fifo"
DEAD_RETENTION = Duration.days(14)
# A message that failed so often will fail again.
MAX_TRIES = 5
# A message stays hidden for six function timeouts, as AWS asks for.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_FACTOR = 6


def dead_letters(scope: Construct, names: Names, name: str) -> sqs.Queue:
    """Build a queue for what failed for good."""
    return sqs.Queue(
        scope,
        _construct(name),
        queue_name=names.of(name),
        fifo=True if name.endswith(FIFO) else None,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=DEAD_RETENTION,
    )


def queue(
    scope: Construct,
    names: Names,
    name: str,
    *,
    reader: str,
    keep: Duration,
    tries: int,
    dead: sqs.Queue,
) -> sqs.Queue:
    """Build a queue; one whose name ends in .fifo is FIFO, for its dedup, with high throughput.

    Args:
        reader: the function that reads it.
        tries: how often a message is handed out before it is given up.
    """
    fifo = name.endswith(FIFO)
    return sqs.Queue(
        scope,
        _construct(name),
        queue_name=names.of(name),
        fifo=True if fifo else None,
        deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if fifo else None,
        fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * TIMEOUTS[reader]),
        retention_period=keep,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=tries),
    )


def _construct(name: str) -> str:
    return name.removesuffix(FIFO).title().replace("-", "")
