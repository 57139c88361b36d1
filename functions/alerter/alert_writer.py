"""Moving rows on: each move with the wake-up and the log line that belong to it."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.alerter.retry_queue import Wakeups
from sentinelmesh.delivery.deadline import Deadline
from sentinelmesh.domain.alerts.alert import Alert, AlertState
from sentinelmesh.domain.alerts.alert_transitions import finish
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.errors import StaleState, StoreUnavailable
from sentinelmesh.observability import logger
from sentinelmesh.storage.alerts import AlertsRepository

# A mark that is lost costs somebody a second message: it is worth more than one try.
MARK_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6)
MIN_SECONDS_TO_MARK = 8.0


@dataclass(frozen=True, slots=True)
class AlertWriter:
    """The outbox, as a deliverer moves it."""

    alerts: AlertsRepository
    wakeups: Wakeups
    pause: Callable[[float], None]

    def claim(
        self, row: Alert, mine: Alert, attention: NotificationHistory, opened: Alert | None
    ) -> None:
        """Take a row.

        Args:
            mine: the row when it is taken.
            opened: the beginning that a combined message makes superfluous.

        Raises:
            StaleState: others moved it, or told the channel something: decide again.
            StoreUnavailable: not known to be taken.
        """
        # The wake-up leaves before the claim: whatever dies after it, somebody looks again.
        self.wakeups.set(mine, mine.due_at)
        superfluous = None
        if opened is not None and not opened.finished:
            told = finish(opened, AlertState.SUPPRESSED, "told together with its end")
            superfluous = (opened, told)
        try:
            self.alerts.claim(row, mine, attention, superfluous)
        except StoreUnavailable:
            if not self._is_claimed(mine):
                raise
        if superfluous is not None:
            _log(superfluous[1])

    def finish(
        self, row: Alert, state: AlertState, reason: str, opened: Alert | None = None
    ) -> None:
        """End a row, and the one of its beginning with it if that is given.

        Raises:
            StaleState: others moved one of them first: decide again.
            StoreUnavailable: look again.
        """
        moves = [(row, finish(row, state, reason))]
        if opened is not None:
            moves.append((opened, finish(opened, state, "it was over before it could be told")))
        self._advance(*moves)

    def move(self, row: Alert, after: Alert) -> None:
        """Move a row, and have it looked at again when it is due.

        Raises:
            StaleState: others moved it first: decide again.
            StoreUnavailable: look again.
        """
        self._advance((row, after))
        if not after.finished:
            self.wakeups.set(after, after.due_at)

    def mark(
        self, mine: Alert, after: Alert, deadline: Deadline, before: Callable[[], None]
    ) -> None:
        """Note what became of a message, with all patience there is.

        Args:
            before: what has to be done first; doing it again does no harm.
        """
        for pause in MARK_PAUSES:
            try:
                before()
                self.move(mine, after)
            except StoreUnavailable:
                if deadline.seconds_left() < MIN_SECONDS_TO_MARK:
                    break
                self.pause(pause)
            except StaleState:
                # An earlier try took effect though it seemed to fail, or the lease was over.
                logger().warning("alert_moved", incident_id=mine.incident_id, key=mine.key)
                return
            else:
                return
        logger().error("alert_mark_lost", incident_id=mine.incident_id, key=mine.key)

    def _is_claimed(self, mine: Alert) -> bool:
        """Return whether a claim took effect though it seemed to fail: it is used then."""
        there = self.alerts.get(mine.incident_id, mine.key)
        return there is not None and (there.state, there.claim) == (mine.state, mine.claim)

    def _advance(self, *moves: tuple[Alert, Alert]) -> None:
        self.alerts.advance(*moves)
        for _, after in moves:
            _log(after)


def _log(row: Alert) -> None:
    logger().info(
        f"alert_{row.state}",
        monitor_name=row.content.monitor_name,
        incident_id=row.incident_id,
        channel_id=row.channel_id,
        channel_kind=row.channel_kind,
        transition=row.kind,
        attempts=row.attempts,
        uncertain_attempts=row.uncertain_attempts,
        answer=row.answer,
    )
