"""Metrics in the text format of Prometheus, for whoever holds an API token."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from functions.api.backend import Backend
from functions.api.http.route import Answer, Request, Route
from functions.api.services.queue_depth import oldest_due_alert, waiting
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.values import instant

# Source: https://prometheus.io/docs/instrumenting/exposition_formats/
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHOWN = (Status.PENDING, Status.UP, Status.VERIFYING, Status.DOWN, Status.PAUSED)

Samples = Iterable[tuple[str, float]]


def metrics(request: Request) -> Answer:
    """Return the numbers that tell how mesh and monitors are.

    Cost: eight requests whatever there is to watch, as long as all monitors fit into one MB and
        all states into another (about 1,000 and 3,000), and one more for each further MB; half a
        read unit per 4 KB.
    """
    backend = request.backend
    now = backend.clock()
    parts = (
        _gauge("monitors", "Monitors by status.", _monitors(backend)),
        _gauge("open_incidents", "Open incidents.", [("", backend.counts.open_incidents())]),
        _gauge(
            "heartbeat_age_seconds",
            "Time since a function's last sign of life.",
            _heartbeats(backend.heartbeats.list(), now),
        ),
        _gauge(
            "queue_messages",
            "Messages waiting in a queue.",
            [(f'{{queue="{name}"}}', count) for name, count in waiting(backend).items()],
        ),
        _gauge(
            "alert_overdue_seconds",
            "Time for which the longest waiting alert has been due.",
            [("", _overdue(backend, now))],
        ),
    )
    return Answer(body="".join(parts), content_type=CONTENT_TYPE)


def _monitors(backend: Backend) -> Samples:
    """Count by status; those about which nothing was ever decided are pending."""
    counts = backend.counts.statuses()
    undecided = max(0, backend.counts.monitors() - counts.total())
    counts[Status.PENDING.value] += undecided
    return [(f'{{status="{status}"}}', counts[status.value]) for status in SHOWN]


def _heartbeats(beats: Mapping[str, Mapping[str, str]], now: datetime) -> Samples:
    return [
        (f'{{function="{name}"}}', (now - instant.parse(beat["beat_at"])).total_seconds())
        for name, beat in sorted(beats.items())
    ]


def _overdue(backend: Backend, now: datetime) -> float:
    overdue = oldest_due_alert(backend, now)
    return 0.0 if overdue is None else overdue.total_seconds()


def _gauge(name: str, text: str, samples: Samples) -> str:
    full = f"sentinelmesh_{name}"
    rows = "".join(f"{full}{labels} {round(value, 3)}\n" for labels, value in samples)
    return f"# HELP {full} {text}\n# TYPE {full} gauge\n{rows}"


ROUTES = (
    Route(method="GET", path="/metrics", summary="Metrics for Prometheus", handler=metrics,
          scope=Scope.READ, media="text/plain"),
)  # fmt: skip
