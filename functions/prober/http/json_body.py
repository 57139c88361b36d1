"""A body read as JSON, unless it would take many times its own size in memory."""

import json
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sentinelmesh.domain.probing.assertion import UnreadableAnswer
from sentinelmesh.domain.probing.json_path import parse, values_at

# With ten bodies at their cap in memory already, what is read of one has room below twice the cap.
# Source: docs/decisions/0036-json-is-weighed-before-it-is-read.md
MAX_WEIGHT = 8 * 1_048_576
# Comparing blocks the other probes: twenty patterns on each of so many values take below 100 ms.
MAX_VALUES = 1_000
# At most so many bytes does CPython take for what begins with each of these: an object with its
# first member, a list with its first place, a further place with a number in it, half a text.
# Marks within texts count too: they make the estimate higher, never lower.
WEIGHTS = {"{": 240, "[": 72, ",": 56, '"': 28}


def weight_of(text: str) -> int:
    """Estimate from above what a text and the values in it take in memory, in bytes.

    The texts within it are held twice while they are read.
    """
    return 3 * sys.getsizeof(text) + sum(text.count(mark) * each for mark, each in WEIGHTS.items())


def json_of(body: str) -> Callable[[str], Sequence[Any]]:
    """Return a way into a body of JSON; what is none leads nowhere."""

    @cache
    def roots() -> list[Any] | None:
        """Read the body once; None is too much of it."""
        if weight_of(body) > MAX_WEIGHT:
            return None
        try:
            return [json.loads(body)]
        except (ValueError, RecursionError):
            return []

    def values(path: str) -> Sequence[Any]:
        read = roots()
        if read is None:
            raise UnreadableAnswer("the body is JSON of more values than are looked into")
        found = [below for each in read for below in values_at(parse(path), each)]
        if len(found) > MAX_VALUES:
            raise UnreadableAnswer(f"the path leads to more than {MAX_VALUES} values")
        return found

    return values
