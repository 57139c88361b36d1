"""Verifying or down: consecutive rounds that confirm, dismiss or recover."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.deadlines import verified_within
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.context import MOMENT, EvaluationContext
from sentinelmesh.domain.verification.decision import NOTHING, Decision, StateChange
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.quorum import Verdict
from sentinelmesh.domain.verification.round import UNVERIFIED_ROUNDS, Round, gap_end


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


def decide_suspicion(view: EvaluationContext) -> Decision:
    """Verifying: confirm or dismiss, by quorum or, when votes stay away, by persistence."""
    suspect = view.state.suspect_slot or view.start
    if view.is_excused(suspect):
        return _interrupt(view, suspect)
    decision = _judge_suspicion(view, suspect)
    return decision if decision.change is not None else view.verify_from(suspect, decision)


def _judge_suspicion(view: EvaluationContext, suspect: datetime) -> Decision:
    """Return what the rounds of a suspicion come to, or until when to wait for that."""
    # Votes are asked for in all rounds at once: one slow round must not hold up the next.
    asks = view.asks(view.rounds)
    runs, before = _Runs(), None
    for each in view.rounds:
        wait = view.awaited(each, suspect)
        if wait is not None:
            return Decision(asks=asks, wake_at=wait)
        if view.is_after_gap(each, before):
            break
        if not each.is_final(view.at):
            return Decision(asks=asks, wake_at=each.deadline)
        if each.is_silent:
            continue
        before = each
        if not each.counts:
            continue
        runs.add(each)
        decision = _dismissal(view, runs) or _confirmation(view, runs)
        if decision is not None:
            return decision
    return _lapse(view, before, suspect)


def _lapse(view: EvaluationContext, last: Round | None, suspect: datetime) -> Decision:
    """Give up a suspicion once three slots are missing: nobody knows whether it was true.

    Args:
        last: the last round in which anybody saw anything.
    """
    end = gap_end(view.monitor, last.slot if last else suspect)
    given_up_at = end - view.monitor.interval + verified_within(view.monitor)
    if view.at < given_up_at:
        return Decision(wake_at=given_up_at)
    return _give_up(view, Rule.LAPSED, last, last.slot if last else suspect)


def _dismissal(view: EvaluationContext, runs: _Runs) -> Decision | None:
    """End a suspicion that a quorum contradicts, or anybody three times in a row."""
    if runs.dismissed:
        return _change_status(view, Status.UP, Rule.DISMISSED, runs.working)
    if len(runs.working) >= UNVERIFIED_ROUNDS:
        return _change_status(view, Status.UP, Rule.DISMISSED_UNVERIFIED, runs.working)
    return None


def _confirmation(view: EvaluationContext, runs: _Runs) -> Decision | None:
    """Open an outage that a quorum saw, or that nobody contradicted three times in a row."""
    needed = view.monitor.policy.confirm_after
    # What is over opens nothing; it counts towards an outage that still goes on.
    if not runs.broken or view.is_late(runs.broken[-1]):
        return None
    if len(runs.confirmed) >= needed:
        return _change_status(view, Status.DOWN, Rule.QUORUM, runs.broken)
    if len(runs.unopposed) >= max(UNVERIFIED_ROUNDS, needed):
        return _change_status(view, Status.DOWN, Rule.UNVERIFIED, runs.broken)
    return None


def _interrupt(view: EvaluationContext, suspect: datetime) -> Decision:
    """Give up a suspicion because a maintenance window began before it was confirmed."""
    begins = (span.start - MOMENT for span in view.maintenance if span.start <= view.at)
    first = view.rounds[0] if view.rounds else None
    return _give_up(view, Rule.MAINTENANCE, first, max(suspect, *begins))


def _give_up(
    view: EvaluationContext, rule: Rule, each: Round | None, settled_until: datetime
) -> Decision:
    change = StateChange(
        to_status=view.status_before,
        rule=rule,
        round=each,
        settled_until=settled_until,
        failing_regions=tuple(sorted(view.known_failing)),
    )
    return Decision(change=change)


def decide_recovery(view: EvaluationContext) -> Decision:
    """Down: silence until a passing round is verified by the same quorum."""
    decision = _recovery(view)
    return decision if decision.change is not None else view.check_recovery(decision)


def _recovery(view: EvaluationContext) -> Decision:
    """Return whether an outage is over, or until when to wait for that.

    Once a round worked, all regions look at each one, also where the region in turn fails or is
    away, until enough rounds in a row worked or one of them did not.
    """
    runs, before = _Runs(), None
    for each in view.rounds:
        if view.is_after_gap(each, before):
            runs = _Runs()
        since = runs.working[0].slot if runs.working else None
        if since is None and not _worked_in_turn(each):
            seen = each.in_turn
        else:
            seen, wake_at = each, _not_ready_until(view, each, since)
            if wake_at is not None:
                return _waiting(view, since or each.slot, wake_at)
        if seen.is_silent:
            continue
        before = seen
        if not seen.counts:
            continue
        runs.add(seen)
        decision = _stay_down(view, each, runs) or _recover(view, each, runs)
        if decision is not None:
            return decision
    return _waiting(view, runs.working[0].slot) if runs.working else NOTHING


def _waiting(view: EvaluationContext, since: datetime, wake_at: datetime | None = None) -> Decision:
    """Have all regions look at every slot from the first one that worked."""
    asks = view.asks(each for each in view.rounds if each.slot >= since)
    return view.verify_from(since, Decision(asks=asks, wake_at=wake_at))


def _worked_in_turn(each: Round) -> bool:
    """Return whether a round has to be verified: the monitor is down, and it may have worked."""
    return each.is_joint or bool(each.scheduled_with(Outcome.SUCCESS))


def _recover(view: EvaluationContext, each: Round, runs: _Runs) -> Decision | None:
    """End an outage that a quorum sees no more, or that was contradicted three times in a row."""
    if view.is_late(each):
        return None
    needed = view.monitor.policy.recover_after
    if len(runs.dismissed) >= needed:
        return _change_status(view, Status.UP, Rule.RECOVERED, runs.working)
    if len(runs.working) >= max(UNVERIFIED_ROUNDS, needed):
        return _change_status(view, Status.UP, Rule.RECOVERED_UNVERIFIED, runs.working)
    return None


def _stay_down(view: EvaluationContext, each: Round, runs: _Runs) -> Decision | None:
    """End the flapping or the blindness of a monitor that stays down."""
    if runs.broken and view.is_stable(each):
        return _keep_status(view, each, Rule.STABLE)
    if runs.broken and view.is_blind and not view.is_late(each):
        return _keep_status(view, each, Rule.JUDGED_AGAIN)
    return None


def _keep_status(view: EvaluationContext, each: Round, rule: Rule) -> Decision:
    wait = view.awaited(each)
    if wait is not None:
        return Decision(wake_at=wait)
    return Decision(change=StateChange(to_status=Status.DOWN, rule=rule, round=each))


def _not_ready_until(
    view: EvaluationContext, each: Round, since: datetime | None
) -> datetime | None:
    """Return until when to wait for a round's votes or an earlier round; None when it counts."""
    wait = view.awaited(each, since)
    if wait is not None:
        return wait
    return None if each.is_final(view.at) else each.deadline


def _change_status(
    view: EvaluationContext, to_status: Status, rule: Rule, run: Sequence[Round]
) -> Decision:
    """Decide by the last round of a run."""
    # While a monitor is down, which regions fail is the incident's matter, not a regional problem.
    failing = () if to_status is Status.DOWN else view.failing_after(run)
    change = StateChange(
        to_status=to_status, rule=rule, round=run[-1], began=run[0], failing_regions=failing
    )
    return Decision(change=change)
