"""Spans of time in queries: `from` and `to`."""

from datetime import UTC, datetime
from http import HTTPStatus

from functions.api.http.problem import Problem
from sentinelmesh.domain.values import instant

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def read_span(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """Read both ends.

    Raises:
        Problem: 400, one is no instant, or the span ends before it begins.
    """
    first, last = _instant(start, "from"), _instant(end, "to")
    if first and last and first > last:
        raise Problem(HTTPStatus.BAD_REQUEST, "from: this is behind `to`.")
    return first, last


def _instant(written: str | None, name: str) -> datetime | None:
    if written is None:
        return None
    try:
        # A plus sign in a query that nobody encoded arrives as a space.
        at = instant.parse(written.replace(" ", "+"))
    except (ValueError, OverflowError):
        at = None
    if at is None or not EARLIEST <= at <= LATEST:
        text = f"{name}: write an instant like 2026-01-31T12:00:00Z."
        raise Problem(HTTPStatus.BAD_REQUEST, text)
    return at
