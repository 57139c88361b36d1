"""What the API answers to mistakes: a sentence that helps, never a stack trace."""

import pytest

from tests.scenes.client import Mesh

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

GOOD = {"name": "Shop", "kind": "http", "target": "https://shop.example/"}

MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "an unknown field": ({"intervall": 60}, "intervall"),
    "an interval that does not exist": ({"interval_seconds": 7}, "10, 20, 30, 60"),
    "a target that is no web address": ({"target": "ftp://x"}, "http"),
    "a region that does not exist": ({"regions": ["mars-north-1"]}, "eu-west-1"),
    "a timeout longer than the interval": (
        {"interval_seconds": 10, "timeout_ms": 20000},
        "interval",
    ),
    "more votes than regions": ({"verification": {"quorum": 9}}, "3"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_a_sentence_that_helps(mesh: Mesh, mistake: str) -> None:
    fields, hint = MISTAKES[mistake]
    answer = mesh.call("POST", "/v1/monitors", {**GOOD, **fields})
    assert 400 <= answer.status < 500, answer
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.body["request_id"]
    assert hint in answer.text
    assert "Traceback" not in answer.text


def test_broken_json_is_named_as_such(mesh: Mesh) -> None:
    answer = mesh.call("POST", "/v1/monitors", raw=b'{"name": ')
    assert answer.status == 400
    assert "JSON" in answer.body["detail"]


def test_a_huge_body_is_refused(mesh: Mesh) -> None:
    answer = mesh.call("POST", "/v1/monitors", raw=b'{"name": "' + b"x" * 1_000_000 + b'"}')
    assert answer.status == 413
    assert answer.body["detail"]


def test_nobody_gets_in_without_a_token(mesh: Mesh) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer smk_wrong"}):
        answer = mesh.call("GET", "/v1/monitors", headers=headers)
        assert answer.status == 401
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_person_can_sign_in(mesh: Mesh) -> None:
    credentials = {"email": mesh.run["email"], "password": mesh.run["password"]}
    session = mesh.post("/v1/session", credentials)
    assert session["token_type"] == "Bearer"
    answer = mesh.call(
        "GET", "/v1/monitors", headers={"Authorization": f"Bearer {session['access_token']}"}
    )
    assert answer.status == 200
    wrong = mesh.call("POST", "/v1/session", {**credentials, "password": "wrong"})
    unknown = mesh.call("POST", "/v1/session", {**credentials, "email": "nobody@shop.example"})
    assert wrong.status == unknown.status == 401
    assert wrong.body["detail"] == unknown.body["detail"]
