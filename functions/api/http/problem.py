"""Errors as RFC 9457 problem documents: what is wrong, and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

CONTENT_TYPE = "application/problem+json"


@dataclass
class Problem(Exception):
    """An answer that is an error.

    Args:
        detail: a sentence that helps whoever made the request.
        errors: for validation, the place of each mistake as a JSON pointer, and a sentence.
    """

    status: HTTPStatus
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] | None = None

    def body(self, request_id: str) -> dict[str, Any]:
        """Write the document."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.errors:
            document["errors"] = [dict(error) for error in self.errors]
        return document


def not_found(what: str) -> Problem:
    """Say that there is no such thing."""
    return Problem(HTTPStatus.NOT_FOUND, f"There is no {what}.")


def invalid(pointer: str, detail: str) -> Problem:
    """Say that one field is wrong."""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{pointer.lstrip('/').replace('/', '.') or 'the body'}: {detail}",
        errors=({"pointer": pointer, "detail": detail},),
    )
