"""Verifying or down: consecutive rounds that confirm, dismiss or recover."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sentinelmesh.domain.change import NOTHING, Change, Decision
from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.quorum import Verdict
from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.rounds import UNVERIFIED_ROUNDS, Round
from sentinelmesh.domain.state import Rule
from sentinelmesh.domain.view import View


@dataclass(slots=True)
class _Runs:
    """Consecutive rounds that point the same way; a run ends with the first round that does not.

    Args:
        working: a probe succeeded, and the failures are no quorum.
        broken: all others.
        unopposed: no probe succeeded.
        confirmed: a quorum failed.
        dismissed: a quorum of failures is out of reach.
    """

    working: list[Round] = field(default_factory=list)
    broken: list[Round] = field(default_factory=list)
    unopposed: list[Round] = field(default_factory=list)
    confirmed: list[Round] = field(default_factory=list)
    dismissed: list[Round] = field(default_factory=list)

    def add(self, each: Round) -> None:
        """Count one final round in which somebody saw something."""
        verdict, succeeded = each.verdict, bool(each.regions_with(Outcome.SUCCESS))
        is_confirmed = verdict is Verdict.CONFIRMED_DOWN
        is_working = succeeded and not is_confirmed
        self.working = _extend(self.working, each, holds=is_working)
        self.broken = _extend(self.broken, each, holds=not is_working)
        self.unopposed = _extend(self.unopposed, each, holds=not succeeded)
        self.confirmed = _extend(self.confirmed, each, holds=is_confirmed)
        self.dismissed = _extend(self.dismissed, each, holds=verdict is Verdict.DISMISSED)


def _extend(run: list[Round], each: Round, *, holds: bool) -> list[Round]:
    return [*run, each] if holds else []


def decide_suspicion(view: View) -> Decision:
    """Verifying: confirm or dismiss, by quorum or, when votes stay away, by persistence."""
    decision = _judged(view)
    return decision if decision.change is not None else view.recheck(decision)


def _judged(view: View) -> Decision:
    """Say what the rounds of a suspicion come to, or until when to wait for that."""
    # Votes are asked for in all rounds at once: one slow round must not hold up the next.
    asks = view.asks(each for each in view.rounds if not view.is_announced(each))
    runs = _Runs()
    for each in view.rounds:
        if view.is_announced(each):
            return _interrupted(view, each)
        wake_at = _not_ready_until(view, each)
        if wake_at is not None:
            return Decision(asks=asks, wake_at=wake_at)
        if not each.counts:
            continue
        runs.add(each)
        decision = _dismissal(view, runs) or _confirmation(view, runs)
        if decision is not None:
            return decision
    return NOTHING


def _dismissal(view: View, runs: _Runs) -> Decision | None:
    """End a suspicion that a quorum contradicts, or anybody three times in a row."""
    if runs.dismissed:
        return _changed(view, Status.UP, Rule.DISMISSED, runs.working)
    if len(runs.working) >= UNVERIFIED_ROUNDS:
        return _changed(view, Status.UP, Rule.DISMISSED_UNVERIFIED, runs.working)
    return None


def _confirmation(view: View, runs: _Runs) -> Decision | None:
    """Open an outage that a quorum saw, or that nobody contradicted three times in a row."""
    needed = view.monitor.policy.confirm_after
    # What is over opens nothing; it counts towards an outage that still goes on.
    if not runs.broken or view.is_late(runs.broken[-1]):
        return None
    if len(runs.confirmed) >= needed:
        return _changed(view, Status.DOWN, Rule.QUORUM, runs.broken)
    if len(runs.unopposed) >= max(UNVERIFIED_ROUNDS, needed):
        return _changed(view, Status.DOWN, Rule.UNVERIFIED, runs.broken)
    return None


def _interrupted(view: View, each: Round) -> Decision:
    """Give a suspicion up that reaches into a maintenance window: what fails there is announced."""
    wait = view.awaited(each)
    if wait is not None:
        return Decision(wake_at=wait)
    known = tuple(sorted(view.known_failing))
    change = Change(
        to_status=Status.PENDING, rule=Rule.MAINTENANCE, round=each, failing_regions=known
    )
    return Decision(change=change)


def decide_recovery(view: View) -> Decision:
    """Down: silence until a passing round is verified by the same quorum."""
    asks = view.asks(each for each in view.rounds if each.scheduled_with(Outcome.SUCCESS))
    runs = _Runs()
    for each in view.rounds:
        if not _fails_in_turn(view, each):
            wake_at = _not_ready_until(view, each)
            if wake_at is not None:
                return Decision(asks=asks, wake_at=wake_at)
            if each.is_silent:
                continue
        runs.add(each)
        if runs.broken and view.is_stable(each):
            return _unmoved(view, each, Rule.STABLE)
        if runs.broken and view.is_blind and not view.is_late(each):
            return _unmoved(view, each, Rule.JUDGED_AGAIN)
        rule = None if view.is_late(each) else _recovery_by(view, runs)
        if rule is not None:
            return _changed(view, Status.UP, rule, runs.working)
    return NOTHING


def _fails_in_turn(view: View, each: Round) -> bool:
    """Say whether a round needs no verification: the monitor is down anyway."""
    return view.monitor.strategy == "rotate" and bool(each.scheduled_with(Outcome.FAILURE))


def _recovery_by(view: View, runs: _Runs) -> Rule | None:
    """Say by which rule a monitor is up again; None if it is not."""
    needed = view.monitor.policy.recover_after
    if len(runs.dismissed) >= needed:
        return Rule.RECOVERED
    enough = len(runs.working) >= max(UNVERIFIED_ROUNDS, needed)
    return Rule.RECOVERED_UNVERIFIED if enough else None


def _unmoved(view: View, each: Round, rule: Rule) -> Decision:
    """End the flapping or the blindness of a monitor that stays down."""
    wait = view.awaited(each)
    if wait is not None:
        return Decision(wake_at=wait)
    return Decision(change=Change(to_status=Status.DOWN, rule=rule, round=each))


def _not_ready_until(view: View, each: Round) -> datetime | None:
    """Say until when to wait for a round's votes or an earlier round; None when it counts."""
    wait = view.awaited(each)
    if wait is not None:
        return wait
    return None if each.is_final(view.at) else each.deadline


def _changed(view: View, to_status: Status, rule: Rule, run: Sequence[Round]) -> Decision:
    """Decide by the last round of a run."""
    # While a monitor is down, which regions fail is the incident's matter, not a regional problem.
    failing = () if to_status is Status.DOWN else view.failing_after(run)
    change = Change(
        to_status=to_status, rule=rule, round=run[-1], began=run[0], failing_regions=failing
    )
    return Decision(change=change)
