"""Writes that carry an Idempotency-Key are carried out once and answered alike every time."""

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus

from functions.api.problems import Problem
from functions.api.route import Answer, Request, Route
from sentinelmesh.errors import AlreadyExists

MOST_KEY = 200
# Answers that show a secret once are not kept: a repeated request is told so.
SHOWN_ONCE = frozenset({"/v1/session", "/v1/api-tokens", "/v1/channels"})


def once(route: Route, request: Request, path: str, run: Callable[[], Answer]) -> Answer:
    """Carry out a request, or repeat the answer that it got before.

    Raises:
        Problem: 409 while the first is under way, 422 when the key was used for something else.
    """
    key = request.headers.get("idempotency-key")
    if key is None or route.method == "GET" or route.scope is None:
        return run()
    if not key or len(key) > MOST_KEY:
        raise Problem(HTTPStatus.BAD_REQUEST, f"Idempotency-Key has 1 to {MOST_KEY} characters.")
    key = hashlib.sha256(f"{request.caller.name}\0{key}".encode()).hexdigest()
    written = json.dumps(request.raw_body, sort_keys=True)
    fingerprint = hashlib.sha256(f"{route.method} {path}\0{written}".encode()).hexdigest()
    kept, now = request.backend.idempotency, request.backend.clock()
    try:
        kept.begin(key, fingerprint, now)
    except AlreadyExists:
        return _repeated(request, key, fingerprint)
    try:
        answer = run()
    except BaseException:
        kept.abandon(key)
        raise
    body = None if route.path in SHOWN_ONCE else answer.body
    kept.finish(key, fingerprint, now, int(answer.status), json.dumps(body))
    return answer


def _repeated(request: Request, key: str, fingerprint: str) -> Answer:
    before = request.backend.idempotency.find(key)
    if before is None or not before.status:
        raise Problem(HTTPStatus.CONFLICT, "A request with this Idempotency-Key is under way.")
    if before.fingerprint != fingerprint:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for another request; take a new one.",
        )
    body = json.loads(before.body)
    if body is None and before.status == HTTPStatus.CREATED:
        raise Problem(
            HTTPStatus.CONFLICT,
            "This was created by an earlier request; what is shown once cannot be repeated.",
        )
    return Answer(
        body=body, status=HTTPStatus(before.status), headers={"Idempotency-Replayed": "true"}
    )
