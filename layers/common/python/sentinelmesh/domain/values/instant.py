"""Instants as text and back: RFC 3339, always UTC, always ending in Z."""

from datetime import UTC, datetime, timedelta


def text(instant: datetime) -> str:
    """Write an instant; milliseconds appear only where there are any.

    >>> text(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    >>> text(datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC))
    '2026-01-02T03:04:05.678Z'
    """
    utc = instant.astimezone(UTC)
    precision = "milliseconds" if utc.microsecond // 1000 else "seconds"
    return utc.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def parse(written: str) -> datetime:
    """Read an RFC 3339 instant of any offset.

    Raises:
        ValueError: the text is no instant, or has no offset.

    >>> parse("2026-01-02T03:04:05Z")
    datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    """
    instant = datetime.fromisoformat(written)
    if instant.tzinfo is None:
        raise ValueError(f"{written!r} has no time zone; end it in Z for UTC")
    return instant.astimezone(UTC)


def from_epoch(seconds: float) -> datetime:
    """Turn seconds since 1970 into an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def milliseconds(span: timedelta) -> int:
    """Turn a duration into whole milliseconds, rounded to the nearest."""
    return round(span / timedelta(milliseconds=1))
