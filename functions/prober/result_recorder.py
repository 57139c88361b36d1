"""Recording facts: into the home table, or into the region's spool while home is away."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from functions.prober.observation import Observation
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.values.instant import milliseconds
from sentinelmesh.errors import AlreadyExists, StoreUnavailable, UnreadableMessage
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import CheckMessage
from sentinelmesh.observability import logger
from sentinelmesh.storage.results import ResultsRepository

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def result_of(check: CheckMessage, seen: Observation, started_at: datetime) -> Result:
    """Put together what was asked and what was seen."""
    return Result(
        monitor_id=check.monitor_id,
        revision=check.revision,
        slot=check.slot,
        scheduled_at=check.scheduled_at,
        started_at=started_at,
        lateness_ms=max(0, milliseconds(started_at - check.scheduled_at)),
        region=check.region,
        purpose=check.purpose,
        outcome=seen.outcome,
        degraded=seen.degraded,
        error=seen.error,
        detail=seen.detail,
        status_code=seen.status_code,
        latency_ms=seen.latency_ms,
        timings=seen.timings,
        tls_expires_at=seen.tls_expires_at,
        remote_address=seen.remote_address,
        http_version=seen.http_version,
        tls_fingerprint=seen.tls_fingerprint,
        certificate=seen.certificate,
        evidence=seen.evidence,
        body_sample=seen.body_sample,
    )


class UnwritableResult(Exception):
    """The table refuses a result for what is in it; waiting in the spool would not help."""


def is_refused(trouble: Exception) -> bool:
    """Return whether the table found fault with a result, not with itself."""
    if not isinstance(trouble, ClientError):
        return False
    return trouble.response["Error"]["Code"] == "ValidationException"


class Recorder:
    """Writes results down, once each; the measurement itself is never repeated.

    Args:
        client: returns the client of the region's own queues; most processes never need one.
    """

    def __init__(
        self, results: ResultsRepository, client: Callable[[], "SQSClient"], spool_url: str
    ) -> None:
        self._results = results
        self._client = client
        self._spool_url = spool_url

    def record(self, result: Result) -> None:
        """Put a result into the home table, or into the spool when home does not take it.

        Raises:
            UnwritableResult: no table would take it, ever.
            botocore.exceptions.ClientError, BotoCoreError: not even the spool took it.
        """
        try:
            self._results.put(result)
        except AlreadyExists:
            return
        except (StoreUnavailable, ClientError) as trouble:
            if is_refused(trouble):
                raise UnwritableResult(str(trouble)) from trouble
            # Whatever keeps home from taking it, the fact must not be measured a second time.
            logger().warning("home_unreachable", reason=str(trouble))
            body = msgspec.json.encode(result).decode()
            self._client().send_message(QueueUrl=self._spool_url, MessageBody=body)

    def unspool(self, body: str) -> None:
        """Put a spooled result into the home table.

        Raises:
            UnreadableMessage: no result; it belongs to the dead letters.
            StoreUnavailable: home is still away; the message has to stay.
        """
        try:
            result = msgspec.json.decode(body, type=Result)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise UnreadableMessage(f"not a spooled result: {error}") from error
        try:
            self._results.put(result)
        except AlreadyExists:
            return

    def retry_soon(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Have spooled results that stay come again soon: most troubles of home are short."""
        if messages:
            MessageRetries(self._client(), self._spool_url).hasten(messages)
