"""For each route of the API a request that goes well; tests over all routes are made from these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from functions.api.route import Route
from functions.api.routes.table import all_routes
from sentinelmesh.domain.access import Role
from sentinelmesh.domain.incident import Incident
from sentinelmesh.storage import keys
from sentinelmesh.storage.items import to_item
from tests.building import an_incident
from tests.integration.api.people import PASSWORD, add_person
from tests.integration.api.stage import Answer, Stage

Prepared = tuple[str, Mapping[str, Any] | None]
MONITOR = {"name": "Shop", "kind": "http", "target": "https://shop.example/"}
EMAIL = {"name": "Team", "kind": "email", "email": {"to": ["ops@shop.example"]}}


def put_incident(stage: Stage, incident: Incident) -> str:
    """Put an incident where the verifier puts it; gives its id."""
    item = to_item(
        incident,
        listing=keys.ALL_INCIDENTS,
        open=keys.OPEN if incident.resolved_at is None else None,
    )
    stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["incidents"], Item=item)
    return incident.incident_id


def _somebody() -> str:
    """Make up a mail address that nobody has."""
    return f"{token_hex(4)}@shop.example"


def _static(address: str, body: Mapping[str, Any] | None = None) -> Callable[[Stage], Prepared]:
    return lambda _stage: (address, body)


def _on_monitor(
    suffix: str = "", body: Mapping[str, Any] | None = None
) -> Callable[[Stage], Prepared]:
    return lambda stage: (f"/v1/monitors/{stage.add_monitor()['id']}{suffix}", body)


def _on_channel(
    suffix: str = "", body: Mapping[str, Any] | None = None
) -> Callable[[Stage], Prepared]:
    return lambda stage: (f"/v1/channels/{stage.add_channel()['id']}{suffix}", body)


def _on_incident(
    suffix: str = "", body: Mapping[str, Any] | None = None
) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        return f"/v1/incidents/{put_incident(stage, an_incident())}{suffix}", body

    return prepare


def _on_user(body: Mapping[str, Any] | None = None) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        return f"/v1/users/{add_person(stage, _somebody(), Role.EDITOR)}", body

    return prepare


def _on_token(stage: Stage) -> Prepared:
    made = stage.post("/v1/api-tokens", {"name": "CI", "scope": "read"})
    return f"/v1/api-tokens/{made['id']}", None


def _paused(stage: Stage) -> Prepared:
    monitor_id = stage.add_monitor()["id"]
    stage.post(f"/v1/monitors/{monitor_id}/pause")
    return f"/v1/monitors/{monitor_id}/resume", None


def _session(stage: Stage) -> Prepared:
    email = _somebody()
    add_person(stage, email, Role.VIEWER)
    return "/v1/session", {"email": email, "password": PASSWORD}


def _invitation(_stage: Stage) -> Prepared:
    return "/v1/users", {"email": _somebody(), "role": "editor"}


EXAMPLES: Mapping[str, Callable[[Stage], Prepared]] = {
    "GET /health": _static("/health"),
    "GET /metrics": _static("/metrics"),
    "POST /v1/session": _session,
    "POST /v1/api-tokens": _static("/v1/api-tokens", {"name": "CI", "scope": "write"}),
    "GET /v1/api-tokens": _static("/v1/api-tokens"),
    "DELETE /v1/api-tokens/<token_id>": _on_token,
    "GET /v1/users": _static("/v1/users"),
    "POST /v1/users": _invitation,
    "PATCH /v1/users/<user_id>": _on_user({"role": "viewer"}),
    "DELETE /v1/users/<user_id>": _on_user(),
    "GET /v1/audit-log": _static("/v1/audit-log"),
    "POST /v1/monitors": _static("/v1/monitors", MONITOR),
    "GET /v1/monitors": _static("/v1/monitors"),
    "GET /v1/monitors/<monitor_id>": _on_monitor(),
    "PATCH /v1/monitors/<monitor_id>": _on_monitor(body={"name": "Shop 2"}),
    "DELETE /v1/monitors/<monitor_id>": _on_monitor(),
    "POST /v1/monitors/<monitor_id>/pause": _on_monitor("/pause"),
    "POST /v1/monitors/<monitor_id>/resume": _paused,
    "POST /v1/monitors/<monitor_id>/check": _on_monitor("/check"),
    "GET /v1/monitors/<monitor_id>/results": _on_monitor("/results"),
    "GET /v1/monitors/<monitor_id>/results.csv": _on_monitor("/results.csv"),
    "GET /v1/monitors/<monitor_id>/transitions": _on_monitor("/transitions"),
    "GET /v1/monitors/<monitor_id>/uptime": _on_monitor("/uptime?window=7d"),
    "GET /v1/incidents": _static("/v1/incidents"),
    "GET /v1/incidents/<incident_id>": _on_incident(),
    "POST /v1/incidents/<incident_id>/acknowledge": _on_incident("/acknowledge"),
    "POST /v1/incidents/<incident_id>/notes": _on_incident("/notes", {"text": "Looking."}),
    "GET /v1/incidents/<incident_id>/alerts": _on_incident("/alerts"),
    "POST /v1/channels": _static("/v1/channels", EMAIL),
    "GET /v1/channels": _static("/v1/channels"),
    "GET /v1/channels/<channel_id>": _on_channel(),
    "PATCH /v1/channels/<channel_id>": _on_channel(body={"enabled": False}),
    "DELETE /v1/channels/<channel_id>": _on_channel(),
    "POST /v1/channels/<channel_id>/test": _on_channel("/test"),
    "GET /v1/openapi.json": _static("/v1/openapi.json"),
    "GET /docs": _static("/docs"),
}


@dataclass(frozen=True)
class Example:
    """A request that goes well, not sent yet."""

    route: Route
    address: str
    body: Mapping[str, Any] | None

    def send(self, stage: Stage, **more: Any) -> Answer:
        """Send it."""
        if self.body is None:
            return stage.call(self.route.method, self.address, **more)
        return stage.call(self.route.method, self.address, self.body, **more)


def name_of(route: Route) -> str:
    """Name a route, e.g. "GET /health"."""
    return f"{route.method} {route.path}"


def prepared(stage: Stage, route: Route) -> Example:
    """Make what an example needs."""
    return Example(route, *EXAMPLES[name_of(route)](stage))


ROUTES = {name_of(route): route for route in all_routes()}
WRITES = {
    name: route
    for name, route in ROUTES.items()
    if route.method != "GET" and route.scope is not None
}
BODIES = {name: route for name, route in ROUTES.items() if route.body is not None}
