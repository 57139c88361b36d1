"""What a monitor's results mean: the next transition, computed from the set of results alone.

The verifier never folds "previous state + next record": it calls `decide` with the recent set.
Rounds are walked in the order of their slots and a round counts once it is final, so that any
permutation, duplication or replay of the same results gives the same decisions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.first_check import first_look_slot
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.context import EvaluationContext
from sentinelmesh.domain.verification.decide_down import decide_recovery, decide_suspicion
from sentinelmesh.domain.verification.decide_up import decide_watch
from sentinelmesh.domain.verification.decision import NOTHING, Decision, StateChange
from sentinelmesh.domain.verification.monitor_state import Rule, State, known_failing
from sentinelmesh.domain.verification.recheck import recheck_slots, recovery_slots
from sentinelmesh.domain.verification.round import (
    UNVERIFIED_ROUNDS,
    Round,
    can_be_verified,
    late_before,
    rounds_of,
)

ALWAYS = datetime.min.replace(tzinfo=UTC)


def initial_state(monitor: Monitor) -> State:
    """Return the state of a monitor about which nothing was decided yet."""
    return State(
        monitor_id=monitor.id,
        revision=monitor.revision,
        version=0,
        status=Status.PENDING,
        since=monitor.enabled_at,
    )


def window_start(monitor: Monitor, state: State, at: datetime) -> datetime:
    """Return the first slot whose results `decide` needs to see."""
    if state.status is Status.VERIFYING and state.suspect_slot is not None:
        return state.suspect_slot
    runs = max(monitor.policy.recover_after, UNVERIFIED_ROUNDS)
    return late_before(monitor, at) - runs * monitor.interval


def _first_that_counts(monitor: Monitor, state: State, at: datetime) -> datetime:
    """Return the earliest slot whose round may still decide anything."""
    starts = [window_start(monitor, state, at)]
    if state.watermark is not None:
        starts.append(state.watermark + timedelta(microseconds=1))
    if state.blind_since is not None:
        # What was seen before it turned blind does not make it judged again.
        starts.append(state.blind_since)
    return max(starts)


def decide(
    monitor: Monitor | None,
    state: State,
    results: Iterable[Result],
    at: datetime,
    maintenance: Sequence[Interval] = (),
) -> Decision:
    """Decide what a set of results means for a monitor.

    Args:
        monitor: its present configuration; None when it was deleted.
        results: all results from `window_start` on, in any order, duplicates welcome.
        at: the present; only deadlines depend on it.
        maintenance: announced times of this monitor: slots in them raise and confirm nothing.
    """
    configured = _configuration_change(monitor, state)
    if configured is not None:
        return Decision(change=configured)
    if monitor is None or monitor.paused:
        return NOTHING
    start = _first_that_counts(monitor, state, at)
    # More results than asked for change nothing: what was decided before stays decided.
    rechecks = _looks_between(monitor, state)
    recovery = recovery_slots(monitor, state, start, at)
    found = rounds_of(monitor, results, rechecks, _in_doubt_after(monitor, state), recovery)
    rounds = [_ask_late(state, each) for each in found if each.slot >= start]
    view = EvaluationContext(
        monitor=monitor,
        state=state,
        start=start,
        rounds=rounds,
        at=at,
        maintenance=maintenance,
        rechecks=rechecks,
        recovery=recovery,
    )
    decision = _decide_by_status(view)
    return decision if decision.change is not None else view.look_between(decision)


def _decide_by_status(view: EvaluationContext) -> Decision:
    if view.state.status is Status.VERIFYING:
        return decide_suspicion(view)
    if view.state.status is Status.DOWN:
        return decide_recovery(view)
    return decide_watch(view)


def _looks_between(monitor: Monitor, state: State) -> tuple[datetime, ...]:
    """Return the slots between those of the timetable in which all regions look, in order."""
    first = first_look_slot(monitor)
    return tuple(sorted({*recheck_slots(monitor, state), *([first] if first else [])}))


def _ask_late(state: State, each: Round) -> Round:
    """Wait for other regions after all in a round that was given up before it was suspected.

    Its failure came late, for tables or the way home were away: nobody was asked about it then.
    """
    is_suspect = state.status is Status.VERIFYING and each.slot == state.suspect_slot
    if is_suspect and state.since >= each.deadline:
        return replace(each, asked_at=state.since)
    return each


def _in_doubt_after(monitor: Monitor, state: State) -> datetime | None:
    """Return the slot behind which all regions may have been asked; None where none were."""
    if not can_be_verified(monitor):
        return None
    if state.status is Status.VERIFYING:
        return state.suspect_slot
    return ALWAYS if state.status is Status.DOWN else None


def _configuration_change(monitor: Monitor | None, state: State) -> StateChange | None:
    """Follow what people did: delete, pause, resume, or edit while a suspicion was open."""
    if monitor is None:
        gone = state.version == 0 or state.status is Status.DELETED
        return None if gone else StateChange(to_status=Status.DELETED, rule=Rule.DELETED)
    if monitor.paused:
        if state.status is Status.PAUSED:
            return None
        return StateChange(to_status=Status.PAUSED, rule=Rule.PAUSED)
    if state.status in {Status.PAUSED, Status.DELETED}:
        return StateChange(to_status=Status.PENDING, rule=Rule.RESUMED)
    if state.status is Status.VERIFYING and state.revision != monitor.revision:
        return StateChange(
            to_status=Status.PENDING if state.never_up else Status.UP,
            rule=Rule.EDITED,
            failing_regions=tuple(sorted(known_failing(monitor, state))),
        )
    return None
