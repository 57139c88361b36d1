"""Sending checks to the probers: one FIFO queue in every probe region."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.circuit_breaker import CircuitBreaker
from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.domain.values.instant import milliseconds, text
from sentinelmesh.messages import CheckMessage, encode
from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MAX_ENTRIES = 10  # Source: SendMessageBatch's limit
MAX_TRIES = 4
# The kind whose probe asks what was announced.
HEARTBEAT = "heartbeat"
# A call takes a quarter of a second to the far side of the Earth: so 960 checks a second.
LANES_PER_REGION = 24
# A call that hung so long shows that its region is away; it is not repeated.
PATIENCE_SECONDS = 1.2
# The checks that were not taken, and why.
Unsent = tuple[list[CheckMessage], str]


def check_of(
    monitor: Monitor | DueMonitor,
    region: str,
    purpose: Purpose,
    slot: datetime,
    due: tuple[datetime, datetime],
    *,
    patience: timedelta | None = None,
) -> CheckMessage:
    """Write the order for one probe; it contains all that the prober needs.

    Args:
        due: when the probe is due, and when it has become worthless.
        patience: how long it may go without an answer before the verifier is told.
    """
    return CheckMessage(
        monitor_id=monitor.id,
        monitor_name=monitor.name,
        revision=monitor.revision,
        slot=slot,
        scheduled_at=due[0],
        expires_at=due[1],
        region=region,
        purpose=purpose,
        kind=monitor.kind,
        target=monitor.target,
        timeout_ms=monitor.timeout_ms,
        probe=monitor.probe,
        secret_fields=monitor.secret_fields,
        secrets_version=monitor.secrets_version,
        assertions=monitor.assertions,
        degraded_after_ms=monitor.degraded_after_ms,
        patience_ms=None if patience is None else milliseconds(patience),
        tags=monitor.tags if monitor.kind == HEARTBEAT else (),
    )


def check_id(check: CheckMessage) -> str:
    """Return a check; its queue drops a second one of this name within five minutes.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> check_id(CheckMessage(monitor_id="mon_a", monitor_name="A", revision=2, slot=now,
    ...     scheduled_at=now, expires_at=now, region="eu-west-1", purpose=Purpose.SCHEDULED,
    ...     kind="tcp", target="a:1", timeout_ms=1000))
    'mon_a.2.2026-01-01T00:00:00Z.scheduled'
    """
    return f"{check.monitor_id}.{check.revision}.{text(check.slot)}.{check.purpose}"


class CheckQueues:
    """The check queues of all regions.

    Args:
        client_for: gives the SQS client of a region; called once per region and process.
        url_template: queue URL with the placeholder {region}.
    """

    def __init__(self, client_for: Callable[[str], "SQSClient"], url_template: str) -> None:
        self._client_for = client_for
        self._url_template = url_template
        self._regions: dict[str, _RegionQueue] = {}
        # Several callers may ask at once, and boto3's sessions are not safe to share.
        self._making = Lock()

    def send(self, checks: Iterable[CheckMessage]) -> list[CheckMessage]:
        """Send checks to their regions, all regions at once.

        A region out of reach delays the others by two seconds at most, and for the next ten seconds
        by nothing. Sending twice is harmless: the queue drops the second, and a result is recorded
        once.

        Cost: one request per ten checks and region.

        Returns:
            The checks that no queue took.
        """
        by_region: dict[str, list[CheckMessage]] = defaultdict(list)
        for check in checks:
            by_region[check.region].append(check)
        sendings = [(self._queue_of(region), ordered) for region, ordered in by_region.items()]
        if len(sendings) <= 1:
            return [left for queue, ordered in sendings for left in queue.send(ordered)]
        with ThreadPoolExecutor(len(sendings)) as regions:
            unsent = regions.map(lambda each: each[0].send(each[1]), sendings)
            return [check for rest in unsent for check in rest]

    def _queue_of(self, region: str) -> "_RegionQueue":
        with self._making:
            if region not in self._regions:
                url = self._url_template.replace("{region}", region)
                self._regions[region] = _RegionQueue(self._client_for(region), region, url)
            return self._regions[region]


class _RegionQueue:
    """The check queue of one region; nobody waits for one that was out of reach a moment ago."""

    def __init__(self, client: "SQSClient", region: str, url: str) -> None:
        self._client = client
        self._region = region
        self._url = url
        self._breaker = CircuitBreaker(time.monotonic)

    def send(self, checks: Sequence[CheckMessage]) -> list[CheckMessage]:
        """Send in batches, many of them side by side; return what was not taken."""
        starts = range(0, len(checks), MAX_ENTRIES)
        batches = [checks[start : start + MAX_ENTRIES] for start in starts]
        # While the region counts as away, one batch finds out whether it is back.
        scouts = 1 if self._breaker.is_open else 0
        outcomes = self._send_all(batches[:scouts]) + self._send_all(batches[scouts:])
        unsent = Counter(reason for left, reason in outcomes for _ in left)
        for reason, count in unsent.items():
            logger().error("checks_unsent", region=self._region, unsent=count, reason=reason)
        return [check for left, _ in outcomes for check in left]

    def _send_all(self, batches: Sequence[Sequence[CheckMessage]]) -> list[Unsent]:
        if len(batches) <= 1 or self._breaker.is_open:
            return [self._send_batch(batch) for batch in batches]
        with ThreadPoolExecutor(min(LANES_PER_REGION, len(batches))) as lanes:
            return list(lanes.map(self._send_batch, batches))

    def _send_batch(self, batch: Sequence[CheckMessage]) -> Unsent:
        """Send one batch; only its failed entries are sent again."""
        left = {str(place): check for place, check in enumerate(batch)}
        reason = "RegionIsAway"
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        for attempt in range(MAX_TRIES):
            if not self._breaker.allows_call():
                break
            if attempt:
                time.sleep(0.05 * 2**attempt)  # a throttled queue needs a moment
            try:
                reason = self._try(left)
                self._breaker.record_success()
            except ClientError as error:
                reason = error.response["Error"]["Code"]
                self._breaker.record_success()
            except BotoCoreError as error:
                reason = type(error).__name__
                if attempt + 1 == MAX_TRIES or time.monotonic() > give_up_at:
                    self._breaker.record_failure()
            if not left:
                break
        return list(left.values()), reason

    def _try(self, left: dict[str, CheckMessage]) -> str:
        """Send once and strike out what was taken; say what kept the rest."""
        answer = self._client.send_message_batch(
            QueueUrl=self._url, Entries=[_entry(place, check) for place, check in left.items()]
        )
        for sent in answer.get("Successful", []):
            left.pop(sent["Id"], None)
        return ", ".join({failure.get("Code", "") for failure in answer.get("Failed", [])})


def _entry(place: str, check: CheckMessage) -> "SendMessageBatchRequestEntryTypeDef":
    """Return the message group of a check, its own: a hanging target must not hold up others."""
    name = check_id(check)
    return {
        "Id": place,
        "MessageBody": encode(check),
        "MessageDeduplicationId": name,
        "MessageGroupId": name,
    }
