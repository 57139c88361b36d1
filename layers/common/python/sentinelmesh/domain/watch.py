"""Pending or up: the first round that changes anything."""

from sentinelmesh.domain.change import NOTHING, Change, Decision
from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.quorum import Verdict
from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.rounds import Round
from sentinelmesh.domain.state import Rule
from sentinelmesh.domain.view import View


def decide_watch(view: View) -> Decision:
    """Pending or up: look for the first round that changes anything."""
    for each in view.rounds:
        if view.is_late(each):
            continue
        change = _watch_change(view, each)
        suspected = change is not None and change.rule is Rule.SUSPECTED
        if not _may_count(view, each, suspected=suspected):
            return Decision(wake_at=each.deadline if change or view.has_later(each) else None)
        if change is None:
            continue
        asks = view.asks([each]) if suspected else ()
        wait = view.awaited(each)
        if wait is not None:
            return Decision(asks=asks, wake_at=wait)
        return Decision(change=change, asks=asks)
    return NOTHING


def _may_count(view: View, each: Round, *, suspected: bool) -> bool:
    """Say whether a round can be looked at before its last vote.

    With `rotate` its one vote is all there is. With `all` a first failure raises a suspicion at
    once, except while pending: there the votes to come may make it the first passing round.
    """
    if view.monitor.strategy == "rotate":
        return True
    return each.is_final(view.at) or (suspected and view.state.status is Status.UP)


def _watch_change(view: View, each: Round) -> Change | None:
    """Say what one round changes for a monitor that is pending or up."""
    if view.state.status is Status.PENDING:
        if _is_passing(each):
            return Change(
                to_status=Status.UP,
                rule=Rule.FIRST_PASS,
                round=each,
                failing_regions=view.failing_after(each),
            )
        if each.slot < view.monitor.grace_ends_at:
            return None
    is_news = each.scheduled_with(Outcome.FAILURE) - view.known_failing
    if is_news and not view.is_announced(each):
        return Change(
            to_status=Status.VERIFYING,
            rule=Rule.SUSPECTED,
            round=each,
            failing_regions=tuple(sorted(view.known_failing)),
        )
    recovered = each.scheduled_with(Outcome.SUCCESS) & view.known_failing
    if recovered:
        return Change(
            to_status=view.state.status,
            rule=Rule.REGION_RECOVERED,
            round=each,
            failing_regions=tuple(sorted(view.known_failing - recovered)),
        )
    if view.is_stable(each):
        return Change(
            to_status=view.state.status,
            rule=Rule.STABLE,
            round=each,
            failing_regions=tuple(sorted(view.known_failing)),
        )
    return None


def _is_passing(each: Round) -> bool:
    """Say whether a round shows that the target works, by the votes of the timetable alone.

    A failure in turn raises a suspicion even if the verifying votes are known already: whether they
    are depends on who was quicker.
    """
    if each.scheduled_with(Outcome.FAILURE):
        return each.monitor.strategy == "all" and each.verdict is Verdict.DISMISSED
    return bool(each.scheduled_with(Outcome.SUCCESS))
