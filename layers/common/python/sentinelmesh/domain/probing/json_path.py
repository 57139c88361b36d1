"""Paths into JSON values: names, indices and wildcards of RFC 9535, each step in bounded time.

Filters and descents are left out on purpose: what a target sends is hostile, and these can take
a time that grows with the square of it and faster.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

MAX_STEPS = 30
STEP = re.compile(
    r"""
    \.(?P<name>[^\W\d][\w-]*|\*)          # .name, .*
    | \[ \s* (?:
        (?P<index>0|-?[1-9][0-9]{0,9})    # [0], [-1]
        | (?P<all>\*)                     # [*]
        | "(?P<double>(?:[^"\\]|\\.)*)"   # ["a name"]
        | '(?P<single>(?:[^'\\]|\\.)*)'   # ['a name']
    ) \s* \]
    """,
    re.VERBOSE,
)


class _Wildcard:
    """All members of an object, or all elements of a list."""


ANY = _Wildcard()
Step = str | int | _Wildcard


class InvalidPath(ValueError):
    """The text is no path that can be followed; the error's text says what can."""


def parse(written: str) -> tuple[Step, ...]:
    """Read a path.

    Raises:
        InvalidPath: with a sentence.

    >>> parse("$.services[0]['up time']")
    ('services', 0, 'up time')
    """
    if not written.startswith("$"):
        raise InvalidPath("a path begins with $, for example $.database.status")
    steps: list[Step] = []
    at = 1
    while at < len(written):
        found = STEP.match(written, at)
        if found is None or len(steps) == MAX_STEPS:
            raise InvalidPath(
                f"{written[at:][:20]!r} is no step of a path: "
                "take .name, ['name'], [0], [-1] or [*], at most 30 of them"
            )
        steps.append(_step(found))
        at = found.end()
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    name, index = found["name"], found["index"]
    if index is not None:
        return int(index)
    if found["all"] or name == "*":
        return ANY
    if name is not None:
        return name
    quoted = found["double"]
    if quoted is None:
        quoted = found["single"].replace(r"\'", "'").replace('"', r"\"")
    try:
        unescaped: str = json.loads(f'"{quoted}"')
    except ValueError as error:
        raise InvalidPath(f"{found[0]!r} is no name in quotes") from error
    return unescaped


def values_at(steps: Sequence[Step], value: Any) -> list[Any]:
    """Return every value that a path leads to, in order; none when it leads nowhere.

    >>> values_at(parse("$.jobs[*].state"), {"jobs": [{"state": "up"}, {}, {"state": "down"}]})
    ['up', 'down']
    """
    found = [value]
    for step in steps:
        found = [below for each in found for below in _below(step, each)]
    return found


def _below(step: Step, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if isinstance(step, _Wildcard):
            yield from value.values()
        elif isinstance(step, str) and step in value:
            yield value[step]
    elif isinstance(value, list):
        if isinstance(step, _Wildcard):
            yield from value
        elif isinstance(step, int) and -len(value) <= step < len(value):
            yield value[step]
