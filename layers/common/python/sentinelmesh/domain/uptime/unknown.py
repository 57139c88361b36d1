"""Unknown: no result for three intervals. Nobody knows, so nobody says up, and nobody says down."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.values.interval import Interval

SILENT_INTERVALS = 3


def silent_since(monitor: Monitor, last_slot: datetime | None, at: datetime) -> datetime | None:
    """Return since when nothing has been known about a monitor; None while it is known.

    Args:
        last_slot: the last one whose result says something about the target.
    """
    began = monitor.scheduled_since
    last = max(last_slot, began) if last_slot else began
    silence = SILENT_INTERVALS * monitor.interval
    return last if at - last > silence + monitor.timeout else None


def silences(
    interval: timedelta, slots: Iterable[datetime], within: Interval, *, on_its_way: timedelta
) -> Iterator[Interval]:
    """Walk over the stretches of a time in which a monitor was unknown.

    A slot speaks for the interval that it begins. One or two missing ones are bridged, more are
    not: then the stretch is unknown from where the last interval ended.

    Args:
        slots: those with a result that says something about the target, in any order.
        on_its_way: how long the newest result may take.
    """
    known_until = within.start
    for slot in sorted({each for each in slots if within.holds(each)}):
        if slot - known_until >= SILENT_INTERVALS * interval:
            yield Interval(known_until, slot)
        known_until = slot + interval
    if within.end - known_until > SILENT_INTERVALS * interval + on_its_way:
        yield Interval(known_until, within.end)
