"""What a change makes of the single fields of a monitor's state."""

from datetime import datetime

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.vote import began_at


def since_after(change: StateChange, state: State, at: datetime) -> datetime:
    """Return since when a monitor has had its status."""
    return state.since if change.to_status is state.status else at


def watermark_after(change: StateChange, state: State) -> datetime | None:
    """Return the slot up to which all is decided; a suspicion's own round has still to count."""
    if change.settled_until is not None:
        return change.settled_until
    if change.to_status is Status.VERIFYING or change.round is None:
        return state.watermark
    if change.rule is Rule.FAILING_IN_GRACE:
        return state.watermark
    return change.round.slot


def suspect_slot_after(change: StateChange) -> datetime | None:
    """Return the slot whose failure is being verified."""
    if change.to_status is Status.VERIFYING and change.round is not None:
        return change.round.slot
    return None


def failing_since_after(change: StateChange, state: State) -> datetime | None:
    """Return since when a monitor has failed that never worked."""
    if change.rule is Rule.FAILING_IN_GRACE and change.round is not None:
        first = change.round.first_with(Outcome.FAILURE)
        return began_at(change.round.monitor, first)
    return state.failing_since if change.rule in {Rule.SUSPECTED, Rule.BLIND} else None


def never_up_after(change: StateChange, state: State) -> bool:
    """Return whether a monitor that is being verified has never worked."""
    if change.to_status is not Status.VERIFYING:
        return False
    return state.never_up or state.status is Status.PENDING
