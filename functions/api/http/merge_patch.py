"""JSON merge patches (RFC 7396) and the ETags that guard them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from functions.api.http.problem import Problem
from functions.api.http.route import Request


def apply_patch(target: Any, patch: Any) -> Any:
    """Apply a merge patch.

    >>> apply_patch({"a": 1, "b": {"c": 2}}, {"a": None, "b": {"d": 3}})
    {'b': {'c': 2, 'd': 3}}
    """
    if not isinstance(patch, Mapping):
        return patch
    base = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            base.pop(name, None)
        else:
            base[name] = apply_patch(base.get(name), value)
    return base


def etag(revision: int) -> str:
    """Write the ETag of a revision."""
    return f'"{revision}"'


def check_match(request: Request, revision: int) -> None:
    """Refuse an edit on top of a revision that its author has not seen.

    Raises:
        Problem: 412.
    """
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag(revision) not in [each.strip().removeprefix("W/") for each in wanted.split(",")]:
        raise Problem(
            HTTPStatus.PRECONDITION_FAILED,
            f"This is at revision {revision} now; read it again and repeat the change.",
        )


def patch_of(request: Request) -> Mapping[str, Any]:
    """Return the patch of a request.

    Raises:
        Problem: 422, it is no object.
    """
    if not isinstance(request.raw_body, Mapping):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A merge patch is a JSON object.")
    return request.raw_body
