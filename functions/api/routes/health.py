"""Health: whether each part of the mesh did its work lately. Public: it names no targets."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.backend import Backend
from functions.api.route import Answer, Request, Route
from functions.api.schemas.other import HealthOut
from sentinelmesh.domain import instant
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.errors import MeshError

TICK_GRACE = timedelta(minutes=3)
MOST_LAG_MS = 60_000
MOST_WAITING = 1_000
SAMPLE = 20
OK, DEGRADED, DOWN = "ok", "degraded", "down"

Component = dict[str, Any]


def health(request: Request) -> Answer:
    """Ask every part; 503 when the mesh does not watch."""
    backend = request.backend
    components = {
        name: _asked(ask, backend)
        for name, ask in {
            "tables": _tables,
            "queues": _queues,
            "stream": _stream,
            "last_tick": _last_tick,
            "last_result": _last_result,
        }.items()
    }
    states = [component["status"] for component in components.values()]
    overall = DOWN if DOWN in states else DEGRADED if DEGRADED in states else OK
    status = HTTPStatus.SERVICE_UNAVAILABLE if overall == DOWN else HTTPStatus.OK
    return Answer(body={"status": overall, "components": components}, status=status)


def _asked(ask: Callable[[Backend], Component], backend: Backend) -> Component:
    """Ask one part; no answer is an answer, and says nothing about the inside."""
    try:
        return ask(backend)
    except (MeshError, ClientError, BotoCoreError):
        return {"status": DOWN}


def _tables(backend: Backend) -> Component:
    backend.monitors.list_page(1)
    return {"status": OK}


def _queues(backend: Backend) -> Component:
    """Count what waits; SQS tells ages only through CloudWatch, minutes late and at a price."""
    settings = backend.settings
    waiting = {
        name: _waiting(backend, url)
        for name, url in {
            "ticks": settings.ticks_queue_url,
            "evaluations": settings.evaluations_queue_url,
            "alert_retries": settings.alert_retries_queue_url,
        }.items()
    }
    busy = max(waiting.values()) > MOST_WAITING
    return {"status": DEGRADED if busy else OK, "waiting": waiting}


def _waiting(backend: Backend, url: str) -> int:
    answer = backend.home_queues.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _stream(backend: Backend) -> Component:
    """Say how far behind the verifier was when it last read the stream."""
    beat = backend.heartbeats.list().get("verifier")
    if beat is None:
        return {"status": OK, "lag_ms": None, "read_at": None}
    lag = beat["facts"]["lag_ms"]
    late = lag > MOST_LAG_MS
    return {"status": DEGRADED if late else OK, "lag_ms": lag, "read_at": beat["beat_at"]}


def _last_tick(backend: Backend) -> Component:
    """Say when the scheduler last planned a minute; without that nothing is watched."""
    beat = backend.heartbeats.list().get("scheduler")
    if beat is None:
        return {"status": DEGRADED, "at": None}
    silent = backend.clock() - instant.parse(beat["beat_at"]) > TICK_GRACE
    return {"status": DOWN if silent else OK, "at": beat["beat_at"]}


def _last_result(backend: Backend) -> Component:
    """Look at some monitors: whether any of them has a result as new as it should be."""
    watched = [each for each in backend.monitors.list_page(SAMPLE) if not each.paused]
    due = [each for each in watched if _has_had_time(backend, each)]
    newest = [backend.results.list_newest(monitor.id, 1) for monitor in due]
    starts = [rows[0][1].started_at for rows in newest if rows]
    fresh = [
        rows
        for monitor, rows in zip(due, newest, strict=True)
        if rows and backend.clock() - rows[0][1].slot <= _patience(monitor)
    ]
    status = DEGRADED if due and not fresh else OK
    return {"status": status, "at": instant.text(max(starts)) if starts else None}


def _patience(monitor: Monitor) -> timedelta:
    return 3 * monitor.interval + monitor.timeout + timedelta(minutes=1)


def _has_had_time(backend: Backend, monitor: Monitor) -> bool:
    return backend.clock() - monitor.scheduled_since > _patience(monitor)


ROUTES = (
    Route(method="GET", path="/health", summary="Whether the mesh does its work", handler=health,
          scope=None, answers=HealthOut),
)  # fmt: skip
