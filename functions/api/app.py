"""From an API Gateway event to an answer: routing, rights, checking, errors."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from functions.api import idempotency
from functions.api.authentication import authenticate
from functions.api.backend import Backend
from functions.api.parsing import read_json, validated, validated_query
from functions.api.problems import CONTENT_TYPE, Problem
from functions.api.route import Answer, Caller, Request, Route
from sentinelmesh.domain.access import Scope, includes
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState, StoreUnavailable
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretsUnavailable

NOBODY = Caller(name="nobody", scope=Scope.READ)
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class App:
    """The API over a backend."""

    def __init__(self, backend: Backend, routes: Sequence[Route]) -> None:
        self._backend = backend
        self._routes = routes
        self._resolver = APIGatewayRestResolver()
        for route in routes:
            self._resolver.route(route.path, method=[route.method])(self._entry(route))
        self._resolver.not_found(self._unrouted)

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one event."""
        answered: dict[str, Any] = self._resolver.resolve(event, context)
        return answered

    def _entry(self, route: Route) -> Callable[..., Response[Any]]:
        def entry(**path: str) -> Response[Any]:
            return self._guarded(lambda: self._run(route, path))

        return entry

    def _guarded(self, run: Callable[[], Answer]) -> Response[Any]:
        """Turn whatever happens into an answer; our own faults say nothing about themselves."""
        try:
            return self._response(run())
        except Problem as problem:
            return self._problem(problem)
        except (StoreUnavailable, SecretsUnavailable):
            logger().exception("store_unavailable")
            return self._problem(
                Problem(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "The store did not answer; try again in a moment.",
                    headers={"Retry-After": "2"},
                )
            )
        except (StaleState, AlreadyExists):
            return self._problem(
                Problem(HTTPStatus.CONFLICT, "Somebody changed this at the same time; read again.")
            )
        except NotFound:
            return self._problem(Problem(HTTPStatus.NOT_FOUND, "There is no such thing any more."))
        except Exception:  # noqa: BLE001 (the last line of defence: no stack trace leaves)
            logger().exception("request_broke")
            return self._problem(
                Problem(
                    HTTPStatus.INTERNAL_SERVER_ERROR,
                    "This is our fault; the log has it under this request_id.",
                )
            )

    def _run(self, route: Route, path: Mapping[str, str]) -> Answer:
        event = self._resolver.current_event
        headers = {name.lower(): value for name, value in (event.headers or {}).items()}
        caller = NOBODY
        if route.scope is not None:
            caller = authenticate(self._backend, headers.get("authorization"))
            _allow(caller, route)
        raw = None
        if route.body is not None:
            raw = read_json(
                event.body,
                encoded=bool(event.get("isBase64Encoded")),
                content_type=headers.get("content-type", ""),
            )
        body = validated(route.body, raw) if route.body and not route.merges else None
        query = None
        if route.query is not None:
            query = validated_query(route.query, event.query_string_parameters or {})
        request = Request(
            backend=self._backend,
            caller=caller,
            path=path,
            body=body,
            raw_body=raw,
            query=query,
            headers=headers,
        )
        return idempotency.once(route, request, event.path, lambda: route.handler(request))

    def _unrouted(self, _error: Exception) -> Response[Any]:
        """Tell an unknown address from a method that an address does not take."""
        path = self._resolver.current_event.path
        allowed = sorted({route.method for route in self._routes if _matches(route.path, path)})
        if allowed:
            return self._problem(
                Problem(
                    HTTPStatus.METHOD_NOT_ALLOWED,
                    f"This address takes {', '.join(allowed)}.",
                    headers={"Allow": ", ".join(allowed)},
                )
            )
        text = f"There is nothing at {path[:200]}; /docs lists all addresses."
        return self._problem(Problem(HTTPStatus.NOT_FOUND, text))

    def _request_id(self) -> str:
        request_id = self._resolver.current_event.request_context.request_id
        return str(request_id or "local")

    def _response(self, answer: Answer) -> Response[Any]:
        body = answer.body
        if answer.content_type.endswith("json"):
            body = None if body is None else json.dumps(body)
        return Response(
            status_code=int(answer.status),
            content_type=answer.content_type,
            body=body if body is not None else "",
            headers={
                **SECURITY_HEADERS,
                "X-Request-Id": self._request_id(),
                **answer.headers,
            },
        )

    def _problem(self, problem: Problem) -> Response[Any]:
        return self._response(
            Answer(
                body=problem.body(self._request_id()),
                status=problem.status,
                headers=problem.headers or {},
                content_type=CONTENT_TYPE,
            )
        )


def _allow(caller: Caller, route: Route) -> None:
    if route.scope is not None and not includes(caller.scope, route.scope):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"This needs the scope {route.scope}; yours is {caller.scope}.",
        )


def _matches(template: str, path: str) -> bool:
    steps, given = template.split("/"), path.split("/")
    return len(steps) == len(given) and all(
        step.startswith("<") or step == part for step, part in zip(steps, given, strict=True)
    )
