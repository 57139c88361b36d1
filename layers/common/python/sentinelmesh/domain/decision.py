"""What a monitor's results mean: the next transition, computed from the set of results alone.

The verifier never folds "previous state + next record": it calls `decide` with the recent set.
Rounds are walked in the order of their slots and a round counts once it is final, so that any
permutation, duplication or replay of the same results gives the same decisions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.quorum import Verdict
from sentinelmesh.domain.result import Outcome, Result
from sentinelmesh.domain.rounds import (
    UNVERIFIED_ROUNDS,
    Round,
    awaited_until,
    late_before,
    rounds_of,
)
from sentinelmesh.domain.state import Rule, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One transition that is due.

    Args:
        round: the round that decided; None for pause, resume, edit and delete.
        began: the first round of the run that decided: an outage or a recovery starts there.
    """

    to_status: Status
    rule: Rule
    round: Round | None = None
    began: Round | None = None
    failing_regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Votes that are wanted from other regions for a slot."""

    slot: datetime
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now.

    Args:
        change: the next transition; decide again after it.
        asks: verification probes to dispatch; asking twice is harmless.
        wake_at: when to decide again even if no further result arrives.
    """

    change: Change | None = None
    asks: tuple[Ask, ...] = ()
    wake_at: datetime | None = None


NOTHING = Decision()


def initial_state(monitor: Monitor) -> State:
    """Give the state of a monitor about which nothing was decided yet."""
    return State(
        monitor_id=monitor.id,
        revision=monitor.revision,
        version=0,
        status=Status.PENDING,
        since=monitor.enabled_at,
    )


def window_start(monitor: Monitor, state: State, at: datetime) -> datetime:
    """Give the first slot whose results `decide` needs to see."""
    if state.status is Status.VERIFYING and state.suspect_slot is not None:
        return state.suspect_slot
    runs = max(monitor.policy.recover_after, UNVERIFIED_ROUNDS)
    return late_before(monitor, at) - runs * monitor.interval


def decide(
    monitor: Monitor | None, state: State, results: Iterable[Result], at: datetime
) -> Decision:
    """Decide what a set of results means for a monitor.

    Args:
        monitor: its present configuration; None when it was deleted.
        results: all results from `window_start` on, in any order, duplicates welcome.
        at: the present; only deadlines depend on it.
    """
    configured = _configuration_change(monitor, state)
    if configured is not None:
        return Decision(change=configured)
    if monitor is None or monitor.paused:
        return NOTHING
    rounds = [
        each
        for each in rounds_of(monitor, results)
        if state.watermark is None or each.slot > state.watermark
    ]
    view = _View(monitor=monitor, state=state, rounds=rounds, at=at)
    if state.status is Status.VERIFYING:
        return _decide_suspicion(view)
    if state.status is Status.DOWN:
        return _decide_recovery(view)
    return _decide_watch(view)


def _configuration_change(monitor: Monitor | None, state: State) -> Change | None:
    """Follow what people did: delete, pause, resume, or edit while a suspicion was open."""
    if monitor is None:
        gone = state.version == 0 or state.status is Status.DELETED
        return None if gone else Change(to_status=Status.DELETED, rule=Rule.DELETED)
    if monitor.paused:
        if state.status is Status.PAUSED:
            return None
        return Change(to_status=Status.PAUSED, rule=Rule.PAUSED)
    if state.status in {Status.PAUSED, Status.DELETED}:
        return Change(to_status=Status.PENDING, rule=Rule.RESUMED)
    if state.status is Status.VERIFYING and state.revision != monitor.revision:
        return Change(to_status=Status.PENDING, rule=Rule.EDITED)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """Everything a decision looks at."""

    monitor: Monitor
    state: State
    rounds: Sequence[Round]
    at: datetime

    @property
    def known_failing(self) -> frozenset[str]:
        """Regions known to fail; an edit makes us forget, for it may have changed the target."""
        if self.state.revision != self.monitor.revision:
            return frozenset()
        return frozenset(self.state.failing_regions)

    def is_late(self, each: Round) -> bool:
        """Say whether a round is too old to open or resolve anything."""
        return each.slot < late_before(self.monitor, self.at)

    def has_later(self, each: Round) -> bool:
        """Say whether other rounds have to wait for this one."""
        return self.rounds[-1] is not each

    def awaited(self, each: Round) -> datetime | None:
        """Say until when an earlier round may still arrive."""
        known = (other.slot for other in self.rounds)
        return awaited_until(self.monitor, known, self.state.watermark, each.slot, self.at)

    def asks(self, each: Round) -> tuple[Ask, ...]:
        """Ask the regions that have not voted; with strategy `all` they are on their way."""
        if self.monitor.strategy == "all" or each.is_final(self.at):
            return ()
        return (Ask(slot=each.slot, regions=each.missing),)

    def failing_after(self, each: Round) -> tuple[str, ...]:
        """Name the regions known to fail once this round is taken into account."""
        passing = each.regions_with(Outcome.SUCCESS)
        return tuple(sorted(self.known_failing - passing | each.regions_with(Outcome.FAILURE)))


def _decide_watch(view: _View) -> Decision:
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
        asks = view.asks(each) if suspected else ()
        wait = view.awaited(each)
        if wait is not None:
            return Decision(asks=asks, wake_at=wait)
        return Decision(change=change, asks=asks)
    return NOTHING


def _may_count(view: _View, each: Round, *, suspected: bool) -> bool:
    """Say whether a round can be looked at before its last vote.

    With `rotate` its one vote is all there is. With `all` a first failure raises a suspicion at
    once, except while pending: there the votes to come may make it the first passing round.
    """
    if view.monitor.strategy == "rotate":
        return True
    return each.is_final(view.at) or (suspected and view.state.status is Status.UP)


def _watch_change(view: _View, each: Round) -> Change | None:
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
    if each.scheduled_with(Outcome.FAILURE) - view.known_failing:
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
    return None


def _is_passing(each: Round) -> bool:
    """Say whether a round shows that the target works."""
    if each.regions_with(Outcome.FAILURE):
        return each.verdict is Verdict.DISMISSED
    return bool(each.regions_with(Outcome.SUCCESS))


@dataclass(slots=True)
class _Runs:
    """Consecutive rounds that point the same way."""

    failing: list[Round] = field(default_factory=list)
    passing: list[Round] = field(default_factory=list)
    confirmed: int = 0
    dismissed: int = 0

    def add(self, each: Round) -> None:
        """Count one final round; what contradicts a run ends it."""
        verdict = each.verdict
        if each.regions_with(Outcome.FAILURE) and verdict is not Verdict.DISMISSED:
            self.failing.append(each)
            self.confirmed = self.confirmed + 1 if verdict is Verdict.CONFIRMED_DOWN else 0
            self.passing, self.dismissed = [], 0
        else:
            self.passing.append(each)
            self.dismissed = self.dismissed + 1 if verdict is Verdict.DISMISSED else 0
            self.failing, self.confirmed = [], 0


def _decide_suspicion(view: _View) -> Decision:
    """Verifying: confirm or dismiss, by quorum or, when votes stay away, by persistence."""
    policy = view.monitor.policy
    runs = _Runs()
    for each in view.rounds:
        wait = _not_ready(view, each)
        if wait is not None:
            return wait
        if each.is_silent:
            continue
        runs.add(each)
        passed = len(runs.passing) >= UNVERIFIED_ROUNDS
        if runs.dismissed or passed:
            rule = Rule.DISMISSED if runs.dismissed else Rule.DISMISSED_UNVERIFIED
            return _changed(view, Status.UP, rule, each, runs.passing)
        if runs.confirmed >= policy.confirm_after:
            return _changed(view, Status.DOWN, Rule.QUORUM, each, runs.failing)
        if len(runs.failing) >= max(UNVERIFIED_ROUNDS, policy.confirm_after):
            return _changed(view, Status.DOWN, Rule.UNVERIFIED, each, runs.failing)
    return NOTHING


def _decide_recovery(view: _View) -> Decision:
    """Down: silence until a passing round is verified by the same quorum."""
    runs = _Runs()
    for each in view.rounds:
        # A failure in turn needs no verification: the monitor is down anyway.
        if view.monitor.strategy == "rotate" and each.scheduled_with(Outcome.FAILURE):
            runs = _Runs()
            continue
        wait = _not_ready(view, each)
        if wait is not None:
            return wait
        if each.is_silent:
            continue
        runs.add(each)
        if view.is_late(each):
            continue
        if runs.dismissed >= view.monitor.policy.recover_after:
            return _changed(view, Status.UP, Rule.RECOVERED, each, runs.passing)
        if len(runs.passing) >= max(UNVERIFIED_ROUNDS, view.monitor.policy.recover_after):
            return _changed(view, Status.UP, Rule.RECOVERED_UNVERIFIED, each, runs.passing)
    return NOTHING


def _not_ready(view: _View, each: Round) -> Decision | None:
    """Wait for the votes of a round, or for an earlier round that is still on its way."""
    asks = view.asks(each)
    wait = view.awaited(each)
    if wait is not None:
        return Decision(asks=asks, wake_at=wait)
    if not each.is_final(view.at):
        return Decision(asks=asks, wake_at=each.deadline)
    return None


def _changed(
    view: _View, to_status: Status, rule: Rule, each: Round, run: Sequence[Round]
) -> Decision:
    # While a monitor is down, which regions fail is the incident's matter, not a regional problem.
    failing = () if to_status is Status.DOWN else view.failing_after(each)
    change = Change(
        to_status=to_status, rule=rule, round=each, began=run[0], failing_regions=failing
    )
    return Decision(change=change)
