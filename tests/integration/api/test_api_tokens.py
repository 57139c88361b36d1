"""API tokens: keys of programs, of which only a hash is kept."""

from datetime import timedelta

import pytest

from functions.api.auth.authentication import secret_hash
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.values.instant import text
from tests.integration.api.stage import Stage
from tests.support.calls import refusal


def test_a_token_is_shown_once_and_only_its_hash_is_kept(stage: Stage) -> None:
    made = stage.call("POST", "/v1/api-tokens", {"name": "CI", "scope": "write"})
    assert made.status == 201
    secret = made.body["token"]
    assert secret.startswith("smk_")
    assert len(secret) == len("smk_") + 43
    listed = next(
        each for each in stage.get("/v1/api-tokens")["items"] if each["id"] == made.body["id"]
    )
    assert listed == {name: value for name, value in made.body.items() if name != "token"}
    assert (listed["scope"], listed["created_by"]) == ("write", "token tests")
    items = repr(stage.mesh.items("directory"))
    assert secret not in items
    assert secret_hash(secret) in items
    assert "secret_hash" not in made.text


def test_two_tokens_are_never_the_same(stage: Stage) -> None:
    made = [stage.post("/v1/api-tokens", {"name": "CI"}) for _ in range(2)]
    assert len({each["token"] for each in made}) == len({each["id"] for each in made}) == 2
    assert {each["scope"] for each in made} == {"read"}


def test_a_revoked_token_is_refused_from_the_next_request_on(stage: Stage) -> None:
    made = stage.post("/v1/api-tokens", {"name": "CI"})
    assert stage.call("GET", "/v1/monitors", token=made["token"]).status == 200
    assert stage.call("DELETE", f"/v1/api-tokens/{made['id']}").status == 204
    assert stage.call("GET", "/v1/monitors", token=made["token"]).status == 401
    assert stage.call("DELETE", f"/v1/api-tokens/{made['id']}").status == 404


def last_used(stage: Stage, token_id: str) -> str | None:
    tokens = stage.get("/v1/api-tokens")["items"]
    used: str | None = next(each["last_used_at"] for each in tokens if each["id"] == token_id)
    return used


def test_the_last_use_is_noted_at_most_once_an_hour(stage: Stage) -> None:
    made = stage.post("/v1/api-tokens", {"name": "CI"})
    assert last_used(stage, made["id"]) is None
    stage.get("/v1/monitors", token=made["token"])
    first = text(stage.now)
    for minutes, noted in ((0, first), (30, first), (30, first), (1, None)):
        stage.pass_time(minutes=minutes)
        stage.calls.made.clear()
        stage.get("/v1/monitors", token=made["token"])
        assert ("UpdateItem" in stage.calls.made) == (noted is None)
        assert last_used(stage, made["id"]) == (noted or text(stage.now))


def test_a_note_that_cannot_be_made_stops_nobody(stage: Stage) -> None:
    made = stage.post("/v1/api-tokens", {"name": "CI"})

    def refuse(_count: int, name: str) -> None:
        if name == "UpdateItem":
            raise refusal(name)

    stage.calls.before = refuse
    assert stage.call("GET", "/v1/monitors", token=made["token"]).status == 200


def test_a_token_revoked_while_it_is_being_used_is_refused(stage: Stage) -> None:
    made = stage.post("/v1/api-tokens", {"name": "CI"})
    (token,) = (each for each in stage.backend.tokens.list() if each.token_id == made["id"])
    stage.calls.before = lambda _count, name: (
        stage.mesh.dynamodb.delete_item(
            TableName=stage.mesh.tables["directory"],
            Key={"kind": {"S": "api_token"}, "id": {"S": token.secret_hash}},
        )
        and None
        if name == "UpdateItem"
        else None
    )
    assert stage.call("GET", "/v1/monitors", token=made["token"]).status == 401


def test_pages_of_tokens_join(stage: Stage) -> None:
    for _ in range(3):
        stage.post("/v1/api-tokens", {"name": "CI"})
    whole = [each["id"] for each in stage.get("/v1/api-tokens")["items"]]
    first = stage.get("/v1/api-tokens?limit=4")
    second = stage.get(f"/v1/api-tokens?limit=4&cursor={first['next_cursor']}")
    assert [each["id"] for each in first["items"] + second["items"]] == whole
    assert len(whole) == 6


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "a", "scope": "root"}, {"name": "a", "scope": None}]
)
def test_a_token_has_a_name_and_a_scope_that_exists(stage: Stage, body: object) -> None:
    assert stage.call("POST", "/v1/api-tokens", body).status == 422


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic abc", "smk_admin-tests", "Bearer smk_", "Tok smk_admin-tests",
     "Bearer smk_admin-tests extra", "Bearer Bearer smk_admin-tests", "Bearer smk_ädmin"],
)  # fmt: skip
def test_a_header_that_carries_no_token_is_refused(stage: Stage, header: str) -> None:
    assert stage.tokens[Scope.ADMIN] == "smk_admin-tests"
    answer = stage.call("GET", "/v1/monitors", token=None, headers={"Authorization": header})
    assert answer.status == 401


def test_the_word_bearer_and_names_of_headers_may_be_written_in_any_case(stage: Stage) -> None:
    token = stage.tokens[Scope.READ]
    for name, value in (
        ("AUTHORIZATION", f"BEARER {token}"),
        ("authorization", f"bearer  {token}"),
    ):
        assert stage.call("GET", "/v1/monitors", token=None, headers={name: value}).status == 200


def test_the_clock_may_stand_behind_the_last_use(stage: Stage) -> None:
    token = stage.add_token(Scope.READ, "late")
    stage.now -= timedelta(days=1)
    assert stage.call("GET", "/v1/monitors", token=token).status == 200
