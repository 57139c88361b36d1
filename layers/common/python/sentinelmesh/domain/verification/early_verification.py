"""Speculative verification: other regions are asked while a probe still waits for its answer.

A probe that hangs fails only when its timeout is over, and verification begins behind that. Votes
that are asked for meanwhile are there when it fails. Silence is no vote: without a scheduled vote
there is no round, and where the late answer passes the others' votes are facts that move nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import expires_at
from sentinelmesh.domain.probing.result import Purpose, Result
from sentinelmesh.domain.probing.slow_probe import Unanswered, can_speculate
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.domain.verification.monitor_state import State

# A probe's word is worth a read of the state only where a failure would be news.
ATTENTIVE = frozenset({Status.UP, Status.VERIFYING})


def is_worth_asking(state: State | None, unanswered: Unanswered) -> bool:
    """Return whether a failure is news: the monitor is not down, nor its region known to fail.

    Nor while it is pending: its first passing vote decides, and nobody is told of failures.
    """
    if state is None or state.status not in ATTENTIVE:
        return False
    is_settled = state.watermark is not None and unanswered.slot <= state.watermark
    return not is_settled and unanswered.region not in state.failing_regions


def speculate(
    monitor: Monitor,
    state: State,
    results: Iterable[Result],
    unanswered: Unanswered,
    *,
    at: datetime,
    maintenance: Sequence[Interval] = (),
) -> VerificationRequest | None:
    """Return whom to ask about a slot before its own probe has ended; None for nobody.

    Args:
        results: as `decide` gets them.
        maintenance: announced times of this monitor: failures in them are nobody's business.
    """
    slot = unanswered.slot
    is_current = unanswered.revision == monitor.revision and unanswered.region in monitor.regions
    is_wanted = monitor.policy.quick_detection and not monitor.paused
    is_over = at >= expires_at(slot, monitor.interval_seconds) + monitor.timeout
    if not is_current or not is_wanted or is_over:
        return None
    if not can_speculate(monitor.strategy, monitor.regions):
        return None
    if not is_worth_asking(state, unanswered) or any(each.holds(slot) for each in maintenance):
        return None
    seen = [each for each in results if (each.slot, each.revision) == (slot, monitor.revision)]
    if any(each.purpose is Purpose.SCHEDULED for each in seen):
        return None
    voted = {unanswered.region, *(each.region for each in seen)}
    regions = tuple(each for each in monitor.regions if each not in voted)
    return VerificationRequest(slot=slot, regions=regions) if regions else None
