"""Degraded: it works, but too slowly or not quite as it should, and a quorum of regions agrees.

A single slow answer is nobody's business and starts nothing. Two rounds running whose scheduled
probe was slow have the other regions look at the second one; as many of them must find the same as
it takes to call a monitor down. The way back is the same.
"""

from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.context import EvaluationContext
from sentinelmesh.domain.verification.decision import Decision
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.round import Round


def decide_pace(view: EvaluationContext, each: Round, before: Round | None) -> Decision | None:
    """Decide about the pace of a monitor that is up; None where there is nothing to decide.

    Args:
        before: the round before this one among those that may decide.
    """
    is_degraded = view.state.degraded
    if not _in_turn(each, degraded=not is_degraded):
        return None
    if not is_degraded and view.is_excused(each.slot):
        return None
    wait = view.awaited(each)
    if wait is not None:
        return Decision(wake_at=wait)
    if not each.is_joint:
        if before is None or view.is_after_gap(each, before):
            return None
        if not _in_turn(before, degraded=not is_degraded):
            return None
        if not each.is_complete(view.at):
            return Decision(asks=view.asks([each]), wake_at=each.deadline)
    return _agree(view, each)


def _in_turn(each: Round, *, degraded: bool) -> bool:
    """Return whether a scheduled probe of a round worked at this pace."""
    return any(
        vote.outcome is Outcome.SUCCESS and vote.degraded is degraded
        for vote in each.scheduled.values()
    )


def _agree(view: EvaluationContext, each: Round) -> Decision | None:
    passing = [vote for vote in each.votes.values() if vote.outcome is Outcome.SUCCESS]
    slow = sum(vote.degraded for vote in passing)
    quorum, regions = view.monitor.policy.quorum, len(view.monitor.regions)
    rule = None
    if not view.state.degraded and slow >= quorum:
        rule = Rule.DEGRADED
    if view.state.degraded and len(passing) - slow > regions - quorum:
        rule = Rule.DEGRADED_OVER
    if rule is None:
        return None
    return Decision(change=view.unmoved(rule, each))
