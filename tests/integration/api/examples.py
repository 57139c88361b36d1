"""For each route of the API a request that goes well; tests over all routes are made from these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from functions.api.http.route import Route
from functions.api.routes.table import all_routes
from sentinelmesh.domain.access.scopes import Role, Scope
from sentinelmesh.domain.alerts.alert import Alert
from sentinelmesh.domain.alerts.bounces import PausedAddress, address_id
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.outbox import alert_item
from tests.integration.api.page_examples import PAGE_EXAMPLES, TEXTS
from tests.integration.api.people import PASSWORD, add_person
from tests.integration.api.stage import Answer, Stage
from tests.support.builders import START, an_incident

Prepared = tuple[str, Mapping[str, Any] | None]
MONITOR = {"name": "Shop", "kind": "http", "target": "https://shop.example/"}
WINDOW = {
    "name": "Patching",
    "starts_at": "2026-01-05T22:00:00+01:00",
    "ends_at": "2026-01-06T02:00:00+01:00",
    "recurrence": "FREQ=WEEKLY;BYDAY=MO",
    "time_zone": "Europe/Berlin",
    "tags": ["shop"],
}
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


def put_alert(stage: Stage, alert: Alert) -> None:
    """Put an outbox row where verifier and alerter put it."""
    stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["alerts"], Item=alert_item(alert))


def _somebody() -> str:
    """Make up a mail address that nobody has."""
    return f"{token_hex(4)}@shop.example"


def _static(address: str, body: Mapping[str, Any] | None = None) -> Callable[[Stage], Prepared]:
    return lambda _stage: (address, body)


def _on_monitor(
    suffix: str = "", body: Mapping[str, Any] | None = None
) -> Callable[[Stage], Prepared]:
    return lambda stage: (f"/v1/monitors/{stage.add_monitor()['id']}{suffix}", body)


def put_heartbeat(stage: Stage) -> str:
    """Add a heartbeat; gives the id in its address."""
    made = stage.add_monitor(kind="heartbeat", target="nightly backup")
    return str(made["ping_url"].rsplit("/", 1)[1])


def _on_heartbeat(suffix: str) -> Callable[[Stage], Prepared]:
    return lambda stage: (f"/ping/{put_heartbeat(stage)}{suffix}", None)


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


def put_window(stage: Stage) -> str:
    """Announce maintenance; gives its id."""
    return str(stage.post("/v1/maintenance-windows", WINDOW)["id"])


def _on_window(body: Mapping[str, Any] | None = None) -> Callable[[Stage], Prepared]:
    return lambda stage: (f"/v1/maintenance-windows/{put_window(stage)}", body)


def _on_token(stage: Stage) -> Prepared:
    made = stage.post("/v1/api-tokens", {"name": "CI", "scope": "read"})
    return f"/v1/api-tokens/{made['id']}", None


def _new_policy(stage: Stage) -> Prepared:
    step = {"after_minutes": 5, "channels": [stage.add_channel()["id"]]}
    return "/v1/escalation-policies", {"name": "Shop", "steps": [step]}


def _on_policy(body: Mapping[str, Any] | None = None) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        made = stage.post(*_new_policy(stage))
        return f"/v1/escalation-policies/{made['id']}", body

    return prepare


def put_paused_address(stage: Stage, address: str = "gone@shop.example") -> str:
    """Pause an address, as the alerter does; gives its id."""
    paused = PausedAddress(
        id=address_id(address),
        address=address,
        reason="bounce",
        detail="550 no such user",
        paused_at=START,
    )
    stage.backend.paused_addresses.pause(paused)
    return paused.id


def _on_paused_address(stage: Stage) -> Prepared:
    return f"/v1/paused-addresses/{put_paused_address(stage)}", None


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
    "GET /v1/session": _static("/v1/session"),
    "GET /v1/overview": _static("/v1/overview"),
    "GET /v1/overview/trends": _static("/v1/overview/trends?ids=mon_1,mon_2"),
    "GET /v1/mesh": _static("/v1/mesh"),
    "POST /v1/checks": _static("/v1/checks", MONITOR),
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
    "POST /v1/monitors/<monitor_id>/backtest": _on_monitor(
        "/backtest", {"verification": {"quorum": 3}, "window": "30d"}
    ),
    "GET /v1/incidents": _static("/v1/incidents"),
    "GET /v1/incidents/<incident_id>": _on_incident(),
    "GET /v1/incidents/<incident_id>/explanation": _on_incident("/explanation"),
    "POST /v1/incidents/<incident_id>/acknowledge": _on_incident("/acknowledge"),
    "POST /v1/incidents/<incident_id>/notes": _on_incident("/notes", {"text": "Looking."}),
    "GET /v1/incidents/<incident_id>/alerts": _on_incident("/alerts"),
    "POST /v1/channels": _static("/v1/channels", EMAIL),
    "GET /v1/channels": _static("/v1/channels"),
    "GET /v1/channels/<channel_id>": _on_channel(),
    "PATCH /v1/channels/<channel_id>": _on_channel(body={"enabled": False}),
    "DELETE /v1/channels/<channel_id>": _on_channel(),
    "POST /v1/channels/<channel_id>/test": _on_channel("/test"),
    "GET /v1/channels/<channel_id>/alerts": _on_channel("/alerts"),
    "POST /v1/escalation-policies": _new_policy,
    "GET /v1/escalation-policies": _static("/v1/escalation-policies"),
    "GET /v1/escalation-policies/<policy_id>": _on_policy(),
    "PATCH /v1/escalation-policies/<policy_id>": _on_policy({"name": "Night"}),
    "DELETE /v1/escalation-policies/<policy_id>": _on_policy(),
    "GET /v1/paused-addresses": _static("/v1/paused-addresses"),
    "DELETE /v1/paused-addresses/<paused_id>": _on_paused_address,
    "POST /v1/maintenance-windows": _static("/v1/maintenance-windows", WINDOW),
    "GET /v1/maintenance-windows": _static("/v1/maintenance-windows"),
    "GET /v1/maintenance-windows/<window_id>": _on_window(),
    "PATCH /v1/maintenance-windows/<window_id>": _on_window({"name": "Patching the database"}),
    "DELETE /v1/maintenance-windows/<window_id>": _on_window(),
    "GET /v1/maintenance-calendar": _static("/v1/maintenance-calendar"),
    **{
        f"{method} /ping/<ping_id>{suffix}": _on_heartbeat(suffix.replace("<exit_code>", "3"))
        for method in ("GET", "POST")
        for suffix in ("", "/start", "/fail", "/log", "/<exit_code>")
    },
    **{
        f"{method} /api/push/<ping_id>": lambda stage: (f"/api/push/{put_heartbeat(stage)}", None)
        for method in ("GET", "POST")
    },
    **PAGE_EXAMPLES,
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
        if (text := TEXTS.get(name_of(self.route))) is not None:
            return stage.call(self.route.method, self.address, raw=text, **more)
        if self.body is None:
            return stage.call(self.route.method, self.address, **more)
        return stage.call(self.route.method, self.address, self.body, **more)


def name_of(route: Route) -> str:
    """Return a route, e.g. "GET /health"."""
    return f"{route.method} {route.path}"


def prepared(stage: Stage, route: Route) -> Example:
    """Make what an example needs."""
    return Example(route, *EXAMPLES[name_of(route)](stage))


ROUTES = {name_of(route): route for route in all_routes()}
WRITES = {
    name: route
    for name, route in ROUTES.items()
    # A back-test asks with POST and changes nothing.
    if route.method != "GET" and route.scope not in {None, Scope.READ}
}
BODIES = {name: route for name, route in ROUTES.items() if route.body is not None}
