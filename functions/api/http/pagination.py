"""Lists, page by page: a cursor is where the last page ended, opaque to the caller."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import Field

from functions.api.http.problem import Problem
from functions.api.http.query import Query
from functions.api.http.route import Request

T = TypeVar("T")
MAX_ITEMS = 200
MARK_LENGTH = 8


class PageQuery(Query):
    """What every list takes."""

    limit: int = Field(50, ge=1, le=MAX_ITEMS, description="items per page")
    cursor: str | None = Field(
        None, max_length=1000, description="`next_cursor` of the page before"
    )


def page(request: Request, items: Sequence[Any], next_key: str | None) -> dict[str, Any]:
    """Write a page."""
    cursor = encode(request.address, next_key) if next_key else None
    return {"items": list(items), "next_cursor": cursor}


def cursor_of(request: Request) -> str | None:
    """Read where the page before ended; None for the first page.

    Raises:
        Problem: 400, the cursor is not one of this list.
    """
    cursor: str | None = request.query.cursor
    return None if cursor is None else decode(request.address, cursor)


def paginate(
    request: Request, everything: Sequence[T], key: Callable[[T], str], show: Callable[[T], Any]
) -> dict[str, Any]:
    """Cut a page out of a list that is short enough to be read as a whole."""
    after = cursor_of(request) or ""
    left = [each for each in sorted(everything, key=key) if key(each) > after]
    taken = left[: request.query.limit]
    last = key(taken[-1]) if len(left) > len(taken) else None
    return page(request, [show(each) for each in taken], last)


def encode(address: str, key: str) -> str:
    """Wrap a key, with a mark that tells whether it came back whole and to its own list.

    >>> decode("/v1/monitors", encode("/v1/monitors", "mon_1"))
    'mon_1'
    """
    text = _mark(address, key) + key
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(address: str, cursor: str) -> str:
    """Unwrap a cursor.

    Raises:
        Problem: 400, it is none of ours, or of another list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError:
        text = ""
    mark, key = text[:MARK_LENGTH], text[MARK_LENGTH:]
    if mark != _mark(address, key):
        raise foreign_cursor()
    return key


def foreign_cursor() -> Problem:
    """Refuse a cursor."""
    return Problem(
        HTTPStatus.BAD_REQUEST, "cursor: take it from `next_cursor` of the page before, as it is."
    )


def _mark(address: str, key: str) -> str:
    return hashlib.sha256(f"{address}?{key}".encode()).hexdigest()[:MARK_LENGTH]
