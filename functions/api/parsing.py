"""Bodies and queries, checked by their models; every mistake gets a pointer and a sentence."""

import base64
import binascii
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.api.problems import Problem

M = TypeVar("M", bound=BaseModel)
MOST_BODY_BYTES = 65_536


def read_json(body: str | None, *, encoded: bool, content_type: str) -> Any:
    """Read a body.

    Raises:
        Problem: 400 broken JSON, 413 too big, 415 not JSON.
    """
    raw = _decoded(body or "", encoded=encoded)
    if len(raw) > MOST_BODY_BYTES:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body has {len(raw)} bytes; at most {MOST_BODY_BYTES} are taken.",
        )
    if not raw:
        return {}
    media = content_type.split(";", 1)[0].strip().lower()
    if media not in {"application/json", "application/merge-patch+json"}:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type: application/json."
        )
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {error}.") from error


def _decoded(body: str, *, encoded: bool) -> bytes:
    if not encoded:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not readable.") from error


def validated(model: type[M], value: Any) -> M:
    """Check a value.

    Raises:
        Problem: 422 with each mistake.
    """
    try:
        return model.model_validate(value)
    except ValidationError as mistakes:
        errors = [
            {"pointer": pointer(mistake["loc"]), "detail": sentence(mistake)}
            for mistake in mistakes.errors(include_url=False)
        ]
        first = errors[0]
        place = first["pointer"].lstrip("/").replace("/", ".")
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{place}: {first['detail']}" if place else first["detail"],
            errors=errors,
        ) from mistakes


def validated_query(model: type[M], query: Mapping[str, str]) -> M:
    """Check a query; its mistakes are the request's, so the status is 400.

    Raises:
        Problem: 400 with each mistake.
    """
    try:
        return validated(model, dict(query))
    except Problem as problem:
        raise Problem(HTTPStatus.BAD_REQUEST, problem.detail, problem.errors) from problem


def pointer(place: tuple[int | str, ...]) -> str:
    """Write a place as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)


def sentence(mistake: Mapping[str, Any]) -> str:
    """Say what is wrong in words that need no knowledge of the library."""
    if mistake["type"] == "extra_forbidden":
        return "there is no such field; check its spelling"
    if mistake["type"] == "missing":
        return "this field is needed"
    text = str(mistake["msg"]).removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
