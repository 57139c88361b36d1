"""Writes that carry an Idempotency-Key are carried out once and answered alike every time.

A request that failed frees its key at once; one that died holds it for a minute. Then the next try
takes it over. Ids of new things derive from a seed that is kept with the key, so that try finds
what the first one made instead of making it twice; changes and deletions are the same twice as
once. Only a note beside an incident may then stand there twice.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from functions.api.http.ids import new_seed
from functions.api.http.problem import Problem
from functions.api.http.route import Answer, Request, Route
from sentinelmesh.errors import AlreadyExists, MeshError
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory.idempotency import KEPT, KeptAnswer

MAX_KEY = 200


def once(route: Route, request: Request) -> Answer:
    """Carry out a request, or repeat the answer that it got before.

    Cost: two writes for a request that carries a key, none for others.

    Raises:
        Problem: 409 while the first is under way, 422 when the key was used for something else.
    """
    given = request.headers.get("idempotency-key")
    if given is None or route.method == "GET" or route.scope is None:
        return route.handler(request)
    if not 0 < len(given) <= MAX_KEY:
        raise Problem(HTTPStatus.BAD_REQUEST, f"Idempotency-Key has 1 to {MAX_KEY} characters.")
    key = _hash(request.caller.id, given)
    # With the key in it, which is stored nowhere, the hash cannot be tried out on short secrets.
    fingerprint = _hash(
        given, route.method, request.address, json.dumps(request.raw_body, sort_keys=True)
    )
    now = request.backend.clock()
    try:
        seed = request.backend.idempotency.begin(key, fingerprint, new_seed(), now)
    except AlreadyExists:
        return _repeat_answer(request, key, fingerprint)
    try:
        answer = route.handler(replace(request, seed=seed))
    except Exception:
        _quietly(lambda: request.backend.idempotency.release(key, fingerprint, seed, now))
        raise
    _quietly(lambda: _keep(request, key, fingerprint, answer))
    return answer


def _keep(request: Request, key: str, fingerprint: str, answer: Answer) -> None:
    now = request.backend.clock()
    shown = answer.body if answer.replay is None else answer.replay
    kept = KeptAnswer(
        fingerprint=fingerprint,
        seed="",
        until=now + KEPT,
        status=int(answer.status),
        body=json.dumps(shown, ensure_ascii=False),
        headers=dict(answer.headers),
    )
    request.backend.idempotency.finish(key, kept, now)


def _repeat_answer(request: Request, key: str, fingerprint: str) -> Answer:
    before = request.backend.idempotency.find(key)
    if before is not None and before.fingerprint != fingerprint:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for another request; take a new one.",
        )
    if before is None or not before.status:
        raise Problem(HTTPStatus.CONFLICT, "A request with this Idempotency-Key is under way.")
    return Answer(
        body=json.loads(before.body),
        status=HTTPStatus(before.status),
        headers={**before.headers, "Idempotency-Replayed": "true"},
    )


def _quietly(keep: Callable[[], Any]) -> None:
    """Do the bookkeeping; its failure changes nothing about what was done and is answered."""
    try:
        keep()
    except (MeshError, ClientError):
        logger().exception("idempotency_unrecorded")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
