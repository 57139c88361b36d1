"""Pending or up: the first round that changes anything."""

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.context import EvaluationContext
from sentinelmesh.domain.verification.decision import NOTHING, Decision, StateChange
from sentinelmesh.domain.verification.degradation import decide_pace
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.quorum import Verdict
from sentinelmesh.domain.verification.round import Round
from sentinelmesh.domain.verification.vote import began_at


def decide_watch(view: EvaluationContext) -> Decision:
    """Pending or up: look for the first round that changes anything.

    A suspicion does not wait for the votes that decide whether an earlier round was degraded.
    """
    pace: Decision | None = None
    for place, each in enumerate(view.rounds):
        if view.is_late(each):
            continue
        change = _watch_change(view, each)
        suspected = change is not None and change.rule is Rule.SUSPECTED
        if pace is not None and not suspected:
            continue
        if not _may_count(view, each, suspected=suspected):
            matters = change is not None or view.has_later(each) or each.is_slow
            return Decision(wake_at=each.deadline if matters else None)
        if change is not None:
            return _change_status(view, each, change, pace or NOTHING)
        pace = _pace_of(view, place)
        if pace is not None and pace.change is not None:
            return pace
    return pace or NOTHING


def _change_status(
    view: EvaluationContext, each: Round, change: StateChange, pace: Decision
) -> Decision:
    """Decide once no earlier slot's result is awaited any more, and have others asked meanwhile.

    Args:
        pace: what is still awaited about an earlier round that was degraded.
    """
    asks = view.asks([each]) if change.rule is Rule.SUSPECTED else ()
    wait = view.awaited(each)
    if wait is None:
        return Decision(change=change, asks=asks)
    wakes = [wait, *([pace.wake_at] if pace.wake_at else [])]
    return Decision(asks=pace.asks + asks, wake_at=min(wakes))


def _pace_of(view: EvaluationContext, place: int) -> Decision | None:
    """Look at the pace of a monitor that is up; one that never worked has none."""
    if view.state.status is not Status.UP:
        return None
    before = view.rounds[place - 1] if place else None
    return decide_pace(view, view.rounds[place], before)


def _may_count(view: EvaluationContext, each: Round, *, suspected: bool) -> bool:
    """Return whether a round can be looked at before its last vote.

    Where one region was asked its vote is all there is. Where all were, a first failure raises a
    suspicion at once, except while pending: there the votes to come may make it the first passing
    round.
    """
    if not each.is_joint:
        return True
    return each.is_final(view.at) or (suspected and view.state.status is Status.UP)


def _watch_change(view: EvaluationContext, each: Round) -> StateChange | None:
    """Return what one round changes for a monitor that is pending or up."""
    if view.state.status is Status.PENDING and (first := _first_change(view, each)) is not None:
        return first
    in_grace = each.slot < view.monitor.grace_ends_at
    if view.state.status is Status.PENDING and in_grace:
        return None
    is_news = each.scheduled_with(Outcome.FAILURE) - view.known_failing
    if is_news and not view.is_excused(each.slot):
        return StateChange(
            to_status=Status.VERIFYING,
            rule=Rule.SUSPECTED,
            round=each,
            failing_regions=tuple(sorted(view.known_failing)),
        )
    if _is_regional(view, each):
        return view.unmoved(Rule.REGIONAL, each)
    recovered = each.scheduled_with(Outcome.SUCCESS) & view.known_failing
    # Regions may be gone by an edit: then nothing is left that could recover.
    gone = view.state.regional and not view.known_failing
    if recovered or (gone and each.scheduled_with(Outcome.SUCCESS)):
        return view.unmoved(Rule.REGION_RECOVERED, each, recovered)
    if view.is_stable(each):
        return view.unmoved(Rule.STABLE, each)
    return _end_of_blindness(view, each)


def _first_change(view: EvaluationContext, each: Round) -> StateChange | None:
    """Return what a round changes for a monitor that has never worked, apart from suspicions."""
    if _is_passing(each):
        return StateChange(
            to_status=Status.UP,
            rule=Rule.FIRST_PASS,
            round=each,
            failing_regions=view.failing_after([each]),
        )
    if _begins_to_fail(view, each):
        return StateChange(to_status=Status.PENDING, rule=Rule.FAILING_IN_GRACE, round=each)
    return None


def _begins_to_fail(view: EvaluationContext, each: Round) -> bool:
    """Return whether a run of failures begins with this round, of a monitor that never worked.

    Nobody is told of it in the grace period; an outage that comes of it is as old as that.
    """
    is_failing = each.scheduled_with(Outcome.FAILURE) and not each.regions_with(Outcome.SUCCESS)
    known_since = view.state.failing_since
    in_grace = each.slot < view.monitor.grace_ends_at
    if not is_failing or view.is_excused(each.slot) or (known_since is None and not in_grace):
        return False
    if known_since is None:
        return True
    earlier = [other for other in view.rounds if other.slot < each.slot and not other.is_silent]
    is_new = not earlier or view.is_after_gap(each, earlier[-1])
    return is_new and known_since < began_at(view.monitor, each.first_with(Outcome.FAILURE))


def _end_of_blindness(view: EvaluationContext, each: Round) -> StateChange | None:
    """Return the change by which a monitor that is up can be judged again, if this round does."""
    is_judged = view.is_blind and each.scheduled_with(Outcome.SUCCESS)
    return view.unmoved(Rule.JUDGED_AGAIN, each) if is_judged else None


def _is_regional(view: EvaluationContext, each: Round) -> bool:
    """Return whether a region fails again that failed alone before: no blip, and news if asked."""
    wanted = view.monitor.policy.regional_incidents and not view.state.regional
    again = each.scheduled_with(Outcome.FAILURE) & view.known_failing
    is_up = view.state.status is Status.UP
    return wanted and is_up and bool(again) and not view.is_excused(each.slot)


def _is_passing(each: Round) -> bool:
    """Return whether a round shows that the target works, by the votes of the timetable alone.

    A failure in turn raises a suspicion even if the verifying votes are known already: whether they
    are depends on who was quicker.
    """
    if each.scheduled_with(Outcome.FAILURE):
        return each.is_joint and each.verdict is Verdict.DISMISSED
    return bool(each.scheduled_with(Outcome.SUCCESS))
