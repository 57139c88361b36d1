"""The real API over a mesh in memory, called as API Gateway calls it.

Every answer that any test gets is checked here for what all answers promise: their headers, the
form of errors, and that a body has exactly the documented shape.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from functions.api.app import HEADERS, App
from functions.api.auth.authentication import TOKEN_PREFIX, secret_hash
from functions.api.backend import Backend
from functions.api.handler import backend_over
from functions.api.http.problem import CONTENT_TYPE
from functions.api.http.route import Route
from functions.api.http.router import Router
from functions.api.routes.table import all_routes
from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.settings import ApiSettings
from tests.integration.api.events import NOTHING, rest_event
from tests.support.builders import START
from tests.support.calls import Calls
from tests.support.moto_mesh import HOME, NAME, PROBE_REGIONS, MotoMesh, moto_mesh

SECRETS_PREFIX = f"/{NAME}/secrets"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the API said; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def errors(self) -> dict[str, str]:
        """Details of a validation problem by their pointers."""
        return {each["pointer"]: each["detail"] for each in self.body.get("errors", ())}


@dataclass
class FakeAlerter:
    """A Lambda client that remembers what it was asked and says what a test wants."""

    asked: list[Any] = field(default_factory=list)
    says: Any = field(default_factory=lambda: {"ok": True, "answer": "HTTP 200 ok"})
    raises: Exception | None = None
    breaks: bool = False

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Answer like Lambda."""
        self.asked.append((FunctionName, json.loads(Payload)))
        if self.raises:
            raise self.raises
        answer: dict[str, Any] = {"Payload": io.BytesIO(json.dumps(self.says).encode())}
        return answer | ({"FunctionError": "Unhandled"} if self.breaks else {})


@dataclass
class Stage:
    """An API, its mesh, and the time.

    Args:
        while_waiting: called each time the API pauses: what happens in the mesh meanwhile.
        overrides: settings of the deployment that a test wants otherwise.
        key_set: gives the user pool's public keys.
    """

    mesh: MotoMesh
    now: datetime = START
    alerter: FakeAlerter = field(default_factory=FakeAlerter)
    while_waiting: Callable[[], None] = lambda: None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    key_set: Callable[[], Mapping[str, Any]] = lambda: {"keys": []}
    requests: int = 0

    def __post_init__(self) -> None:
        self.calls = Calls(self.mesh)

    @cached_property
    def settings(self) -> ApiSettings:
        tables = {f"{owner}_table": name for owner, name in self.mesh.tables.items()}
        plain = {
            "mesh_name": NAME,
            "home_region": HOME,
            **tables,
            "checks_queue_url": self.mesh.checks_url,
            "ticks_queue_url": self.mesh.queue_url("ticks"),
            "evaluations_queue_url": self.mesh.queue_url("evaluations"),
            "alert_retries_queue_url": self.mesh.queue_url("alert-retries"),
            "recounts_queue_url": self.mesh.queue_url("recounts"),
            "alerter_function": f"{NAME}-alerter",
            "user_pool_id": f"{HOME}_none",
            "user_pool_client_id": "none",
            "secrets_prefix": SECRETS_PREFIX,
            "public_url": "https://mesh.example",
            "mail_from": "alerts@mesh.example",
            "regions": PROBE_REGIONS,
        }
        return ApiSettings(**{**plain, **self.overrides})

    @cached_property
    def backend(self) -> Backend:
        def keys() -> Mapping[str, Any]:
            return self.key_set()  # whoever gives them then

        made = backend_over(self._client, self.settings, keys)
        return replace(
            made,
            functions=self.alerter,  # type: ignore[arg-type]
            clock=lambda: self.now,
            sleep=self._sleep,
        )

    def _client(self, service: str, region: str, **_settings: Any) -> Any:
        return self.calls.client(service, region)

    def put_odd(self, table: str, key: Mapping[str, Any]) -> None:
        """Store a row in a form that no version of ours can read, listed like any other."""
        item = {**key, "listing": {"S": "monitor"}, "created_at": {"S": "long ago"}}
        self.mesh.dynamodb.put_item(TableName=self.mesh.tables[table], Item=item)

    @cached_property
    def app(self) -> App:
        return App(self.backend, all_routes())

    @cached_property
    def tokens(self) -> Mapping[Scope, str]:
        """Have an API token of each scope."""
        return {scope: self.add_token(scope) for scope in Scope}

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.while_waiting()

    def pass_time(self, **span: float) -> None:
        """Let time pass, e.g. hours=1."""
        self.now += timedelta(**span)

    def add_token(self, scope: Scope, name: str = "tests") -> str:
        """Build an API token that was used a moment ago."""
        secret = f"{TOKEN_PREFIX}{scope}-{name}"
        self.backend.tokens.create(
            ApiToken(
                token_id=f"tok_{scope}_{name}",
                name=name,
                scope=scope,
                secret_hash=secret_hash(secret),
                created_at=self.now,
                created_by="tests",
                last_used_at=self.now,
            )
        )
        return secret

    def call(
        self,
        method: str,
        address: str,
        body: object = NOTHING,
        *,
        raw: str | bytes | None = None,
        token: str | Scope | None = Scope.ADMIN,
        headers: Mapping[str, str] | None = None,
        **more_headers: str,
    ) -> Answer:
        """Send one request.

        Args:
            token: an API token's scope, any token, or None for nobody.
            more_headers: headers with underscores in place of hyphens.
        """
        sent = {name.replace("_", "-"): value for name, value in more_headers.items()}
        if token is not None:
            given = self.tokens[token] if isinstance(token, Scope) else token
            sent["Authorization"] = f"Bearer {given}"
        self.requests += 1
        event = rest_event(
            method,
            address,
            body,
            raw=raw,
            headers={**sent, **(headers or {})},
            request_id=f"req-{self.requests}",
        )
        return self.answer(event)

    def answer(self, event: dict[str, Any]) -> Answer:
        """Hand an event over, and check what every answer promises."""
        given = self.app.answer(event)
        answer = Answer(
            status=given["statusCode"],
            headers={name.lower(): value for name, value in given["headers"].items()},
            text=given["body"],
        )
        check_promises(event, answer)
        return answer

    def get(self, address: str, **more: Any) -> Any:
        """Read something that is there."""
        answer = self.call("GET", address, **more)
        assert answer.status == 200, answer
        return answer.body

    def post(self, address: str, body: object = NOTHING, **more: Any) -> Any:
        """Write something that is taken."""
        answer = self.call("POST", address, body, **more)
        assert answer.status in {200, 201}, answer
        return answer.body

    def add_monitor(self, **fields: Any) -> dict[str, Any]:
        """Add a monitor through the API."""
        plain = {"name": "Shop", "kind": "http", "target": "https://shop.example/health"}
        made: dict[str, Any] = self.post("/v1/monitors", {**plain, **fields})
        return made

    def add_channel(self, **fields: Any) -> dict[str, Any]:
        """Add a channel through the API."""
        plain = {"name": "Team", "kind": "email", "email": {"to": ["ops@shop.example"]}}
        made: dict[str, Any] = self.post("/v1/channels", {**plain, **fields})
        return made


def route_of(event: Mapping[str, Any]) -> Route | None:
    """Find the route of an event."""
    try:
        return Router(all_routes()).find(event["httpMethod"], event["path"])[0]
    except Exception:  # noqa: BLE001 (there is none)
        return None


def check_promises(event: Mapping[str, Any], answer: Answer) -> None:
    """Check what every answer promises."""
    assert answer.headers["x-request-id"] == event["requestContext"]["requestId"]
    for name in HEADERS:
        assert answer.headers[name.lower()], name
    assert "Traceback" not in answer.text
    if event["httpMethod"] == "HEAD":
        assert answer.text == ""
        return
    route = route_of(event)
    is_health = route is not None and route.path == "/health"
    is_for_browsers = "text/html" in event["headers"].get("Accept", "")
    if answer.status >= 400 and is_for_browsers:
        assert answer.headers["content-type"].startswith("text/html")
    elif answer.status >= 400 and not is_health:
        check_problem(answer)
    elif route is not None and route.answers is not None:
        assert answer.headers["content-type"] == "application/json"
        route.answers.model_validate_json(answer.text, strict=True)


def check_problem(answer: Answer) -> None:
    """Check the form of an error (RFC 9457)."""
    assert answer.headers["content-type"] == CONTENT_TYPE
    body = answer.body
    assert set(body) <= {"type", "title", "status", "detail", "request_id", "errors"}
    assert body["status"] == answer.status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    if answer.status >= 500:
        assert "Error" not in body["detail"]
    if answer.status == 503:
        assert int(answer.headers["retry-after"]) > 0


@contextmanager
def api_stage(**overrides: Any) -> Iterator[Stage]:
    """Have an API over an empty mesh for a while.

    Args:
        overrides: settings of the deployment.
    """
    with moto_mesh() as mesh:
        yield Stage(mesh, overrides=overrides)
