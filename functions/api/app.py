"""From an API Gateway event to an answer: routing, rights, checking, errors."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from functions.api.auth.authentication import authenticate, with_email
from functions.api.backend import Backend
from functions.api.http import idempotency
from functions.api.http.error_mapping import problem_of
from functions.api.http.event import Incoming, read_event, refuse_repeated
from functions.api.http.parsing import read_json, read_text, validate, validate_query
from functions.api.http.problem import CONTENT_TYPE, Problem
from functions.api.http.route import NOBODY, Answer, Caller, Request, Route
from functions.api.http.router import Router
from sentinelmesh.domain.access.scopes import includes
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.dynamodb.error_translation import translate_errors

# Lambda takes 6 MB of answer, written as JSON once more.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_ANSWER_BYTES = 4_500_000
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class App:
    """The API over a backend; it keeps nothing of a request, so requests may overlap."""

    def __init__(self, backend: Backend, routes: Sequence[Route]) -> None:
        self._backend = backend
        self._router = Router(routes)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one event; nothing that it contains makes this fail."""
        incoming = read_event(event)
        try:
            refuse_repeated(event)
            return _to_response(self._run(incoming), incoming)
        except Exception as error:  # noqa: BLE001 (the last line of defence: no stack trace leaves)
            problem = problem_of(error, incoming.request_id)
            return _to_response(_problem(problem, incoming.request_id), incoming)

    def _run(self, incoming: Incoming) -> Answer:
        route, path = self._router.find(incoming.method, incoming.path)
        # Whatever AWS service does not answer, the caller's remedy is to try again.
        with translate_errors(StaleState, f"{route.method} {route.path}"):
            request = self._request(route, path, incoming)
            return idempotency.once(route, request)

    def _request(self, route: Route, path: Mapping[str, str], incoming: Incoming) -> Request:
        """Check a request as far as the table of routes says how."""
        caller = self._caller(route, incoming)
        raw = None
        if route.body is not None:
            raw = read_json(
                incoming.body,
                encoded=incoming.encoded,
                content_type=incoming.headers.get("content-type", ""),
            )
        return Request(
            backend=self._backend,
            caller=caller,
            id=incoming.request_id,
            address=incoming.path,
            path=path,
            method=incoming.method,
            body=validate(route.body, raw) if route.body and not route.merges else None,
            raw_body=raw,
            text=read_text(incoming.body, encoded=incoming.encoded) if route.takes_text else "",
            query=validate_query(route.query, incoming.query) if route.query else None,
            headers=incoming.headers,
        )

    def _caller(self, route: Route, incoming: Incoming) -> Caller:
        if route.scope is None:
            return NOBODY
        caller = authenticate(self._backend, incoming.headers.get("authorization"))
        if not includes(caller.scope, route.scope):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                f"This needs the scope {route.scope}; yours is {caller.scope}.",
            )
        return caller if route.method == "GET" else with_email(self._backend, caller)


def _problem(problem: Problem, request_id: str) -> Answer:
    return Answer(
        body=problem.body(request_id),
        status=problem.status,
        headers=problem.headers or {},
        content_type=CONTENT_TYPE,
    )


def _to_response(answer: Answer, incoming: Incoming) -> dict[str, Any]:
    """Write an answer as API Gateway takes it.

    Raises:
        Problem: 400, it is more than can be sent.
    """
    text = answer.body
    if answer.content_type.endswith("json"):
        text = "" if answer.body is None else json.dumps(answer.body)
    if len(text.encode()) > MAX_ANSWER_BYTES:
        raise Problem(HTTPStatus.BAD_REQUEST, "That is too much at once; ask with a lower ?limit=.")
    content = {"Content-Type": answer.content_type} if text else {}
    return {
        "statusCode": int(answer.status),
        "headers": {**HEADERS, **content, "X-Request-Id": incoming.request_id, **answer.headers},
        "body": "" if incoming.method == "HEAD" else text,
        "isBase64Encoded": False,
    }
