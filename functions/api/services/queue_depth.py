"""What waits: counts of messages, and the age of the longest waiting alert.

SQS tells the age of a message only through CloudWatch, minutes late and at a price. Alerts have
their moments in the outbox, whose index gives the exact age of the longest waiting one; ticks have
theirs in the scheduler's sign of life.
"""

from datetime import datetime, timedelta

from functions.api.backend import Backend


def waiting(backend: Backend) -> dict[str, int]:
    """Count the visible messages of each queue. Cost: four requests."""
    settings = backend.settings
    urls = {
        "ticks": settings.ticks_queue_url,
        "evaluations": settings.evaluations_queue_url,
        "alert_retries": settings.alert_retries_queue_url,
        "recounts": settings.recounts_queue_url,
    }
    return {name: _visible(backend, url) for name, url in urls.items()}


def _visible(backend: Backend, url: str) -> int:
    answer = backend.home_queues.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def oldest_due_alert(backend: Backend, now: datetime) -> timedelta | None:
    """Return for how long the longest waiting alert has been due; None if none is.

    Cost: half a read unit.
    """
    due_at = backend.counts.oldest_due_alert(now)
    return now - due_at if due_at else None
