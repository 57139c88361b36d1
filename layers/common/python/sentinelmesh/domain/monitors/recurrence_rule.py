"""Recurrence rules (RFC 5545) as people and calendars write them, read into values.

A window keeps the time of day of its first occurrence, so a rule only picks days: DAILY, WEEKLY,
MONTHLY and YEARLY with every part that selects days. Parts that select hours are refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MAX_INTERVAL, MAX_COUNT = 10_000, 1_000_000
END_OF_DAY = time(23, 59, 59)


class InvalidRecurrence(ValueError):
    """The text is not a recurrence rule that windows can follow; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceRule:
    """A recurrence rule; empty sets do not restrict anything.

    Args:
        until: the last moment at which an occurrence may start; naive in the window's time zone.
        weekdays: pairs of a position (0: every one) and a weekday (0: Monday).
        positions: BYSETPOS, which of the days selected in a period are taken.
        week_start: the weekday (0: Monday) on which weeks begin.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    months: frozenset[int] = frozenset()
    week_numbers: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    positions: frozenset[int] = frozenset()
    week_start: int = 0


def parse_rule(text: str) -> RecurrenceRule:
    """Return the rule that a text states.

    Raises:
        InvalidRecurrence: it is not a rule that windows can follow.

    >>> parse_rule("RRULE:FREQ=MONTHLY;BYDAY=-1FR").weekdays
    frozenset({(-1, 4)})
    """
    parts = _split(text)
    if parts.get("FREQ") not in FREQUENCIES:
        raise InvalidRecurrence(f"begin with FREQ= one of {', '.join(FREQUENCIES)}")
    if {"BYHOUR", "BYMINUTE", "BYSECOND"} & set(parts):
        raise InvalidRecurrence(
            "the time of day is that of starts_at: leave BYHOUR, BYMINUTE and BYSECOND out"
        )
    values: dict[str, object] = {}
    for name, value in parts.items():
        if name not in PARTS:
            raise InvalidRecurrence(f"{name[:20]} is not a part of a recurrence rule")
        field, read = PARTS[name]
        try:
            values[field] = read(value)
        except ValueError as error:
            raise InvalidRecurrence(f"{name}={value[:40]} is not valid: {error}") from error
    rule = RecurrenceRule(**values)  # type: ignore[arg-type]
    if rule.frequency in {"DAILY", "WEEKLY"} and any(position for position, _ in rule.weekdays):
        raise InvalidRecurrence("a number before a weekday goes with MONTHLY or YEARLY only")
    return rule


def _split(text: str) -> dict[str, str]:
    """Return the parts of a rule by name.

    Raises:
        InvalidRecurrence: a part is stated twice.
    """
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        if name in parts:
            raise InvalidRecurrence(f"{name[:20]} appears twice")
        if part:
            parts[name] = value
    return parts


def _number(text: str, most: int, least: int = 1) -> int:
    if not re.fullmatch(r"[+-]?\d{1,7}", text, re.ASCII):
        raise ValueError("write a whole number")
    number = int(text)
    if number == 0 or not least <= number <= most:
        raise ValueError(f"{number} is out of range")
    return number


def _numbers(most: int, *, signed: bool = True) -> Callable[[str], frozenset[int]]:
    """Return a reader of a list of numbers; negative ones count from the end."""
    least = -most if signed else 1
    return lambda text: frozenset(_number(each, most, least) for each in text.split(","))


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise ValueError(f"weekdays are {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(text)


def _weekdays(text: str) -> frozenset[tuple[int, int]]:
    pairs = [(each[:-2], _weekday(each[-2:])) for each in text.split(",")]
    return frozenset((_number(before, 53, -53) if before else 0, day) for before, day in pairs)


def _until(text: str) -> datetime:
    """Read a day, which counts to its end, or a moment: local, or with a Z in UTC."""
    found = re.fullmatch(r"(\d{8})(?:T(\d{6})(Z?))?", text, re.ASCII)
    if found is None:
        raise ValueError("write it like 20261231 or 20261231T235959")
    if found[2] is None:
        return datetime.combine(datetime.strptime(text, "%Y%m%d"), END_OF_DAY)  # noqa: DTZ007 (local)
    moment = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 (local)
    return moment.replace(tzinfo=UTC) if found[3] else moment


PARTS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "FREQ": ("frequency", str),
    "INTERVAL": ("interval", lambda text: _number(text, MAX_INTERVAL)),
    "COUNT": ("count", lambda text: _number(text, MAX_COUNT)),
    "UNTIL": ("until", _until),
    "BYMONTH": ("months", _numbers(12, signed=False)),
    "BYWEEKNO": ("week_numbers", _numbers(53)),
    "BYYEARDAY": ("year_days", _numbers(366)),
    "BYMONTHDAY": ("month_days", _numbers(31)),
    "BYDAY": ("weekdays", _weekdays),
    "BYSETPOS": ("positions", _numbers(366)),
    "WKST": ("week_start", _weekday),
}
