"""Monitors: create, read, change, pause, probe now."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from functions.api.backend import Backend
from functions.api.configuring import configured, edited, new_monitor
from functions.api.merging import check_match, etag, merged, patch_of
from functions.api.paging import decode, page
from functions.api.parsing import validated
from functions.api.presenting import monitor_config, monitor_out, result_out
from functions.api.probe_now import probe_now
from functions.api.problems import not_found
from functions.api.route import Answer, Request, Route
from functions.api.schemas.base import Empty
from functions.api.schemas.monitor import (
    CheckOut,
    MonitorIn,
    MonitorOut,
    MonitorPage,
    MonitorPatch,
)
from functions.api.schemas.other import MonitorsQuery
from sentinelmesh.domain.access import Scope
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Purpose, Result

READERS = 16
SCAN_PAGE = 200


def find(request: Request) -> Monitor:
    """Read the monitor that a path names.

    Raises:
        Problem: 404.
    """
    monitor = request.backend.monitors.get(request.path["monitor_id"])
    if monitor is None:
        raise not_found("monitor of this id")
    return monitor


def create(request: Request) -> Answer:
    """Add a monitor; its first check comes with its first slot."""
    monitor, secrets = new_monitor(request.body, request.backend)
    if secrets:
        request.backend.secrets.put(monitor.id, secrets)
    request.backend.monitors.create(monitor)
    return _shown(request.backend, monitor, HTTPStatus.CREATED)


def read(request: Request) -> Answer:
    """Show a monitor with where it stands."""
    return _shown(request.backend, find(request))


def change(request: Request) -> Answer:
    """Apply a merge patch: the whole monitor is checked again, as if newly written."""
    backend, before = request.backend, find(request)
    check_match(request, before.revision)
    patch = patch_of(request)
    written = merged(monitor_config(before), patch)
    if "regions" in patch and "verification" not in patch:
        # The default quorum depends on the number of regions.
        written.pop("verification", None)
    wanted = validated(MonitorIn, written)
    known = backend.secrets.get(before.id) if before.secret_fields else {}
    after, secrets = configured(before, wanted, backend, known)
    if secrets != dict(known):
        backend.secrets.put(before.id, secrets)
    after = edited(after, before, backend.clock())
    backend.monitors.replace(after)
    return _shown(backend, after)


def delete(request: Request) -> Answer:
    """Remove a monitor; an open incident is cancelled by the verifier, without an alert."""
    monitor = find(request)
    check_match(request, monitor.revision)
    request.backend.monitors.delete(monitor.id)
    if monitor.secret_fields:
        request.backend.secrets.delete(monitor.id)
    return Answer(status=HTTPStatus.NO_CONTENT)


def pause(request: Request) -> Answer:
    """Stop probing; pausing twice is fine."""
    before = find(request)
    if before.paused:
        return _shown(request.backend, before)
    after = edited(replace(before, paused=True), before, request.backend.clock())
    request.backend.monitors.replace(after)
    return _shown(request.backend, after)


def resume(request: Request) -> Answer:
    """Probe again, beginning with a grace period."""
    before = find(request)
    if not before.paused:
        return _shown(request.backend, before)
    now = request.backend.clock()
    after = edited(replace(before, paused=False), before, now)
    after = replace(after, enabled_at=now, scheduled_since=now)
    request.backend.monitors.replace(after)
    return _shown(request.backend, after)


def check(request: Request) -> Answer:
    """Have all regions probe now, and answer with what they saw."""
    results, complete = probe_now(request.backend, find(request))
    return Answer(body={"items": [result_out(each) for each in results], "complete": complete})


def list_monitors(request: Request) -> Answer:
    """Show a page of monitors in the order of their ids."""
    query: MonitorsQuery = request.query
    found: list[dict[str, Any]] = []
    last: str | None = None
    for shown in _walk(request.backend, decode(query.cursor)):
        if not _wanted(shown, query):
            continue
        if len(found) == query.limit:
            return Answer(body=page(found, last))
        found.append(shown)
        last = shown["id"]
    return Answer(body=page(found, None))


def _walk(backend: Backend, after: str | None) -> Iterator[dict[str, Any]]:
    """Walk over all monitors from one on, read in generous portions."""
    while True:
        monitors = backend.monitors.list_page(SCAN_PAGE, after)
        yield from present(backend, monitors)
        if len(monitors) < SCAN_PAGE:
            return
        after = monitors[-1].id


def present(backend: Backend, monitors: Iterable[Monitor]) -> list[dict[str, Any]]:
    """Put monitors together with their states and newest results.

    Cost: one batched read of states per 100 monitors, one query each for the newest result.
    """
    listed = list(monitors)
    if not listed:
        return []
    states = backend.states.get_many(monitor.id for monitor in listed)
    with ThreadPoolExecutor(READERS) as readers:
        newest = list(readers.map(lambda monitor: _newest(backend, monitor), listed))
    now = backend.clock()
    return [
        monitor_out(monitor, states.get(monitor.id), last, now)
        for monitor, last in zip(listed, newest, strict=True)
    ]


def _newest(backend: Backend, monitor: Monitor) -> Result | None:
    """Read the newest scheduled result; a manual probe says nothing about the timetable."""
    recent = backend.results.list_newest(monitor.id, len(monitor.regions) + 3)
    return next((each for _, each in recent if each.purpose is not Purpose.MANUAL), None)


def _wanted(shown: dict[str, Any], query: MonitorsQuery) -> bool:
    text = (query.q or "").lower()
    return (
        (query.status is None or shown["status"] == query.status)
        and (query.tag is None or query.tag in shown["tags"])
        and (text in shown["name"].lower() or text in shown["target"].lower())
    )


def _shown(backend: Backend, monitor: Monitor, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    (body,) = present(backend, [monitor])
    return Answer(body=body, status=status, headers={"ETag": etag(monitor.revision)})


ONE = "/v1/monitors/<monitor_id>"
ROUTES = (
    Route(method="POST", path="/v1/monitors", summary="Add a monitor", handler=create,
          scope=Scope.WRITE, body=MonitorIn, answers=MonitorOut, status=HTTPStatus.CREATED),
    Route(method="GET", path="/v1/monitors", summary="List monitors", handler=list_monitors,
          scope=Scope.READ, query=MonitorsQuery, answers=MonitorPage),
    Route(method="GET", path=ONE, summary="Show a monitor", handler=read,
          scope=Scope.READ, answers=MonitorOut),
    Route(method="PATCH", path=ONE, summary="Change a monitor (JSON merge patch)", handler=change,
          scope=Scope.WRITE, body=MonitorPatch, answers=MonitorOut, merges=True),
    Route(method="DELETE", path=ONE, summary="Delete a monitor", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT),
    Route(method="POST", path=f"{ONE}/pause", summary="Pause a monitor", handler=pause,
          scope=Scope.WRITE, body=Empty, answers=MonitorOut),
    Route(method="POST", path=f"{ONE}/resume", summary="Resume a monitor", handler=resume,
          scope=Scope.WRITE, body=Empty, answers=MonitorOut),
    Route(method="POST", path=f"{ONE}/check", summary="Probe now from all regions", handler=check,
          scope=Scope.WRITE, body=Empty, answers=CheckOut),
)  # fmt: skip
