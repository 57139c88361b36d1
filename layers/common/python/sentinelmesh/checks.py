"""Sending checks to the probers: one FIFO queue in every probe region."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.domain.instant import text
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


def check_of(
    monitor: Monitor, region: str, purpose: Purpose, slot: datetime, due: tuple[datetime, datetime]
) -> CheckMessage:
    """Write the order for one probe; it contains all that the prober needs.

    Args:
        due: when the probe is due, and when it has become worthless.
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
        assertions=monitor.assertions,
        degraded_after_ms=monitor.degraded_after_ms,
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
        batches = [
            (region, ordered[start : start + MOST_ENTRIES])
            for region, ordered in by_region.items()
            for start in range(0, len(ordered), MOST_ENTRIES)
        ]
        for region in by_region:
            self._clients.setdefault(region, self._client_for(region))
        if len(batches) <= 1:
            return [left for region, batch in batches for left in self._send(region, batch)]
        with ThreadPoolExecutor(LANES_PER_REGION * len(by_region)) as lanes:
            unsent = lanes.map(lambda batch: self._send(*batch), batches)
            return [check for rest in unsent for check in rest]

    def _send(self, region: str, batch: Sequence[CheckMessage]) -> list[CheckMessage]:
        """Send one batch; only its failed entries are sent again."""
        left = {str(place): check for place, check in enumerate(batch)}
        reason = ""
        for attempt in range(MOST_TRIES):
            if attempt:
                time.sleep(0.05 * 2**attempt)  # a throttled queue needs a moment
            try:
                answer = self._clients[region].send_message_batch(
                    QueueUrl=self._url_template.replace("{region}", region),
                    Entries=[_entry(place, check) for place, check in left.items()],
                )
            except (BotoCoreError, ClientError) as error:
                reason = type(error).__name__
                continue
            for sent in answer.get("Successful", []):
                left.pop(sent["Id"], None)
            if not left:
                return []
            reason = answer["Failed"][0].get("Code", "")
        logger().error("checks_unsent", region=region, unsent=len(left), reason=reason)
        return list(left.values())


def _entry(place: str, check: CheckMessage) -> "SendMessageBatchRequestEntryTypeDef":
    """Give the group of a check its own name: a hanging target must not hold up others."""
    name = check_id(check)
    return {
        "Id": place,
        "MessageBody": encode(check),
        "MessageDeduplicationId": name,
        "MessageGroupId": name,
    }
