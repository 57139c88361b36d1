"""People: invited, given roles, removed; what they were signed in as ends at once."""

from collections.abc import Iterator

import pytest

from sentinelmesh.domain.access.scopes import Role
from tests.integration.api.people import add_person, open_pool, token_of
from tests.integration.api.stage import Stage, api_stage
from tests.support.calls import refusal

ANN, BOB = "ann@shop.example", "bob@shop.example"


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A mesh with a user pool and one administrator."""
    with api_stage() as made:
        open_pool(made)
        add_person(made, ANN, Role.ADMIN)
        yield made


def test_everybody_is_listed_with_role_and_standing(stage: Stage) -> None:
    add_person(stage, BOB, None)
    stage.post("/v1/users", {"email": "New@Shop.example"})
    seen = stage.get("/v1/users")["items"]
    assert {each["email"]: (each["role"], each["status"]) for each in seen} == {
        ANN: ("admin", "active"),
        BOB: (None, "active"),
        "new@shop.example": ("viewer", "invited"),
    }


def test_an_invitation_names_the_person_and_the_role(stage: Stage) -> None:
    made = stage.call("POST", "/v1/users", {"email": BOB, "role": "editor"})
    assert made.status == 201
    assert (made.body["email"], made.body["role"], made.body["status"]) == (
        BOB,
        "editor",
        "invited",
    )
    assert made.headers["location"] == f"/v1/users/{made.body['id']}"
    again = stage.call("POST", "/v1/users", {"email": BOB.upper()})
    assert again.status == 409
    assert "account already" in again.body["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"email": "bob"}, {"email": BOB, "role": "owner"}, {"email": f"{BOB}\n{ANN}"}]
)
def test_an_odd_invitation_is_refused(stage: Stage, body: object) -> None:
    assert stage.call("POST", "/v1/users", body).status == 422


def test_a_new_role_counts_at_once(stage: Stage) -> None:
    bob = add_person(stage, BOB, Role.EDITOR)
    old = token_of(stage, BOB)
    stage.pass_time(seconds=2)
    changed = stage.call("PATCH", f"/v1/users/{bob}", {"role": "viewer"})
    assert (changed.status, changed.body["role"]) == (200, "viewer")
    assert stage.call("GET", "/v1/monitors", token=old).status == 401
    groups = stage.mesh.client("cognito-idp").admin_list_groups_for_user(
        UserPoolId=stage.settings.user_pool_id, Username=bob
    )["Groups"]
    assert [group["GroupName"] for group in groups] == ["viewer"]


def test_who_was_removed_is_out_at_once(stage: Stage) -> None:
    bob = add_person(stage, BOB, Role.EDITOR)
    old = token_of(stage, BOB)
    stage.pass_time(seconds=2)
    assert stage.call("DELETE", f"/v1/users/{bob}").status == 204
    assert stage.call("GET", "/v1/monitors", token=old).status == 401
    assert [each["email"] for each in stage.get("/v1/users")["items"]] == [ANN]
    assert stage.call("DELETE", f"/v1/users/{bob}").status == 404


def test_the_last_administrator_stays(stage: Stage) -> None:
    (ann,) = (each["id"] for each in stage.get("/v1/users")["items"])
    address = f"/v1/users/{ann}"
    for answer in (
        stage.call("DELETE", address),
        stage.call("PATCH", address, {"role": "editor"}),
    ):
        assert answer.status == 409
        assert "last administrator" in answer.body["detail"]
    assert stage.call("PATCH", address, {"role": "admin"}).status == 200
    add_person(stage, BOB, Role.ADMIN)
    assert stage.call("DELETE", address).status == 204


def test_an_overworked_user_pool_is_a_503(stage: Stage) -> None:
    def refuse(_count: int, name: str) -> None:
        if name.startswith(("List", "Admin")):
            raise refusal(name, "TooManyRequestsException")

    stage.calls.before = refuse
    assert stage.call("GET", "/v1/users").status == 503
    assert stage.call("POST", "/v1/users", {"email": BOB}).status == 503


def test_pages_of_people_join_and_cost_four_requests(stage: Stage) -> None:
    for number in range(3):
        add_person(stage, f"p{number}@shop.example", Role.VIEWER)
    whole = stage.get("/v1/users")["items"]
    stage.calls.made.clear()
    first = stage.get("/v1/users?limit=3")
    assert [name for name in stage.calls.made if name.startswith("List")] == [
        *["ListUsersInGroup"] * 3,
        "ListUsers",
    ]
    second = stage.get(f"/v1/users?limit=3&cursor={first['next_cursor']}")
    assert first["items"] + second["items"] == whole
