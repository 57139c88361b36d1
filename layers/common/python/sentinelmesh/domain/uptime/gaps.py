"""Gaps: time of a monitor that is neither up nor down, silent or paused, as spans of 90 days.

They are few, so a list of many monitors can tell the very uptime that rollups tell, without them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sentinelmesh.domain.uptime.rollup import Rollup
from sentinelmesh.domain.values.interval import Interval, intersect, merge

REMEMBERED = timedelta(days=92)
DAY = timedelta(days=1)
# Nobody knows yet when a pause will end.
OPEN_END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of a monitor, in order.

    Args:
        silent: without results, or with none that saw anything, for three intervals.
        paused: the last one may have an open end.
        revision: counts how often they were written; 0 means that they are not stored.
    """

    silent: tuple[Interval, ...] = ()
    paused: tuple[Interval, ...] = ()
    revision: int = 0

    @property
    def spans(self) -> tuple[Interval, ...]:
        """All of them."""
        return (*self.silent, *self.paused)


def renew(known: Gaps, day: datetime, hours: Sequence[Rollup]) -> Gaps:
    """Replace what is known of a day by what its stretches say.

    Args:
        day: its beginning.
        hours: all stretches of that day, at least one.
    """
    ordered = sorted(hours, key=lambda each: each.stretch.start)
    first, oldest = ordered[0].stretch.start, day - REMEMBERED
    others = [Interval(oldest, day), Interval(day + DAY, OPEN_END)]
    silent = merge(
        [*intersect(known.silent, others), *(span for each in ordered for span in each.silent)]
    )
    paused = [
        *intersect(known.paused, [Interval(oldest, first)]),
        *_find_pauses(ordered, known.paused),
        *(each for each in known.paused if each.start >= day + DAY),
    ]
    return Gaps(tuple(silent), tuple(paused), known.revision)


def _find_pauses(ordered: Sequence[Rollup], known: Sequence[Interval]) -> Iterator[Interval]:
    for one, following in pairwise(ordered):
        if one.stretch.closed:
            yield Interval(one.stretch.end, following.stretch.start)
    last = ordered[-1].stretch
    if last.closed:
        # A later day knows when it was resumed.
        ends = (each.end for each in known if each.start <= last.end < each.end)
        yield Interval(last.end, next(ends, OPEN_END))
