"""Finding routes: by method and path, with ids and nothing else as parameters."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.http.problem import Problem
from functions.api.http.route import Answer, Request, Route
from functions.api.http.router import Router
from tests.unit.api.refusing import status_of


def nothing(_request: Request) -> Answer:
    return Answer()


def route(method: str, path: str) -> Route:
    return Route(method=method, path=path, summary=path, handler=nothing, scope=None)


ROUTER = Router(
    [
        route("GET", "/"),
        route("GET", "/v1/things"),
        route("POST", "/v1/things"),
        route("GET", "/v1/things/<thing_id>"),
        route("GET", "/v1/things/<thing_id>/parts.csv"),
        route("DELETE", "/v1/things/<thing_id>/parts/<part_id>"),
    ]
)


@dataclass(frozen=True)
class Refusal:
    status: int
    allowed: str | None


def refusal(method: str, path: str) -> Refusal:
    with pytest.raises(Problem) as refused:
        ROUTER.find(method, path)
    return Refusal(refused.value.status, (refused.value.headers or {}).get("Allow"))


@pytest.mark.parametrize(
    ("method", "path", "found", "parameters"),
    [
        ("GET", "/", "/", {}),
        ("GET", "/v1/things", "/v1/things", {}),
        ("GET", "/v1/things/", "/v1/things", {}),
        ("HEAD", "/v1/things", "/v1/things", {}),
        ("GET", "/v1/things/a-1", "/v1/things/<thing_id>", {"thing_id": "a-1"}),
        ("GET", "/v1/things/ann%40b.c", "/v1/things/<thing_id>", {"thing_id": "ann@b.c"}),
        ("GET", "/v1/things/a/parts.csv", "/v1/things/<thing_id>/parts.csv", {"thing_id": "a"}),
        (
            "DELETE",
            "/v1/things/a/parts/b",
            "/v1/things/<thing_id>/parts/<part_id>",
            {"thing_id": "a", "part_id": "b"},
        ),
    ],
)
def test_a_route_is_found(method: str, path: str, found: str, parameters: dict[str, str]) -> None:
    route, given_parameters = ROUTER.find(method, path)
    assert (route.path, given_parameters) == (found, parameters)


def test_another_method_of_a_known_address_is_told_which_it_takes() -> None:
    assert refusal("PUT", "/v1/things") == Refusal(405, "GET, HEAD, POST")
    assert refusal("GET", "/v1/things/a/parts/b") == Refusal(405, "DELETE")
    assert refusal("HEAD", "/v1/things/a/parts/b") == Refusal(405, "DELETE")
    assert refusal("BREW", "/") == Refusal(405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    ["v1/things", "//v1/things", "/v1//things", "/v1/things//", "/V1/things", "/v1/things/a/b/c",
     "/v1/things/<thing_id>", "/v1/things/a%2Fparts.csv", "/v1/things/%2e%2e", "/v1/things/ä",
     "/v1/things/a%00", "/v1/things/" + "a" * 129],
)  # fmt: skip
def test_what_is_no_address_is_not_found(path: str) -> None:
    assert refusal("GET", path) == Refusal(404, None)


@given(st.text(), st.text())
def test_any_request_is_found_or_refused(method: str, path: str) -> None:
    assert status_of(lambda: ROUTER.find(method, path)) in {None, 404, 405}
