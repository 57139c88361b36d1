"""Lists, page by page: a cursor is where the last page ended, opaque to the caller."""

import base64
import binascii
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from functions.api.problems import Problem

MOST_ITEMS = 200


class PageQuery(BaseModel):
    """What every list takes."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MOST_ITEMS, description="items per page")
    cursor: str | None = Field(
        None, max_length=1000, description="`next_cursor` of the page before"
    )


def page(items: Sequence[Any], next_key: str | None) -> dict[str, Any]:
    """Write a page."""
    return {"items": list(items), "next_cursor": encode(next_key) if next_key else None}


def encode(key: str) -> str:
    """Wrap a key.

    >>> decode(encode("mon_1"))
    'mon_1'
    """
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode(cursor: str | None) -> str | None:
    """Unwrap a cursor.

    Raises:
        Problem: 400, it is none of ours.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "cursor: take it from `next_cursor` of the page before."
        ) from error
