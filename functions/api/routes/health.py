"""Health: whether each part of the mesh did its work lately. Public: it names no targets."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.backend import Backend
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.health import HealthOut
from functions.api.services.queue_depth import oldest_due_alert, waiting
from functions.api.services.unreadable_rows import UnreadableRowsReport
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.instant import milliseconds
from sentinelmesh.errors import MeshError
from sentinelmesh.storage.directory.region_verdict import find_verdict

TICK_GRACE = timedelta(minutes=3)
# Verdicts that are later than this are late, however rarely monitors are probed.
MAX_LAG = timedelta(seconds=60)
# The verifier looks every five minutes at all monitors; one look may be lost.
SIGHT_GRACE = timedelta(minutes=12)
# Regions of monitors that are new have that long to report for the first time.
START_GRACE = timedelta(minutes=5)
MAX_WAITING = 1_000
MAX_OVERDUE = timedelta(minutes=5)
# The verifier leaves a sign of life at most every half minute, and a probe takes up to half of one.
UNREAD_AFTER = timedelta(minutes=2)
SAMPLE = 20
# Monitors and slots by which regions are judged: with a handful of them each has had its turn.
REGION_SAMPLE, SLOTS = 10, 6
SETTLED = timedelta(seconds=40)
FRESH = timedelta(seconds=5)
OK, STARTING, DEGRADED, DOWN = "ok", "starting", "degraded", "down"

Component = dict[str, Any]


class Health:
    """Asks every part; anybody may ask, so the answer is kept for some seconds."""

    def __init__(self) -> None:
        self._kept: tuple[datetime, Answer] | None = None
        self._unreadable = UnreadableRowsReport()

    def answer(self, request: Request) -> Answer:
        """Return how all parts are; 503 when the mesh does not watch.

        Cost: ten requests and at most some 80 read units, every five seconds and process; six
            requests more once a minute, for rows that cannot be read.
        """
        now = request.backend.clock()
        if self._kept is None or not now - FRESH < self._kept[0] <= now:
            self._kept = now, _probe_components(request.backend, now, self._unreadable)
        return self._kept[1]


def _probe_components(backend: Backend, now: datetime, unreadable: UnreadableRowsReport) -> Answer:
    beats, watched = _beats(backend), _list_watched(backend)
    newest = _probe_component(lambda: _last_result(backend, watched, now))
    components = {
        "tables": _probe_component(lambda: _tables(backend)),
        "queues": _probe_component(lambda: _queues(backend, now)),
        "stream": _probe_component(lambda: _stream(beats, newest, _max_lag(beats, watched), now)),
        "last_tick": _probe_component(lambda: _last_tick(beats, now)),
        "last_result": newest,
        "regions": _probe_component(lambda: _regions(backend, watched, now)),
        "sight": _probe_component(lambda: _sight(beats, now)),
        "rows": _probe_component(lambda: _rows(backend, now, unreadable)),
    }
    states = {component["status"] for component in components.values()}
    overall = next(status for status in (DOWN, DEGRADED, STARTING, OK) if status in states)
    status = HTTPStatus.SERVICE_UNAVAILABLE if overall == DOWN else HTTPStatus.OK
    return Answer(body={"status": overall, "components": components}, status=status)


def _probe_component(ask: Callable[[], Component]) -> Component:
    """Ask one part; no answer is an answer, and says nothing about the inside."""
    try:
        return ask()
    except (MeshError, ClientError, BotoCoreError):
        return {"status": DOWN}


def _beats(backend: Backend) -> Mapping[str, Any] | None:
    """Read the signs of life; None when the table does not answer."""
    try:
        return backend.heartbeats.list()
    except (MeshError, ClientError, BotoCoreError):
        return None


def _list_watched(backend: Backend) -> list[Monitor] | None:
    """Read some monitors that are probed; None when the table does not answer."""
    try:
        return [each for each in backend.monitors.list_page(SAMPLE) if not each.paused]
    except (MeshError, ClientError, BotoCoreError):
        return None


def _tables(backend: Backend) -> Component:
    backend.monitors.list_page(1)
    return {"status": OK}


def _queues(backend: Backend, now: datetime) -> Component:
    """Return what waits, and for how long the longest waiting alert has been due."""
    counts = waiting(backend)
    overdue = oldest_due_alert(backend, now)
    is_late = overdue is not None and overdue > MAX_OVERDUE
    return {
        "status": DEGRADED if is_late or max(counts.values()) > MAX_WAITING else OK,
        "waiting": counts,
        "oldest_due_alert_seconds": None if overdue is None else int(overdue.total_seconds()),
    }


def _rows(backend: Backend, now: datetime, unreadable: UnreadableRowsReport) -> Component:
    """List stored rows that are left out because this version cannot read them."""
    found = unreadable.list(backend, now)
    return {"status": DEGRADED if found else OK, "unreadable": found}


def _max_lag(beats: Mapping[str, Any] | None, watched: list[Monitor] | None) -> timedelta:
    """Return the lag from which on verdicts are late: about the shortest interval in use."""
    facts = (beats or {}).get("sight", {}).get("facts", {})
    known = [each.interval for each in watched or ()]
    if "shortest_interval_seconds" in facts:
        known.append(timedelta(seconds=int(facts["shortest_interval_seconds"])))
    return min([*known, MAX_LAG])


def _stream(
    beats: Mapping[str, Any] | None, newest: Component, max_lag: timedelta, now: datetime
) -> Component:
    """Return how far behind the verifier was at worst when it last read the stream.

    Results that it has not read for minutes mean that nobody decides anything.
    """
    if beats is None:
        return {"status": DOWN}
    beat = beats.get("verifier")
    read_at = instant.parse(beat["beat_at"]) if beat else None
    result_at = instant.parse(newest["at"]) if newest.get("at") else None
    if result_at and now - result_at > UNREAD_AFTER and _is_unread(result_at, read_at):
        return {"status": DOWN, "lag_ms": None, "read_at": beat["beat_at"] if beat else None}
    if beat is None:
        return {"status": OK, "lag_ms": None, "read_at": None}
    lag = int(beat["facts"]["lag_ms"])
    distrusted = _find_distrusted(beats, now)
    status = DEGRADED if lag >= milliseconds(max_lag) or distrusted else OK
    return {
        "status": status,
        "lag_ms": lag,
        "read_at": beat["beat_at"],
        "distrusted_regions": distrusted,
    }


def _find_distrusted(beats: Mapping[str, Any], now: datetime) -> list[str]:
    verdict = find_verdict(beats)
    return sorted(verdict.distrusted_at(now)) if verdict else []


def _is_unread(result_at: datetime, read_at: datetime | None) -> bool:
    return read_at is None or result_at - read_at > UNREAD_AFTER


def _last_tick(beats: Mapping[str, Any] | None, now: datetime) -> Component:
    """Return when the scheduler last planned a minute; without that nothing is watched."""
    if beats is None:
        return {"status": DOWN}
    beat = beats.get("scheduler")
    if beat is None:
        return {"status": DEGRADED, "at": None}
    silent = now - instant.parse(beat["beat_at"]) > TICK_GRACE
    return {"status": DOWN if silent else OK, "at": beat["beat_at"]}


def _last_result(backend: Backend, watched: list[Monitor] | None, now: datetime) -> Component:
    """Look at some monitors: whether any of them has a result as new as it should be."""
    if watched is None:
        return {"status": DOWN}
    due = [each for each in watched if now - each.scheduled_since > _patience(each)]
    newest = backend.newest.find(due, now)
    known = [(each, newest[each.id].result) for each in due]
    starts = [result.started_at for _, result in known if result]
    fresh = [each for each, result in known if result and now - result.slot <= _patience(each)]
    status = DEGRADED if due and not fresh else OK
    return {"status": status, "at": instant.text(max(starts)) if starts else None}


def _regions(backend: Backend, watched: list[Monitor] | None, now: datetime) -> Component:
    """Return the regions in use that have not reported: yet, or any more."""
    if watched is None:
        return {"status": DOWN}
    some = watched[:REGION_SAMPLE]
    planned = backend.samples.planned(some, SLOTS, now - SETTLED)
    reported = {each.region for each in planned if each.result is not None}
    missing = {region for each in some for region in each.regions} - reported
    settled = [each for each in some if now - each.scheduled_since > _time_to_report(each)]
    expected = {region for each in settled for region in each.regions}
    asked = {each.region for each in planned}
    status = DEGRADED if missing & expected & asked else STARTING if missing else OK
    return {"status": status, "waiting_for": sorted(missing)}


def _sight(beats: Mapping[str, Any] | None, now: datetime) -> Component:
    """Return how many monitors nobody could judge when the verifier last looked at all of them."""
    if beats is None:
        return {"status": DOWN}
    beat = beats.get("sight")
    if beat is None:
        return {"status": OK, "watched": None, "silent": None, "at": None}
    facts, at = beat["facts"], beat["beat_at"]
    is_blind = facts.get("mesh_blind_at") == at
    is_old = now - instant.parse(at) > SIGHT_GRACE
    return {
        "status": DOWN if is_blind else DEGRADED if is_old else OK,
        "watched": int(facts["watched"]),
        "silent": int(facts["silent"]),
        "at": at,
    }


def _time_to_report(monitor: Monitor) -> timedelta:
    """Return how long it takes at most until all regions of a new monitor have reported."""
    return START_GRACE + len(monitor.regions) * monitor.interval


def _patience(monitor: Monitor) -> timedelta:
    return 3 * monitor.interval + monitor.timeout + timedelta(minutes=1)


def routes() -> tuple[Route, ...]:
    """Build the route; what it keeps is one application's."""
    return (
        Route(method="GET", path="/health", summary="Whether the mesh does its work",
              handler=Health().answer, scope=None, answers=HealthOut),
    )  # fmt: skip
