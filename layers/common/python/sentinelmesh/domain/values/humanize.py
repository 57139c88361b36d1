"""Lists and durations in words."""

from collections.abc import Iterable
from datetime import timedelta


def format_list(names: Iterable[str]) -> str:
    """Join names as a person would.

    >>> format_list(["a", "b", "c"])
    'a, b and c'
    """
    ordered = list(names)
    if len(ordered) < 2:  # noqa: PLR2004 (two is where a list begins)
        return "".join(ordered)
    return f"{', '.join(ordered[:-1])} and {ordered[-1]}"


def format_duration(duration: timedelta) -> str:
    """Write a duration as a person would say it.

    >>> format_duration(timedelta(seconds=75))
    '1 min 15 s'
    """
    seconds = max(0, round(duration.total_seconds()))
    parts = [
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    ]
    written = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(written[:2]) or "0 s"
