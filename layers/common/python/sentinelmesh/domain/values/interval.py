"""Stretches of time, half-open, and what remains of some when others are taken out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The time from `start` up to, but not including, `end`."""

    start: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        """Say whether an instant lies in it."""
        return self.start <= instant < self.end


def joined(spans: Iterable[Span]) -> list[Span]:
    """Give the same time as spans that neither overlap nor touch, in order."""
    found: list[Span] = []
    for each in sorted(each for each in spans if each.start < each.end):
        if found and each.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def common(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """Give the time that lies in both."""
    others = joined(second)
    return joined(
        Span(max(one.start, other.start), min(one.end, other.end))
        for one in joined(first)
        for other in others
    )


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Give the time that lies in some of the spans and in none that are taken out."""
    left = joined(spans)
    for hole in joined(taken):
        parts = (
            (Span(each.start, min(each.end, hole.start)), Span(max(each.start, hole.end), each.end))
            for each in left
        )
        left = [part for pair in parts for part in pair if part.start < part.end]
    return left


def total(spans: Iterable[Span]) -> timedelta:
    """Add up a time, nothing of it twice."""
    return sum((each.end - each.start for each in joined(spans)), timedelta())
