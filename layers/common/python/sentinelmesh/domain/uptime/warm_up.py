"""Warm-up: a monitor is new or resumed and has not worked yet. That is neither up nor down.

It may have to be set up correctly first, so what fails in its grace period is no downtime; and
nobody saw it work, so it is no uptime either.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sentinelmesh.domain.incidents.incident import OUTAGE, Incident
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.uptime.rollup import HOUR, hour_of
from sentinelmesh.domain.values.interval import Interval


def warm_up(grace: Interval, worked_at: datetime | None, incidents: Iterable[Incident]) -> Interval:
    """Return the time in which a monitor had not worked yet, perhaps an empty one.

    It ends with the first passing slot of the grace period. Without one it ends with that period,
    or with the first failing probe of an outage before the first pass, if that is later within the
    same hour: hours are counted one by one.

    Args:
        grace: its grace period, from its creation or resumption on.
        worked_at: slot at which it was first seen to work since then, if it was.
        incidents: at least those since then; others do not matter.
    """
    hour = Interval(grace.start, hour_of(grace.end) + HOUR)
    outages = (
        each.opened_at
        for each in incidents
        if each.severity == OUTAGE
        and hour.holds(each.opened_at)
        and (worked_at is None or each.opened_at < worked_at)
    )
    down_at = max(grace.end, min(outages, default=grace.end))
    return Interval(grace.start, min(worked_at or down_at, down_at))


def find_first_pass(grace: Interval, results: Iterable[Result]) -> datetime | None:
    """Return the first slot of a grace period for which more regions passed than failed.

    The policy is not asked, for an edit of it must not change the past.

    Args:
        results: at least those since the grace period began, in any order.
    """
    lead: dict[datetime, int] = defaultdict(int)
    for each in results:
        is_vote = each.purpose is not Purpose.MANUAL and each.outcome is not Outcome.UNKNOWN
        if is_vote and each.slot >= grace.start:
            lead[each.slot] += 1 if each.outcome is Outcome.SUCCESS else -1
    return min((slot for slot, votes in lead.items() if votes > 0), default=None)
