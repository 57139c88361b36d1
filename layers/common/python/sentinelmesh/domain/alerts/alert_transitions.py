"""The forms that an alert row takes: claimed, sent, waiting for another attempt, finished."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sentinelmesh.domain.alerts.alert import Alert, AlertState
from sentinelmesh.domain.alerts.delivery_action import Defer, Postpone, Send
from sentinelmesh.domain.alerts.delivery_context import QUIET_WINDOW
from sentinelmesh.domain.alerts.delivery_policy import (
    GIVE_UP_AFTER,
    KEYED_LEASE,
    KEYLESS_LEASE,
    MAX_UNCERTAIN,
    gives_up_at,
)
from sentinelmesh.errors import DeliveryFailed

FIRST_PAUSE = timedelta(seconds=10)
MAX_PAUSE = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
MAX_ANSWER = 500


def claim(row: Alert, send: Send, at: datetime, *, takes_key: bool, chance: Random) -> Alert:
    """Return the row to whoever sends it, until the lease ends."""
    until = lease(at, takes_key=takes_key)
    return replace(
        row,
        state=AlertState.CLAIMED,
        attempts=row.attempts + 1,
        uncertain_attempts=send.uncertain_attempts,
        claimed_at=at,
        claim=f"{chance.getrandbits(64):016x}",
        lease_until=until,
        due_at=until,
        combined=send.combined,
    )


def lease(at: datetime, *, takes_key: bool) -> datetime:
    """Return until when a claim made now is the claimer's."""
    return at + (KEYED_LEASE if takes_key else KEYLESS_LEASE)


def mark_sent(row: Alert, at: datetime, answer: str, reference: str | None = None) -> Alert:
    """Note that the provider took the message."""
    return replace(finish(row, AlertState.SENT, answer), sent_at=at, reference=reference)


def finish(row: Alert, state: AlertState, reason: str) -> Alert:
    """End a row: SENT, SUPPRESSED or DEAD."""
    return replace(row, state=state, finished=True, answer=reason[:MAX_ANSWER])


def record_failure(
    row: Alert, failure: DeliveryFailed, at: datetime, *, takes_key: bool, chance: Random
) -> Alert:
    """Wait for another attempt, unless it is pointless or has become dangerous."""
    is_doubtful = failure.uncertain and not takes_key
    uncertain = row.uncertain_attempts + (1 if is_doubtful else 0)
    counted = replace(row, uncertain_attempts=uncertain)
    if failure.permanent or uncertain >= MAX_UNCERTAIN:
        return finish(counted, AlertState.DEAD, failure.answer)
    again = retry_at(row, at, failure.retry_after_seconds, chance)
    return replace(
        counted,
        state=AlertState.RETRY,
        due_at=max(again, at + QUIET_WINDOW) if is_doubtful else again,
        answer=failure.answer[:MAX_ANSWER],
    )


def put_off(row: Alert, wanted: Postpone | Defer) -> Alert:
    """Set when the row is due next."""
    return postpone(row, wanted) if isinstance(wanted, Postpone) else defer(row, wanted)


def postpone(row: Alert, wanted: Postpone) -> Alert:
    """Suppress for now: the end of the quiet window is another look, not the end of the matter."""
    return replace(
        row,
        state=AlertState.SUPPRESSED,
        uncertain_attempts=wanted.uncertain_attempts,
        due_at=wanted.until,
        answer="the same was told less than five minutes before",
    )


def defer(row: Alert, wanted: Defer) -> Alert:
    """Put off to a later moment, for a reason that stands in the row meanwhile."""
    return replace(
        row,
        state=AlertState.RETRY if row.attempts else AlertState.PENDING,
        uncertain_attempts=wanted.uncertain_attempts,
        due_at=wanted.until,
        held_until=wanted.until if wanted.is_held else row.held_until,
        answer=f"waits: {wanted.reason}",
        parent=wanted.parent or row.parent,
    )


def retry_at(
    row: Alert, at: datetime, retry_after_seconds: float | None, chance: Random
) -> datetime:
    """Choose the next attempt after a passing failure.

    Exponential backoff with full jitter; a pause that the provider asked for is kept. Neither
    reaches beyond the day after which the row is given up.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    if retry_after_seconds is not None:
        # Whatever a provider asks for has to fit into a timedelta first.
        asked = min(max(0.0, retry_after_seconds), GIVE_UP_AFTER.total_seconds())
        again = at + timedelta(seconds=asked + chance.uniform(0, 2))
    else:
        ceiling: timedelta = min(FIRST_PAUSE * 2.0 ** min(row.attempts, 10), MAX_PAUSE)
        again = at + max(SECOND, ceiling * chance.random())
    return min(again, max(gives_up_at(row), at + SECOND))
