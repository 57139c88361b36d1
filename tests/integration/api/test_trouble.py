"""What AWS does not answer is a 503 that asks to try again; a crash leaves nothing half done."""

from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from sentinelmesh.domain.access.scopes import Role, Scope
from tests.integration.api.examples import EXAMPLES, ROUTES, prepared
from tests.integration.api.people import add_person, open_pool, token_of
from tests.integration.api.stage import Stage, api_stage
from tests.support.calls import Crash, refusal

AWAY = "https://canary.example"
TROUBLES: dict[str, Callable[[str], Exception]] = {
    "throttled": lambda name: refusal(name, "ThrottlingException"),
    "broken": lambda name: refusal(
        name, "InternalServerError", ResponseMetadata={"HTTPStatusCode": 500}
    ),
    "unreachable": lambda _name: EndpointConnectionError(endpoint_url=AWAY),
    "silent": lambda _name: ReadTimeoutError(endpoint_url=AWAY),
}
# These need no other part of the mesh.
# These read nothing but who asks.
SELF_CONTAINED = {"GET /v1/openapi.json", "GET /docs", "GET /v1/session"}
# What the failure of a part means to these is their own business.
SPECIAL = {
    "GET /health",
    "POST /v1/monitors/<monitor_id>/check",
    "POST /v1/channels/<channel_id>/test",
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One mesh for all troubles."""
    with api_stage() as made:
        open_pool(made)
        add_person(made, "admin@shop.example", Role.ADMIN)
        assert made.tokens
        yield made


CASES = [
    *(("throttled", name) for name in EXAMPLES if name not in SELF_CONTAINED | SPECIAL),
    *((trouble, "POST /v1/monitors") for trouble in TROUBLES if trouble != "throttled"),
    *((trouble, "POST /v1/users") for trouble in TROUBLES if trouble != "throttled"),
]


@pytest.mark.parametrize(("trouble", "name"), CASES)
def test_any_call_that_fails_is_a_503_and_not_our_fault(
    stage: Stage, name: str, trouble: str
) -> None:
    """Let each AWS call of a good request fail in turn, after the token was read."""
    route = ROUTES[name]
    first = 1 if route.scope is not None else 0
    number = first
    while True:
        example = prepared(stage, route)
        number += 1
        end = len(stage.calls.made) + number

        def fail(count: int, operation: str, end: int = end) -> None:
            if count == end:
                raise TROUBLES[trouble](operation)

        stage.calls.before = fail
        answer = example.send(stage, token=None if route.scope is None else Scope.ADMIN)
        stage.calls.before = None
        if answer.status == route.status:
            break
        assert answer.status == 503, (number, answer)
        assert "canary" not in answer.text
    assert number > first + 1


def test_a_fault_of_ours_tells_nothing_of_itself(stage: Stage) -> None:
    def break_it(_count: int, name: str) -> None:
        raise refusal(name, "AccessDeniedException")

    stage.calls.before = break_it
    answer = stage.call("GET", "/v1/monitors")
    stage.calls.before = None
    assert answer.status == 500
    assert "Access" not in answer.text


def test_health_tells_of_each_part_by_itself(stage: Stage) -> None:
    def only_queues_fail(_count: int, name: str) -> None:
        if name == "GetQueueAttributes":
            raise refusal(name)

    stage.pass_time(minutes=1)
    stage.calls.before = only_queues_fail
    answer = stage.call("GET", "/health", token=None)
    stage.calls.before = None
    assert answer.status == 503
    parts = {name: part["status"] for name, part in answer.body["components"].items()}
    assert (parts["queues"], parts["tables"]) == ("down", "ok")


def test_a_removal_that_dies_anywhere_can_be_repeated_until_the_person_is_out(
    stage: Stage,
) -> None:
    for number in range(2, 20):
        email = f"p{number}@shop.example"
        person = add_person(stage, email, Role.EDITOR)
        old = token_of(stage, email)
        stage.pass_time(seconds=2)
        died = kill_once(stage, number, "DELETE", f"/v1/users/{person}")
        answer = stage.call("DELETE", f"/v1/users/{person}")
        assert answer.status in {204, 404}
        assert stage.call("GET", "/v1/monitors", token=old).status == 401, number
        if not died:
            return
    pytest.fail("the removal never came to its end")


def test_a_change_of_role_that_dies_leaves_no_more_rights_than_before_or_after(
    stage: Stage,
) -> None:
    for number in range(2, 20):
        email = f"q{number}@shop.example"
        person = add_person(stage, email, Role.ADMIN)
        died = kill_once(stage, number, "PATCH", f"/v1/users/{person}", {"role": "editor"})
        found = {each["id"]: each["role"] for each in stage.get("/v1/users?limit=200")["items"]}
        assert found[person] in ({"admin", None, "editor"} if died else {"editor"})
        answer = stage.call("PATCH", f"/v1/users/{person}", {"role": "editor"})
        assert (answer.status, answer.body["role"]) == (200, "editor")
        if not died:
            return
    pytest.fail("the change never came to its end")


SECRET_MONITOR = {
    "name": "Shop",
    "kind": "http",
    "target": "https://shop.example/",
    "http": {"headers": {"Authorization": "first"}},
}


def test_an_edit_that_dies_leaves_monitor_and_secrets_of_one_revision(stage: Stage) -> None:
    change = {"name": "Other", "http": {"headers": {"Authorization": "second"}}}
    for number in range(2, 20):
        monitor_id = stage.post("/v1/monitors", SECRET_MONITOR)["id"]
        died = kill_once(stage, number, "PATCH", f"/v1/monitors/{monitor_id}", change)
        kept = stage.backend.monitors.get(monitor_id)
        assert kept is not None
        secrets = stage.backend.secrets.get(monitor_id, kept.secrets_version)
        assert (kept.name, secrets) in [
            ("Shop", {"headers.Authorization": "first"}),
            ("Other", {"headers.Authorization": "second"}),
        ]
        if not died:
            return
    pytest.fail("the edit never came to its end")


def test_a_deletion_that_dies_leaves_a_whole_monitor_or_none(stage: Stage) -> None:
    for number in range(2, 20):
        monitor_id = stage.post("/v1/monitors", SECRET_MONITOR)["id"]
        died = kill_once(stage, number, "DELETE", f"/v1/monitors/{monitor_id}")
        kept = stage.backend.monitors.get(monitor_id)
        if kept is not None:
            assert stage.backend.secrets.get(monitor_id, kept.secrets_version)
        assert stage.call("DELETE", f"/v1/monitors/{monitor_id}").status in {204, 404}
        if not died:
            return
    pytest.fail("the deletion never came to its end")


def kill_once(stage: Stage, number: int, method: str, address: str, body: object = None) -> bool:
    """Send a request and kill the process after its AWS call of this number, if it has so many."""
    end = len(stage.calls.made) + number

    def die(count: int, _name: str) -> None:
        if count == end:
            raise Crash

    stage.calls.after = die
    try:
        stage.call(method, address, *([] if body is None else [body]))
    except Crash:
        return True
    finally:
        stage.calls.after = None
    return False
