"""What a pending monitor is waiting for: people who have just set one up want to know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Result


class PendingPhase(StrEnum):
    """How far a monitor that has not worked yet has come."""

    FIRST_CHECK_RUNNING = "first_check_running"
    FAILING = "failing"
    NOT_CHECKABLE = "not_checkable"
    WAITING_FOR_PING = "waiting_for_ping"
    PASSING = "passing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a pending monitor is waiting for.

    Args:
        alerts_from: end of its grace period: before, it notifies nobody.
        error: stable reason code of the newest result that did not pass.
        detail: that reason in a sentence.
    """

    phase: PendingPhase
    alerts_from: datetime
    error: str | None = None
    detail: str | None = None


def describe_pending(monitor: Monitor, newest: Result | None) -> Pending:
    """Return what a monitor that has not worked yet is waiting for.

    Args:
        newest: its newest result, whatever that says; None before the first one.
    """
    phase = _phase_of(newest)
    if newest is None or phase is PendingPhase.PASSING:
        return Pending(phase=phase, alerts_from=monitor.grace_ends_at)
    return Pending(
        phase=phase,
        alerts_from=monitor.grace_ends_at,
        error=newest.error,
        detail=newest.detail,
    )


def _phase_of(newest: Result | None) -> PendingPhase:
    if newest is None:
        return PendingPhase.FIRST_CHECK_RUNNING
    if newest.error == "heartbeat_waiting":
        return PendingPhase.WAITING_FOR_PING
    return {
        Outcome.SUCCESS: PendingPhase.PASSING,
        Outcome.FAILURE: PendingPhase.FAILING,
        Outcome.UNKNOWN: PendingPhase.NOT_CHECKABLE,
    }[newest.outcome]
