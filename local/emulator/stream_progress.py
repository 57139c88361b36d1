"""How a DynamoDB stream event source moves through its stream: pure, after Lambda's documentation.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

FOREVER = -1


@dataclass(frozen=True)
class SourceSettings:
    """What an event source mapping says about batches and retries."""

    batch_size: int = 100
    bisect: bool = False
    partial_responses: bool = False
    maximum_retries: int = FOREVER
    maximum_age_seconds: int = FOREVER

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> "SourceSettings":
        """Read them from the emulator's record of the mapping."""
        return cls(
            batch_size=int(mapping.get("BatchSize") or 100),
            bisect=bool(mapping.get("BisectBatchOnFunctionError")),
            partial_responses="ReportBatchItemFailures"
            in (mapping.get("FunctionResponseTypes") or []),
            maximum_retries=_bound(mapping.get("MaximumRetryAttempts")),
            maximum_age_seconds=_bound(mapping.get("MaximumRecordAgeInSeconds")),
        )


def _bound(value: Any) -> int:
    return FOREVER if value is None else int(value)


@dataclass(frozen=True)
class Progress:
    """Where a source stands: next position, failed attempts at it, and the batch size to try."""

    position: int
    attempts: int = 0
    limit: int | None = None

    def advanced(self, records: int) -> "Progress":
        """Move on; what follows starts with a clean record."""
        return Progress(self.position + records)


@dataclass(frozen=True)
class Verdict:
    """What follows from one invocation: the new progress, and why records are given up, if any."""

    progress: Progress
    given_up: str | None = None


def judge(
    settings: SourceSettings,
    progress: Progress,
    sequence_numbers: Sequence[str],
    answer: Mapping[str, Any],
    oldest_age_seconds: float,
) -> Verdict:
    """Decide how a source goes on after a batch.

    Args:
        settings: of the event source.
        progress: before the batch.
        sequence_numbers: of all the records read, filtered ones included, in stream order.
        answer: of the emulator: ``error`` set, or ``body`` as the handler returned it.
        oldest_age_seconds: of the batch's first record.
    """
    size = len(sequence_numbers)
    done = _records_done(settings, sequence_numbers, answer)
    if done >= size:
        return Verdict(progress.advanced(size))
    if done > 0:
        return Verdict(replace(progress.advanced(done), attempts=1))
    if 0 <= settings.maximum_age_seconds < oldest_age_seconds:
        return Verdict(progress.advanced(size), "MaxRecordAgeExceeded")
    if settings.bisect and size > 1:
        return Verdict(replace(progress, attempts=progress.attempts, limit=max(1, size // 2)))
    if 0 <= settings.maximum_retries <= progress.attempts:
        return Verdict(progress.advanced(size), "RetryAttemptsExhausted")
    return Verdict(replace(progress, attempts=progress.attempts + 1))


def _records_done(
    settings: SourceSettings, sequence_numbers: Sequence[str], answer: Mapping[str, Any]
) -> int:
    if answer.get("error"):
        return 0
    body = answer.get("body")
    if not settings.partial_responses or not isinstance(body, Mapping):
        return len(sequence_numbers)
    failures = body.get("batchItemFailures") or []
    positions = {number: at for at, number in enumerate(sequence_numbers)}
    failed = [positions.get(str(failure.get("itemIdentifier")), 0) for failure in failures]
    return min(failed, default=len(sequence_numbers))
