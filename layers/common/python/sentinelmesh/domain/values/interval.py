"""Stretches of time, half-open, and what remains of some when others are taken out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The time from `start` up to, but not including, `end`."""

    start: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        """Return whether an instant lies in it."""
        return self.start <= instant < self.end


def merge(spans: Iterable[Interval]) -> list[Interval]:
    """Return the same time as spans that neither overlap nor touch, in order."""
    found: list[Interval] = []
    for each in sorted(each for each in spans if each.start < each.end):
        if found and each.start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def intersect(first: Iterable[Interval], second: Iterable[Interval]) -> list[Interval]:
    """Return the time that lies in both."""
    others = merge(second)
    return merge(
        Interval(max(one.start, other.start), min(one.end, other.end))
        for one in merge(first)
        for other in others
    )


def subtract(spans: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return the time that lies in some of the spans and in none that are taken out."""
    left = merge(spans)
    for hole in merge(taken):
        parts = (
            (
                Interval(each.start, min(each.end, hole.start)),
                Interval(max(each.start, hole.end), each.end),
            )
            for each in left
        )
        left = [part for pair in parts for part in pair if part.start < part.end]
    return left


def total(spans: Iterable[Interval]) -> timedelta:
    """Add up a time, nothing of it twice."""
    return sum((each.end - each.start for each in merge(spans)), timedelta())
