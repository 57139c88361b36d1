"""A word to the verifier about probes that go without an answer for longer than usual."""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.domain.values.instant import text
from sentinelmesh.messages import CheckMessage, EvaluationMessage, encode
from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Answers kept of each monitor, and so many are needed to say what is usual.
KEPT, LEAST = 100, 3
# Monitors of which answers are kept; those not seen for longest are forgotten first.
MAX_MONITORS = 2_000
USUAL = 0.99
# An answer that takes a little longer than ever is about to come.
MARGIN = 1.25


class UsualLatency:
    """How long answers take, as this process has seen them from its region: it costs no request."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, result: Result) -> None:
        """Remember how long an answer took; what failed says nothing about that."""
        if result.outcome is not Outcome.SUCCESS or result.latency_ms is None:
            return
        self._seen.setdefault(result.monitor_id, deque(maxlen=KEPT)).append(result.latency_ms)
        self._seen.move_to_end(result.monitor_id)
        if len(self._seen) > MAX_MONITORS:
            self._seen.popitem(last=False)

    def of(self, monitor_id: str) -> timedelta:
        """Return the 99th percentile by the nearest rank, and a margin; None if little is known."""
        seen = sorted(self._seen.get(monitor_id, ()))
        if len(seen) < LEAST:
            return timedelta()
        return MARGIN * timedelta(milliseconds=seen[round((len(seen) - 1) * USUAL)])


class EarlyWord:
    """Tells the verifier, who decides alone whether other regions are asked.

    Args:
        client: returns the client of the home region's queues; most processes never need one.
    """

    def __init__(self, client: Callable[[], "SQSClient"], queue_url: str) -> None:
        self.usual = UsualLatency()
        self._client = client
        self._queue_url = queue_url

    def due_after(self, check: CheckMessage) -> float | None:
        """Return the seconds after which a probe is told about; None if it never is."""
        if check.patience_ms is None:
            return None
        usual = self.usual.of(check.monitor_id)
        patience = max(timedelta(milliseconds=check.patience_ms), usual).total_seconds()
        return patience if patience < check.timeout_ms / 1000 else None

    def tell(self, check: CheckMessage) -> None:
        """Say that a probe has had no answer so far; a word that gets lost costs only time."""
        slow = Unanswered(slot=check.slot, region=check.region, revision=check.revision)
        message = EvaluationMessage(monitor_id=check.monitor_id, unanswered=slow)
        try:
            self._client().send_message(QueueUrl=self._queue_url, MessageBody=encode(message))
        except (BotoCoreError, ClientError) as error:
            reason = type(error).__name__
            logger().warning("early_word_lost", monitor_id=check.monitor_id, reason=reason)
            return
        logger().info("probe_unanswered", monitor_id=check.monitor_id, slot=text(check.slot))
