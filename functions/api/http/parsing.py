"""Bodies and queries, checked by their models; every mistake gets a pointer and a sentence."""

import base64
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.api.http.problem import Problem

M = TypeVar("M", bound=BaseModel)
MAX_BODY_BYTES = 65_536
MAX_DEPTH = 20
MAX_MISTAKES = 50
# How the library marks that the name of a field is wrong, not its value.
KEY = "[key]"
SENTENCES = {
    "extra_forbidden": "there is no such field; check its spelling",
    "missing": "this field is needed",
    "model_type": "a JSON object is needed here",
    "dict_type": "a JSON object is needed here",
    "string_unicode": "this text contains half a character",
}


def read_json(body: str | None, *, encoded: bool, content_type: str) -> Any:
    """Read a body.

    Raises:
        Problem: 400 broken JSON, 413 too big, 415 not JSON.
    """
    raw = _decode_body(body or "", encoded=encoded)
    if len(raw) > MAX_BODY_BYTES:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body has {len(raw)} bytes; at most {MAX_BODY_BYTES} are taken.",
        )
    if not raw:
        return {}
    media = content_type.split(";", 1)[0].strip().lower()
    if media not in {"application/json", "application/merge-patch+json"}:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type: application/json."
        )
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {error}.") from error
    if _depth(value) > MAX_DEPTH:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is nested too deeply.")
    return value


def read_text(body: str | None, *, encoded: bool) -> str:
    """Read a body of any kind as text, whatever is in it.

    Raises:
        Problem: 400, its packing is broken.
    """
    return _decode_body(body or "", encoded=encoded).decode(errors="replace")


def _refuse_constant(name: str) -> Any:
    """Refuse what Python reads and JSON does not know: NaN and Infinity.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{name} is no JSON value")


def _depth(value: Any) -> int:
    """Measure the nesting, layer by layer: a recursion would fall into the trap it looks for."""
    depth, layer = 0, [value]
    while layer and depth <= MAX_DEPTH:
        depth += 1
        layer = [inner for each in layer for inner in _children(each)]
    return depth


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _decode_body(body: str, *, encoded: bool) -> bytes:
    try:
        return base64.b64decode(body, validate=True) if encoded else body.encode(errors="replace")
    except ValueError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not readable.") from error


def validate(model: type[M], value: Any) -> M:
    """Check a value.

    Raises:
        Problem: 422 with each mistake, up to a number that helps.
    """
    try:
        return model.model_validate(value)
    except ValidationError as mistakes:
        errors = [
            {"pointer": pointer(value, mistake["loc"]), "detail": sentence(mistake)}
            for mistake in mistakes.errors(include_url=False)[:MAX_MISTAKES]
        ]
    first = errors[0]
    place = first["pointer"].lstrip("/").replace("/", ".")
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{place}: {first['detail']}" if place else first["detail"],
        errors=errors,
    )


def validate_query(model: type[M], query: Mapping[str, str]) -> M:
    """Check a query; its mistakes are the request's, so the status is 400.

    Raises:
        Problem: 400 with each mistake.
    """
    try:
        return validate(model, dict(query))
    except Problem as problem:
        raise Problem(HTTPStatus.BAD_REQUEST, problem.detail, problem.errors) from problem


def pointer(value: Any, place: Iterable[int | str]) -> str:
    """Write the place of a mistake in a value as a JSON pointer (RFC 6901).

    The library's places also name the branch of a union that was tried; the caller sent none.

    >>> pointer({"items": [{"a/b": 1}]}, ("items", 0, "a/b", "str"))
    '/items/0/a~1b'
    >>> pointer({"auth": {"kind": "basic"}}, ("auth", "basic", "password"))
    '/auth/password'
    """
    written = ""
    steps = [step for step in place if step != KEY]
    for count, step in enumerate(steps, start=1):
        if not isinstance(value, dict if isinstance(step, str) else list):
            continue
        # A field that is missing is the last step; what is missing before was a branch.
        if isinstance(value, dict) and step not in value and count < len(steps):
            continue
        written += f"/{str(step).replace('~', '~0').replace('/', '~1')}"
        value = value.get(step) if isinstance(value, dict) else value[int(step)]
    return written


def sentence(mistake: Mapping[str, Any]) -> str:
    """Return what is wrong in words that need no knowledge of the library."""
    known = SENTENCES.get(mistake["type"])
    if known is not None:
        return known
    text = str(mistake["msg"]).removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
