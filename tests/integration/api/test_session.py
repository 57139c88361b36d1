"""Signing in with mail address and password."""

from collections.abc import Iterator

import pytest

from sentinelmesh.domain.access.scopes import Role
from tests.integration.api.people import PASSWORD, add_person, open_pool, sign_in, token_of
from tests.integration.api.stage import Stage, api_stage
from tests.support.calls import refusal

ANN = "ann@shop.example"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One mesh with a user pool."""
    with api_stage() as made:
        open_pool(made)
        add_person(made, ANN, Role.EDITOR)
        yield made


def test_a_session_is_a_bearer_token_with_an_end(stage: Stage) -> None:
    session = sign_in(stage, ANN)
    assert session.status == 200
    assert session.body == {
        "access_token": session.body["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    assert stage.call("GET", "/v1/monitors", token=session.body["access_token"]).status == 200


def test_nobody_learns_whether_address_or_password_was_wrong(stage: Stage) -> None:
    wrong = [sign_in(stage, ANN, "wrong"), sign_in(stage, "nobody@shop.example")]
    assert {answer.status for answer in wrong} == {401}
    assert len({answer.body["detail"] for answer in wrong}) == 1


@pytest.mark.parametrize("body", [{}, {"email": ANN}, {"email": "", "password": "x"},
                                  {"email": ANN, "password": 5}])  # fmt: skip
def test_half_a_pair_is_refused(stage: Stage, body: object) -> None:
    assert stage.call("POST", "/v1/session", body, token=None).status == 422


def test_blanks_belong_to_a_password(stage: Stage) -> None:
    assert sign_in(stage, ANN, f" {PASSWORD} ").status == 401


def test_an_invitation_is_accepted_by_setting_a_password_of_ones_own(stage: Stage) -> None:
    client, pool = stage.mesh.client("cognito-idp"), stage.settings.user_pool_id
    email, first, own = "new@shop.example", "First-Pass-1!", "Own-Pass-22!x"
    client.admin_create_user(
        UserPoolId=pool,
        Username=email,
        UserAttributes=[{"Name": "email", "Value": email}],
        TemporaryPassword=first,
        MessageAction="SUPPRESS",
    )
    asked = sign_in(stage, email, first)
    assert asked.status == 403
    assert "new_password" in asked.body["detail"]
    weak = sign_in(stage, email, first, new_password="short")
    assert weak.status == 422, weak
    assert "/new_password" in weak.errors
    assert sign_in(stage, email, "wrong", new_password=own).status == 401
    assert sign_in(stage, email, first, new_password=own).status == 200
    assert sign_in(stage, email, own).status == 200
    assert sign_in(stage, email, first).status == 401


def test_too_many_attempts_are_told_as_such(stage: Stage) -> None:
    def refuse(_count: int, name: str) -> None:
        raise refusal(name, "TooManyRequestsException")

    stage.calls.before = refuse
    answer = sign_in(stage, ANN)
    stage.calls.before = None
    assert answer.status == 429


def test_a_pool_that_is_away_is_an_outage_and_no_refusal(stage: Stage) -> None:
    for code, status in (("InternalErrorException", 500), ("ThrottlingException", 503)):

        def refuse(_count: int, name: str, code: str = code) -> None:
            raise refusal(name, code, ResponseMetadata={"HTTPStatusCode": 400})

        stage.calls.before = refuse
        answer = sign_in(stage, ANN)
        stage.calls.before = None
        assert answer.status == status


def test_a_persons_writes_go_under_the_mail_address_asked_for_once(stage: Stage) -> None:
    token = token_of(stage, ANN)
    stage.calls.made.clear()
    for _ in range(2):
        stage.post(
            "/v1/channels",
            {"name": "Team", "kind": "email", "email": {"to": [ANN]}},
            token=token,
        )
    assert stage.calls.made.count("AdminGetUser") == 1
    newest = stage.get("/v1/audit-log?limit=1")["items"][0]
    assert newest["by"] == ANN
    assert newest["by_id"] != ANN


def test_a_name_that_cannot_be_had_stops_nobody(stage: Stage) -> None:
    add_person(stage, "bob@shop.example", Role.EDITOR)
    token = token_of(stage, "bob@shop.example")

    def refuse(_count: int, name: str) -> None:
        if name == "AdminGetUser":
            raise refusal(name, "InternalErrorException")

    stage.calls.before = refuse
    answer = stage.call(
        "POST",
        "/v1/channels",
        {"name": "Team", "kind": "email", "email": {"to": [ANN]}},
        token=token,
    )
    stage.calls.before = None
    assert answer.status == 201
