"""What holds for every route, made from their table: rights, forms of mistakes, the audit log."""

import base64
import json
from collections.abc import Iterator

import pytest

from functions.api.http.parsing import MAX_BODY_BYTES
from sentinelmesh.domain.access.scopes import ROLES, Role, Scope, includes
from sentinelmesh.domain.values import instant
from tests.integration.api.examples import BODIES, EXAMPLES, ROUTES, WRITES, prepared
from tests.integration.api.people import add_person, open_pool, token_of
from tests.integration.api.stage import Stage, api_stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One mesh for all routes: each test makes things of its own."""
    with api_stage() as made:
        open_pool(made)
        yield made


def test_there_is_an_example_of_every_route() -> None:
    assert set(EXAMPLES) == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_a_good_request_gets_what_is_documented(stage: Stage, name: str) -> None:
    route = ROUTES[name]
    answer = prepared(stage, route).send(stage, token=None if route.scope is None else Scope.ADMIN)
    assert answer.status == route.status, answer
    if route.media != "application/json":
        assert answer.headers["content-type"].startswith(route.media)


PROTECTED = {name: route for name, route in ROUTES.items() if route.scope is not None}
PUBLIC = {"GET /health", "POST /v1/session", "GET /v1/openapi.json", "GET /docs"} | {
    # Whoever knows the address of a heartbeat may ping it; readers of status pages are nobody.
    name
    for name in ROUTES
    if "/<ping_id>" in name or "/v1/subscriptions/" in name
}


def test_only_what_is_meant_to_be_public_is() -> None:
    assert set(ROUTES) - set(PROTECTED) == PUBLIC


@pytest.mark.parametrize("name", PROTECTED)
def test_nobody_gets_in_without_a_valid_token(stage: Stage, name: str) -> None:
    example = prepared(stage, PROTECTED[name])
    answers = [example.send(stage, token=token) for token in (None, "smk_wrong", "a.b.c")]
    assert {answer.status for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.body["detail"] for answer in answers}) == 1


@pytest.mark.parametrize("name", PROTECTED)
def test_an_api_token_opens_what_its_scope_includes(stage: Stage, name: str) -> None:
    route = PROTECTED[name]
    example = prepared(stage, route)
    for scope in Scope:
        answer = example.send(stage, token=scope)
        assert route.scope is not None
        if includes(scope, route.scope):
            # It may have been done already by a token of less scope; it was let in.
            assert answer.status not in {401, 403}, answer
        else:
            assert answer.status == 403, answer
            assert str(route.scope) in answer.body["detail"]


def test_a_role_is_worth_its_scope_on_every_route(stage: Stage) -> None:
    people = {role: f"{role}@shop.example" for role in (*Role, None)}
    for role, email in people.items():
        add_person(stage, email, role)
    tokens = {role: token_of(stage, email) for role, email in people.items()}
    wrong = []
    for name, route in PROTECTED.items():
        address = route.path.replace("<", "").replace(">", "")
        for role, token in tokens.items():
            held = Scope.READ if role is None else ROLES[role]
            answer = stage.call(route.method, address, token=token)
            assert route.scope is not None
            if (answer.status != 403) != includes(held, route.scope):
                wrong.append((role, name, answer.status))
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in ROUTES if "<" in name])
def test_what_is_not_there_is_not_found(stage: Stage, name: str) -> None:
    route = ROUTES[name]
    body = EXAMPLES[name](stage)[1] or {}
    address = route.path.replace("<", "none_").replace(">", "")
    answer = (
        stage.call("GET", address)
        if route.method == "GET"
        else stage.call(route.method, address, body)
    )
    assert answer.status == 404, answer


@pytest.mark.parametrize("name", [name for name in ROUTES if "<" in name])
def test_an_address_that_can_be_no_id_is_not_found(stage: Stage, name: str) -> None:
    route = ROUTES[name]
    for odd in ("x" * 129, "a%2Fb", "%00", "%ff", "ä", "a b", "..", "%E0%A4%A"):
        head, _, rest = route.path.partition("<")
        address = head + odd + rest.partition(">")[2]
        answer = stage.call(route.method, address, token=Scope.ADMIN)
        assert answer.status == 404, (odd, answer)


NOT_JSON = {
    "cut off": '{"name": ',
    "not a number": '{"value": NaN}',
    "two values": "{} {}",
    "no text": b"\xff\xfe\xfa",
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_a_body_that_is_no_json_is_refused(stage: Stage, name: str, body: str | bytes) -> None:
    route = BODIES[name]
    address, _ = EXAMPLES[name](stage)
    answer = stage.call(route.method, address, raw=body, Content_Type="application/json")
    assert answer.status == 400, answer
    assert "JSON" in answer.body["detail"]


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_the_wrong_kind_or_size_is_refused(stage: Stage, name: str) -> None:
    route = BODIES[name]
    address, body = EXAMPLES[name](stage)
    text = json.dumps(body or {})
    for media in ("text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"):
        answer = stage.call(route.method, address, raw=text, Content_Type=media)
        assert answer.status == 415, (media, answer)
    huge = json.dumps({"name": "x" * MAX_BODY_BYTES})
    answer = stage.call(route.method, address, raw=huge, Content_Type="application/json")
    assert answer.status == 413
    deep = "[" * 500 + "]" * 500
    answer = stage.call(route.method, address, raw=deep, Content_Type="application/json")
    assert answer.status == 400
    deepest = "[" * 30_000 + "]" * 30_000
    answer = stage.call(route.method, address, raw=deepest, Content_Type="application/json")
    assert answer.status == 400


@pytest.mark.parametrize("name", BODIES)
def test_an_unknown_field_or_no_object_at_all_is_refused(stage: Stage, name: str) -> None:
    route = BODIES[name]
    address, body = EXAMPLES[name](stage)
    answer = stage.call(route.method, address, {**(body or {}), "surprise": 1})
    assert answer.status == 422, answer
    assert answer.errors == {"/surprise": "there is no such field; check its spelling"}
    odds: tuple[object, ...] = ([], "text", 1, None, True)
    for odd in odds:
        answer = stage.call(route.method, address, odd)
        assert answer.status == 422, (odd, answer)


@pytest.mark.parametrize("name", BODIES)
def test_a_body_in_broken_base64_is_refused(stage: Stage, name: str) -> None:
    route = BODIES[name]
    address, _ = EXAMPLES[name](stage)
    for broken in ("e30", "é", "{}", base64.b64encode(b"{}").decode() + "!"):
        event = {
            "httpMethod": route.method,
            "path": address,
            "headers": {
                "authorization": f"Bearer {stage.tokens[Scope.ADMIN]}",
                "content-type": "application/json",
            },
            "requestContext": {"requestId": "req-x"},
            "body": broken,
            "isBase64Encoded": True,
        }
        assert stage.answer(event).status == 400, broken


def singular(plural: str) -> str:
    """Name one of several."""
    for many, one in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if plural.endswith(many):
            return plural.removesuffix(many) + one
    return plural


@pytest.mark.parametrize("name", WRITES)
def test_every_write_lands_in_the_audit_log(stage: Stage, name: str) -> None:
    route = WRITES[name]
    example = prepared(stage, route)
    stage.pass_time(seconds=1)
    since = instant.text(stage.now)
    answer = example.send(stage, token=Scope.ADMIN)
    assert answer.status == route.status
    (newest,) = stage.get(f"/v1/audit-log?from={since}")["items"]
    assert newest["by"] == "token tests"
    assert newest["by_id"] == "tok_admin_tests"
    assert newest["outcome"] == "done"
    assert newest["request_id"] == answer.headers["x-request-id"]
    kind = singular(route.path.split("/")[2]).replace("-", "_")
    assert newest["action"].startswith(f"{kind}.")
    assert newest["item_id"]


@pytest.mark.parametrize("name", [name for name in ROUTES if name not in WRITES])
def test_reading_and_signing_in_are_no_writes(stage: Stage, name: str) -> None:
    example = prepared(stage, ROUTES[name])
    before = stage.get("/v1/audit-log")
    example.send(stage)
    assert stage.get("/v1/audit-log") == before
