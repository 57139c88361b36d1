"""One monitor: create, read, change, delete, pause, probe now."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from functions.api.backend import Backend
from functions.api.http.merge_patch import apply_patch, check_match, etag, patch_of
from functions.api.http.parsing import validate
from functions.api.http.problem import not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.routes.monitor_list import present
from functions.api.schemas.base import Empty
from functions.api.schemas.monitor import MonitorIn
from functions.api.schemas.monitor_shown import CheckOut, MonitorOut
from functions.api.services.audit import audit
from functions.api.services.create_once import create_once
from functions.api.services.heartbeats import expect_pings, forget_pings
from functions.api.services.monitor_secrets import align_headers, forget_secrets
from functions.api.services.monitors import apply_changes, new_monitor, next_revision
from functions.api.services.on_demand_checks import probe_now
from functions.api.services.serializers import monitor_config, result_out, serialize_policy
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.monitors.monitor import Monitor


def find(request: Request) -> Monitor:
    """Read the monitor that a path names. Cost: 1 read unit.

    Raises:
        Problem: 404.
    """
    monitor = request.backend.monitors.get(request.path["monitor_id"])
    if monitor is None:
        raise not_found("monitor of this id")
    return monitor


def create(request: Request) -> Answer:
    """Add a monitor; all its regions check it at once, and its first slot comes after that.

    Its secrets are written before it: a crash in between leaves a parameter that nothing refers
    to, where the other order would leave a monitor that fails for want of its password.

    Cost: the entry in the audit log, the monitor, and one parameter if it has secrets.
    """
    backend = request.backend
    monitor, secrets = new_monitor(request.body, backend, request.new_id("mon"))
    with audit(request, "monitor.created", monitor.id, (None, 1), fields=request.raw_body):
        if secrets:
            monitor = replace(monitor, secrets_version=backend.secrets.put(monitor.id, secrets))
        expect_pings(backend, monitor)
        monitor = create_once(backend.monitors, monitor)
    return _render(backend, monitor, HTTPStatus.CREATED)


def read(request: Request) -> Answer:
    """Show a monitor with where it stands. Cost: 3 requests, 2 or 3 read units."""
    return _render(request.backend, find(request))


def change(request: Request) -> Answer:
    """Apply a merge patch: the whole monitor is checked again, as if newly written.

    New secrets get a version of their own, to which only the new revision refers: an edit that
    fails or loses a race changes nothing. One that would change nothing makes no revision either:
    results of the old one would be lost for nothing.

    Cost: the entry in the audit log and the monitor; two requests more if it has secrets.
    """
    backend, before = request.backend, find(request)
    check_match(request, before.revision)
    patch = patch_of(request)
    wanted = validate(MonitorIn, _merge(before, patch))
    known: dict[str, str] = {}
    if before.secret_fields:
        known = backend.secrets.get(before.id, before.secrets_version)
    after, secrets = apply_changes(before, wanted, backend, known)
    if secrets == known and monitor_config(after) == monitor_config(before):
        return _render(backend, before)
    revisions = (before.revision, before.revision + 1)
    with audit(request, "monitor.changed", after.id, revisions, fields=patch):
        if secrets and secrets != known:
            after = replace(after, secrets_version=backend.secrets.put(after.id, secrets))
        after = next_revision(after, before, backend.clock())
        if before.kind != after.kind:
            expect_pings(backend, after)
        backend.monitors.replace(after)
    return _render(backend, after)


def _merge(before: Monitor, patch: Any) -> Any:
    """Merge a patch into what was written before, as the author means it.

    What followed from the number of regions follows it again; the block of a kind goes with it.
    """
    written = {**monitor_config(before), "verification": serialize_policy(before)}
    if patch.get("kind", before.kind) != before.kind:
        del written[before.kind]
    kind = before.kind
    return apply_patch(written, align_headers(patch, kind, written.get(kind) or {}))


def delete(request: Request) -> Answer:
    """Remove a monitor; an open incident is cancelled by the verifier, without an alert.

    Its secrets go after it: a crash in between leaves a parameter that nothing refers to.
    """
    monitor = find(request)
    check_match(request, monitor.revision)
    with audit(request, "monitor.deleted", monitor.id, (monitor.revision, None)):
        request.backend.monitors.delete(monitor.id, monitor.revision)
    forget_secrets(request.backend, monitor.id)
    forget_pings(request.backend, monitor)
    return Answer(status=HTTPStatus.NO_CONTENT)


def pause(request: Request) -> Answer:
    """Stop probing; pausing twice is fine. Cost: the entry in the audit log and the monitor."""
    before = find(request)
    check_match(request, before.revision)
    if before.paused:
        return _render(request.backend, before)
    after = next_revision(replace(before, paused=True), before, request.backend.clock())
    return _switch(request, "monitor.paused", before, after)


def resume(request: Request) -> Answer:
    """Probe again: at once from all regions, and beginning with a grace period."""
    before = find(request)
    check_match(request, before.revision)
    if not before.paused:
        return _render(request.backend, before)
    now = request.backend.clock()
    after = next_revision(replace(before, paused=False), before, now)
    after = replace(after, enabled_at=now, scheduled_since=now, probed_since=now)
    expect_pings(request.backend, after)
    return _switch(request, "monitor.resumed", before, after)


def _switch(request: Request, action: str, before: Monitor, after: Monitor) -> Answer:
    with audit(request, action, after.id, (before.revision, after.revision)):
        request.backend.monitors.replace(after)
    return _render(request.backend, after)


def check(request: Request) -> Answer:
    """Have all regions probe now, and answer with what they saw within 20 s."""
    monitor = find(request)
    with audit(request, "monitor.checked", monitor.id):
        results, complete = probe_now(request.backend, monitor)
    return Answer(body={"items": [result_out(each) for each in results], "complete": complete})


def _render(backend: Backend, monitor: Monitor, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    (body,) = present(backend, [monitor])
    headers = {"ETag": etag(monitor.revision)}
    if status is HTTPStatus.CREATED:
        headers["Location"] = f"/v1/monitors/{monitor.id}"
    return Answer(body=body, status=status, headers=headers)


ONE = "/v1/monitors/<monitor_id>"
ROUTES = (
    Route(method="POST", path="/v1/monitors", summary="Add a monitor", handler=create,
          scope=Scope.WRITE, body=MonitorIn, answers=MonitorOut, status=HTTPStatus.CREATED),
    Route(method="GET", path=ONE, summary="Show a monitor", handler=read,
          scope=Scope.READ, answers=MonitorOut),
    Route(method="PATCH", path=ONE, summary="Change a monitor (JSON merge patch)", handler=change,
          scope=Scope.WRITE, body=MonitorIn, answers=MonitorOut, merges=True,
          versioned=True),
    Route(method="DELETE", path=ONE, summary="Delete a monitor", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT, versioned=True),
    Route(method="POST", path=f"{ONE}/pause", summary="Pause a monitor", handler=pause,
          scope=Scope.WRITE, body=Empty, answers=MonitorOut, versioned=True),
    Route(method="POST", path=f"{ONE}/resume", summary="Resume a monitor", handler=resume,
          scope=Scope.WRITE, body=Empty, answers=MonitorOut, versioned=True),
    Route(method="POST", path=f"{ONE}/check", summary="Probe now from all regions", handler=check,
          scope=Scope.WRITE, body=Empty, answers=CheckOut),
)  # fmt: skip
