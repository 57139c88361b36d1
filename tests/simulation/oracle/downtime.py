"""I10: the downtime that the API shows is the time of the outages, without maintenance."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tests.simulation.oracle.false_alarms import Windows
from tests.simulation.oracle.ground_truth import GroundTruth, Outage

ROUNDING = 2.0
Span = tuple[datetime, datetime]


def find_wrong_downtime(truth: GroundTruth, windows: Windows, agreed: Windows) -> Iterator[str]:
    """Yield a sentence for each monitor whose shown downtime is not that of its outages.

    Args:
        windows, agreed: maintenance that may have been accepted, and that which certainly was.
    """
    now = truth.uptimes_read_at
    if now is None:
        return
    for monitor_id, told in truth.uptimes.items():
        outages = truth.outages.get(monitor_id, [])
        subject = truth.subjects[monitor_id][-1]
        if len(truth.subjects[monitor_id]) > 1 or any(each.is_restless for each in outages):
            continue
        real = _seconds_down(outages, windows(subject), now)
        most = _seconds_down(outages, agreed(subject), now)
        shown = told["downtime_seconds"]
        # What nobody saw is unknown, also in an outage.
        is_too_short = not told["unknown_seconds"] and shown < real - ROUNDING
        if is_too_short or shown > most + ROUNDING:
            yield (
                f"I10: {monitor_id} ({subject.target}) shows a downtime of {shown} s, its outages "
                f"outside maintenance took {real:.0f} s"
            )


def _seconds_down(outages: Sequence[Outage], windows: Sequence[Span], now: datetime) -> float:
    """Add up the parts of outages that lie outside of windows."""
    total = timedelta()
    for outage in outages:
        end = outage.resolved_at or outage.closed_at or now
        parts = [(outage.opened_at, end)]
        for begins, ends in windows:
            parts = [
                part
                for start, stop in parts
                for part in ((start, min(stop, begins)), (max(start, ends), stop))
                if part[0] < part[1]
            ]
        total += sum((stop - start for start, stop in parts), timedelta())
    return total.total_seconds()
