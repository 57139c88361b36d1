"""Maintenance windows, and the calendar of when they happen."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from itertools import islice
from typing import Any

from functions.api.http.json_values import to_json
from functions.api.http.merge_patch import apply_patch, check_match, etag, patch_of
from functions.api.http.pagination import PageQuery, paginate
from functions.api.http.parsing import validate
from functions.api.http.problem import Problem, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.http.time_range import read_span
from functions.api.schemas.maintenance import (
    CalendarOut,
    CalendarQuery,
    MaintenanceIn,
    MaintenanceOut,
    MaintenancePage,
)
from functions.api.services.audit import audit
from functions.api.services.create_once import create_once
from functions.api.services.maintenance import apply_changes
from functions.api.services.serializers import select_fields
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.recurrence import occurrences

SHOWN_OCCURRENCES = 5
YEAR, MONTH = timedelta(days=366), timedelta(days=30)
MAX_ENTRIES = 1000
# The item of the directory partition that is read with every failure must stay small.
MAX_WINDOWS = 200


def find(request: Request) -> MaintenanceWindow:
    """Read the window that a path names. Cost: 1 read unit.

    Raises:
        Problem: 404.
    """
    window = request.backend.maintenance.get(request.path["window_id"])
    if window is None:
        raise not_found("maintenance window of this id")
    return window


def create(request: Request) -> Answer:
    """Announce a window; it counts for slots from its beginning on, also if that is past."""
    backend, now = request.backend, request.backend.clock()
    if len(backend.maintenance.list()) >= MAX_WINDOWS:
        text = f"There are {MAX_WINDOWS} windows, which is all there can be; delete old ones."
        raise Problem(HTTPStatus.CONFLICT, text)
    blank = MaintenanceWindow(
        id=request.new_id("mw"),
        name="",
        starts_at=now,
        ends_at=now,
        created_at=now,
        updated_at=now,
    )
    window = apply_changes(blank, request.body, backend)
    with audit(
        request, "maintenance_window.created", window.id, (None, 1), fields=request.raw_body
    ):
        window = create_once(backend.maintenance, window)
    answer = _render(request, window)
    headers = {**answer.headers, "Location": f"/v1/maintenance-windows/{window.id}"}
    return replace(answer, status=HTTPStatus.CREATED, headers=headers)


def read(request: Request) -> Answer:
    """Show a window with its next occurrences."""
    return _render(request, find(request))


def change(request: Request) -> Answer:
    """Apply a merge patch: the whole window is checked again, as if newly written."""
    backend, before = request.backend, find(request)
    check_match(request, before.revision)
    patch = patch_of(request)
    wanted = validate(MaintenanceIn, apply_patch(_config(before), patch))
    after = apply_changes(before, wanted, backend)
    if after == before:
        return _render(request, before)
    after = replace(after, revision=before.revision + 1, updated_at=backend.clock())
    revisions = (before.revision, after.revision)
    with audit(request, "maintenance_window.changed", after.id, revisions, fields=patch):
        backend.maintenance.replace(after)
    return _render(request, after)


def delete(request: Request) -> Answer:
    """Call a window off; what it excused is decided anew with the next slot."""
    window = find(request)
    check_match(request, window.revision)
    with audit(request, "maintenance_window.deleted", window.id, (window.revision, None)):
        request.backend.maintenance.delete(window)
    return Answer(status=HTTPStatus.NO_CONTENT)


def list_windows(request: Request) -> Answer:
    """Show a page of windows in the order of their ids. Cost: 1 read unit per 4 KB of all."""
    windows = request.backend.maintenance.list()
    body = paginate(request, windows, lambda window: window.id, lambda each: _out(request, each))
    return Answer(body=body)


def calendar(request: Request) -> Answer:
    """Show when windows happen. Cost: 1 read unit per 4 KB of all."""
    backend, query = request.backend, request.query
    start, end = read_span(query.from_, query.to)
    start = start or (min(backend.clock(), end) if end else backend.clock())
    within = Interval(start, min(end or start + MONTH, start + YEAR))
    windows = backend.maintenance.list()
    if query.monitor_id is not None:
        monitor = backend.monitors.get(query.monitor_id)
        if monitor is None:
            raise not_found("monitor of this id")
        windows = [window for window in windows if window.covers(monitor)]
    found = sorted(
        (span, window.id, window.name)
        for window in windows
        for span in islice(occurrences(window, within), MAX_ENTRIES + 1)
    )
    entries = [
        {"window_id": window_id, "name": name, **_span(span)}
        for span, window_id, name in found[:MAX_ENTRIES]
    ]
    shown_span = {"from": instant.text(within.start), "to": instant.text(within.end)}
    return Answer(body={**shown_span, "items": entries, "complete": len(found) <= MAX_ENTRIES})


def _span(span: Interval) -> dict[str, str]:
    return {"starts_at": instant.text(span.start), "ends_at": instant.text(span.end)}


def _config(window: MaintenanceWindow) -> dict[str, Any]:
    row = to_json(window)
    return {name: row[name] for name in MaintenanceIn.model_fields}


def _out(request: Request, window: MaintenanceWindow) -> dict[str, Any]:
    now = request.backend.clock()
    coming = islice(occurrences(window, Interval(now, now + YEAR)), SHOWN_OCCURRENCES)
    row = {**to_json(window), "next_occurrences": [_span(each) for each in coming]}
    return select_fields(MaintenanceOut, row)


def _render(request: Request, window: MaintenanceWindow) -> Answer:
    return Answer(body=_out(request, window), headers={"ETag": etag(window.revision)})


ALL = "/v1/maintenance-windows"
ONE = f"{ALL}/<window_id>"
ROUTES = (
    Route(method="POST", path=ALL, summary="Announce maintenance", handler=create,
          scope=Scope.WRITE, body=MaintenanceIn, answers=MaintenanceOut,
          status=HTTPStatus.CREATED),
    Route(method="GET", path=ALL, summary="List maintenance windows", handler=list_windows,
          scope=Scope.READ, query=PageQuery, answers=MaintenancePage),
    Route(method="GET", path=ONE, summary="Show a maintenance window", handler=read,
          scope=Scope.READ, answers=MaintenanceOut),
    Route(method="PATCH", path=ONE, summary="Change a maintenance window (JSON merge patch)",
          handler=change, scope=Scope.WRITE, body=MaintenanceIn, answers=MaintenanceOut,
          merges=True, versioned=True),
    Route(method="DELETE", path=ONE, summary="Call maintenance off", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT, versioned=True),
    Route(method="GET", path="/v1/maintenance-calendar", summary="When maintenance happens",
          handler=calendar, scope=Scope.READ, query=CalendarQuery, answers=CalendarOut),
)  # fmt: skip
