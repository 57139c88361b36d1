"""Results that are what a monitor's status makes us expect: they can move nothing."""

from collections.abc import Collection

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.probing.result import Outcome


def is_expected(
    status: Status,
    known_failing: Collection[str],
    *,
    restless: bool,
    region: str,
    outcome: str,
    is_scheduled: bool,
) -> bool:
    """Return whether a result leaves its monitor as it is: nearly all of them do.

    While a monitor is up its probes pass, while it is down they fail, as far as the timetable asked
    for them; everything else deserves a decision.

    Args:
        restless: the monitor flaps, is degraded or has a regional incident, or the result says that
            it is degraded: then each may be the one that changes that.
    """
    if not is_scheduled or restless:
        return False
    if status is Status.UP:
        return outcome == Outcome.SUCCESS and region not in known_failing
    return status is Status.DOWN and outcome == Outcome.FAILURE
