"""Finding the route of a request: the table of routes, looked up step by step."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from functions.api.http.ids import IDENTIFIER
from functions.api.http.problem import Problem
from functions.api.http.route import Route

MAX_SHOWN = 200


class Router:
    """Routes by method and path."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(route.path.split("/"), route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """Find a route and the parameters of its path; HEAD goes where GET goes.

        Raises:
            Problem: 404, or 405 with the methods that the address takes.
        """
        wanted = "GET" if method == "HEAD" else method
        given = (path.removesuffix("/") or "/").split("/")
        allowed: set[str] = set()
        for steps, route in self._routes:
            parameters = _parameters(steps, given)
            if parameters is None:
                continue
            if route.method == wanted:
                return route, parameters
            allowed.add(route.method)
        raise _build_not_routed(path, sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))


def _parameters(steps: Sequence[str], given: Sequence[str]) -> dict[str, str] | None:
    """Match a path, step by step; None if it is another route's."""
    if len(steps) != len(given):
        return None
    found = {}
    for step, part in zip(steps, given, strict=True):
        if step.startswith("<"):
            value = unquote(part)
            if not IDENTIFIER.fullmatch(value):
                return None
            found[step[1:-1]] = value
        elif step != part:
            return None
    return found


def _build_not_routed(path: str, allowed: Sequence[str]) -> Problem:
    if allowed:
        methods = ", ".join(allowed)
        return Problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"This address takes {methods}.",
            headers={"Allow": methods},
        )
    text = f"There is nothing at {path[:MAX_SHOWN]}; /docs lists all addresses."
    return Problem(HTTPStatus.NOT_FOUND, text)
