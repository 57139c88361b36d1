"""Sending checks to the probers: one FIFO queue in every probe region."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.domain.due import DueMonitor
from sentinelmesh.domain.instant import milliseconds, text
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Purpose
from sentinelmesh.messages import CheckMessage, encode
from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MOST_ENTRIES = 10  # Source: SendMessageBatch's limit
MOST_TRIES = 3
LANES_PER_REGION = 4
# A call that hung so long tells that its region is away; other batches do not try it again.
PATIENCE_SECONDS = 4


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
    )


def check_id(check: CheckMessage) -> str:
    """Name a check; its queue drops a second one of this name within five minutes.

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
        self._clients: dict[str, SQSClient] = {}
        # Several evaluations may ask at once, and boto3's sessions are not safe to share.
        self._making = Lock()

    def send(self, checks: Iterable[CheckMessage]) -> list[CheckMessage]:
        """Send checks to their regions, all regions at once.

        A region out of reach never delays the others. Sending twice is harmless: the queue drops
        the second, and a result is recorded once.

        Cost: one request per ten checks and region.

        Returns:
            The checks that no queue took; they will show as missing coverage.
        """
        by_region: dict[str, list[CheckMessage]] = defaultdict(list)
        for check in checks:
            by_region[check.region].append(check)
        sendings = [(self._sending(region), ordered) for region, ordered in by_region.items()]
        if len(sendings) <= 1:
            return [left for sending, ordered in sendings for left in sending.send(ordered)]
        with ThreadPoolExecutor(len(sendings)) as regions:
            unsent = regions.map(lambda each: each[0].send(each[1]), sendings)
            return [check for rest in unsent for check in rest]

    def _sending(self, region: str) -> "_Sending":
        with self._making:
            if region not in self._clients:
                self._clients[region] = self._client_for(region)
        url = self._url_template.replace("{region}", region)
        return _Sending(self._clients[region], region, url)


class _Sending:
    """What goes to one region's queue at once; given up when the region turns out to be away."""

    def __init__(self, client: "SQSClient", region: str, url: str) -> None:
        self._client = client
        self._region = region
        self._url = url
        self._is_away = False

    def send(self, checks: Sequence[CheckMessage]) -> list[CheckMessage]:
        """Send in batches, a few of them side by side; give back what was not taken."""
        starts = range(0, len(checks), MOST_ENTRIES)
        batches = [checks[start : start + MOST_ENTRIES] for start in starts]
        if len(batches) <= 1:
            return [left for batch in batches for left in self._send_batch(batch)]
        with ThreadPoolExecutor(min(LANES_PER_REGION, len(batches))) as lanes:
            return [left for rest in lanes.map(self._send_batch, batches) for left in rest]

    def _send_batch(self, batch: Sequence[CheckMessage]) -> list[CheckMessage]:
        """Send one batch; only its failed entries are sent again."""
        left = {str(place): check for place, check in enumerate(batch)}
        trouble = "RegionIsAway"
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        for attempt in range(MOST_TRIES):
            if self._is_away:
                break
            if attempt:
                time.sleep(0.05 * 2**attempt)  # a throttled queue needs a moment
            try:
                trouble = self._try(left)
            except ClientError as error:
                trouble = error.response["Error"]["Code"]
            except BotoCoreError as error:
                trouble = type(error).__name__
                is_last = attempt + 1 == MOST_TRIES
                self._is_away = is_last or time.monotonic() > give_up_at
            if not left:
                return []
        logger().error("checks_unsent", region=self._region, unsent=len(left), reason=trouble)
        return list(left.values())

    def _try(self, left: dict[str, CheckMessage]) -> str:
        """Send once and strike out what was taken; say what kept the rest."""
        answer = self._client.send_message_batch(
            QueueUrl=self._url, Entries=[_entry(place, check) for place, check in left.items()]
        )
        for sent in answer.get("Successful", []):
            left.pop(sent["Id"], None)
        return ", ".join({failure.get("Code", "") for failure in answer.get("Failed", [])})


def _entry(place: str, check: CheckMessage) -> "SendMessageBatchRequestEntryTypeDef":
    """Give the group of a check its own name: a hanging target must not hold up others."""
    name = check_id(check)
    return {
        "Id": place,
        "MessageBody": encode(check),
        "MessageDeduplicationId": name,
        "MessageGroupId": name,
    }
