"""Idempotency-Key: a request is carried out once and answered alike every time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.api.app import App
from functions.api.routes.table import all_routes
from sentinelmesh.domain.access.scopes import Scope
from tests.integration.api.events import rest_event
from tests.integration.api.examples import EMAIL, MONITOR
from tests.integration.api.stage import Answer, Stage
from tests.support.calls import Crash, refusal

KEY: dict[str, Any] = {"Idempotency_Key": "key-1"}


def add(stage: Stage, body: object = MONITOR, **more: Any) -> Answer:
    return stage.call("POST", "/v1/monitors", body, **{**KEY, **more})


def names(stage: Stage) -> list[str]:
    return [each["name"] for each in stage.get("/v1/monitors")["items"]]


def test_a_repeated_request_gets_the_same_answer_and_does_nothing(stage: Stage) -> None:
    first = add(stage)
    stage.pass_time(hours=23)
    second = add(stage)
    assert (second.status, second.body) == (201, first.body)
    for name in ("etag", "location"):
        assert second.headers[name] == first.headers[name]
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert names(stage) == ["Shop"]


def test_the_order_of_fields_makes_no_other_request(stage: Stage) -> None:
    first = add(stage)
    assert add(stage, dict(reversed(MONITOR.items()))).body == first.body


def test_a_key_is_not_for_two_different_requests(stage: Stage) -> None:
    monitor_id = add(stage).body["id"]
    for answer in (
        add(stage, {**MONITOR, "name": "Other"}),
        stage.call("POST", f"/v1/monitors/{monitor_id}/pause", {}, **KEY),
        stage.call("POST", "/v1/channels", EMAIL, **KEY),
    ):
        assert answer.status == 422
        assert "another request" in answer.body["detail"]


def test_a_key_belongs_to_whoever_sends_it(stage: Stage) -> None:
    """Two tokens of one name are two callers."""
    first = add(stage, token=Scope.ADMIN)
    second = add(stage, token=Scope.WRITE)
    assert second.status == 201
    assert second.body["id"] != first.body["id"]


def test_a_key_may_be_used_again_after_a_day(stage: Stage) -> None:
    first = add(stage)
    stage.pass_time(hours=24, seconds=1)
    second = add(stage, {**MONITOR, "name": "Other"})
    assert second.status == 201
    assert second.body["id"] != first.body["id"]


def test_a_refused_request_may_be_mended_and_sent_again(stage: Stage) -> None:
    assert add(stage, {**MONITOR, "regions": ["mars-1"]}).status == 422
    assert add(stage, MONITOR).status == 201
    assert add(stage, MONITOR).status == 201
    assert names(stage) == ["Shop"]


@pytest.mark.parametrize(("key", "status"), [("", 400), ("x" * 201, 400), ("x" * 200, 201)])
def test_a_key_has_a_length(stage: Stage, key: str, status: int) -> None:
    assert add(stage, Idempotency_Key=key).status == status


def test_changes_deletions_and_actions_take_keys_too(stage: Stage) -> None:
    address = f"/v1/monitors/{stage.add_monitor()['id']}"
    requests: list[Callable[[], Answer]] = [
        lambda: stage.call("PATCH", address, {"name": "Other"}, Idempotency_Key="a"),
        lambda: stage.call("POST", f"{address}/pause", Idempotency_Key="b"),
        lambda: stage.call("DELETE", address, Idempotency_Key="c"),
    ]
    for send in requests:
        first, second = send(), send()
        assert (second.status, second.text) == (first.status, first.text)
        assert second.headers["idempotency-replayed"] == "true"


def test_what_is_shown_once_is_not_shown_again(stage: Stage) -> None:
    hook = {"name": "Hook", "kind": "webhook", "webhook": {"url": "https://hook.example/canary"}}
    for address, body, secret in (
        ("/v1/channels", hook, ("webhook", "secret")),
        ("/v1/api-tokens", {"name": "CI"}, ("token",)),
    ):
        first = stage.call("POST", address, body, Idempotency_Key=address)
        second = stage.call("POST", address, body, Idempotency_Key=address)
        assert (first.status, second.status) == (201, 201)
        shown, again = first.body, second.body
        for name in secret:
            shown, again = shown[name], again[name]
        assert again in {None, "***"}
        assert shown not in repr(stage.mesh.items("directory"))
        assert second.body["id"] == first.body["id"]


def test_a_second_request_while_the_first_is_under_way_is_told_so(stage: Stage) -> None:
    inner: list[dict[str, Any]] = []

    def send_again(_count: int, name: str) -> None:
        if name == "PutParameter" and not inner:
            event = rest_event(
                "POST",
                "/v1/monitors",
                body,
                headers={
                    "Authorization": f"Bearer {stage.tokens[Scope.ADMIN]}",
                    "Idempotency-Key": "key-1",
                },
                request_id="req-inner",
            )
            inner.append(stage.app.answer(event))

    body = {**MONITOR, "http": {"headers": {"Authorization": "x"}}}
    stage.calls.before = send_again
    answer = add(stage, body)
    assert answer.status == 201
    assert answer.headers["x-request-id"] != "req-inner"
    assert inner[0]["statusCode"] == 409
    assert inner[0]["headers"]["X-Request-Id"] == "req-inner"
    assert names(stage) == ["Shop"]


def kill_after(stage: Stage, number: int) -> None:
    """Let the process die right after its call of this number from now on."""
    end = len(stage.calls.made) + number

    def die(count: int, _name: str) -> None:
        if count == end:
            raise Crash

    stage.calls.after = die


def revive(stage: Stage) -> None:
    """Start the process anew."""
    stage.calls.after = stage.calls.before = None
    stage.app = App(stage.backend, all_routes())


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/v1/monitors", {**MONITOR, "http": {"headers": {"Authorization": "x"}}}),
        ("/v1/channels", {"name": "S", "kind": "slack", "slack": {"webhook_url": "https://a.b/"}}),
    ],
)
def test_a_creation_that_died_anywhere_is_repeated_and_made_once(
    stage: Stage, address: str, body: dict[str, Any]
) -> None:
    assert stage.tokens
    for number in range(1, 12):
        key = f"key-{number}"
        kill_after(stage, number)
        try:
            stage.call("POST", address, body, Idempotency_Key=key)
        except Crash:
            pass
        else:
            assert number > 5
            break
        revive(stage)
        under_way = stage.call("POST", address, body, Idempotency_Key=key)
        assert under_way.status in {409, 201}
        stage.pass_time(seconds=61)
        made = stage.call("POST", address, body, Idempotency_Key=key)
        assert made.status == 201
        again = stage.call("POST", address, body, Idempotency_Key=key)
        assert again.body == made.body
        assert len(stage.get(address)["items"]) == number
    else:
        pytest.fail("the request never came to its end")


def test_a_write_that_timed_out_but_happened_is_found_by_the_next_try(stage: Stage) -> None:
    assert stage.tokens
    puts: list[str] = []

    def lose_the_answer(_count: int, name: str) -> None:
        puts.extend([name] if name == "PutItem" else [])
        if name == "PutItem" and len(puts) == 3:  # key, audit entry, monitor
            raise refusal(name, "RequestTimeout")

    stage.calls.after = lose_the_answer
    assert add(stage).status == 503
    stage.calls.after = None
    assert names(stage) == ["Shop"]
    stage.pass_time(seconds=2)
    assert add(stage).status == 201
    assert names(stage) == ["Shop"]


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(stage: Stage) -> None:
    assert stage.tokens
    puts: list[str] = []

    def refuse_the_last(_count: int, name: str) -> None:
        puts.extend([name] if name == "PutItem" else [])
        if name == "PutItem" and len(puts) == 4:
            raise refusal(name)

    stage.calls.before = refuse_the_last
    first = add(stage)
    assert first.status == 201
    stage.calls.before = None
    assert add(stage).status == 409
    stage.pass_time(seconds=61)
    assert add(stage).body["id"] == first.body["id"]
    assert names(stage) == ["Shop"]


def test_the_kept_answer_leaves_the_table_by_itself(stage: Stage) -> None:
    add(stage)
    (item,) = (each for each in stage.mesh.items("directory") if each["kind"]["S"] == "idempotency")
    assert item["ttl"] == {"N": str(int((stage.now + timedelta(days=1)).timestamp()))}
    assert "key-1" not in repr(item)
