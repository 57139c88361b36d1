"""Delivering one alert row: wake, claim, send, mark; every step may be the last one for a while."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from functions.alerter.channels.contract import Sender
from functions.alerter.notice import notice_of
from functions.alerter.wakeups import Wakeups
from sentinelmesh.domain.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.delivery import (
    MOST_UNCERTAIN,
    QUIET_WINDOW,
    Kill,
    Nothing,
    Send,
    Suppress,
    Wait,
    lease,
    next_action,
    retry_at,
)
from sentinelmesh.errors import DeliveryFailed, StaleState
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretStore
from sentinelmesh.storage.alerts import AlertsRepository, ToldRecently
from sentinelmesh.storage.directory import ChannelsRepository
from sentinelmesh.storage.incidents import IncidentsRepository

MOST_ANSWER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """Brings alert rows to their end; safe to call for a row any number of times."""

    alerts: AlertsRepository
    incidents: IncidentsRepository
    channels: ChannelsRepository
    secrets: SecretStore
    senders: Mapping[str, Sender]
    wakeups: Wakeups
    public_url: str
    clock: Callable[[], datetime]
    chance: Random

    def look(self, incident_id: str, alert_key: str) -> None:
        """Do what is due for a row, if anything.

        Cost: four reads; a delivery adds one message and two writes.

        Raises:
            StaleState: somebody else is at it; look again.
            StoreUnavailable: look again.
        """
        row = self.alerts.get(incident_id, alert_key)
        if row is None or row.finished:
            return
        channel = self.channels.get(row.channel_id)
        opened = None
        if row.kind is AlertKind.RESOLVED:
            opened = self.alerts.get(incident_id, f"{AlertKind.OPENED}#{row.channel_id}")
        incident = self.incidents.get(row.monitor_id, incident_id)
        match next_action(row, opened, incident, channel, self.clock()):
            case Nothing():
                return
            case Wait(until=until):
                self.wakeups.set(row, until)
            case Suppress(reason=reason):
                self._finish(row, AlertState.SUPPRESSED, reason)
            case Kill(reason=reason):
                self._finish(row, AlertState.DEAD, reason)
            case Send() as send if channel is not None:
                self._send(row, opened if send.combined else None, channel, send)

    def _send(self, row: Alert, opened: Alert | None, channel: Channel, send: Send) -> None:
        sender = self.senders.get(channel.kind)
        if sender is None:
            self._finish(row, AlertState.DEAD, f"no sender for channels of kind {channel.kind}")
            return
        at = self.clock()
        claimed = _claimed(row, at, sender, send)
        # The wake-up leaves before the claim: whatever dies after it, somebody looks again.
        self.wakeups.set(claimed, claimed.due_at)
        superfluous = opened if opened is not None and not opened.finished else None
        try:
            self.alerts.claim(row, claimed, superfluous)
        except ToldRecently as recent:
            self._postpone(row, recent.told_at)
            return
        self._deliver(claimed, channel, sender, send)

    def _deliver(self, claimed: Alert, channel: Channel, sender: Sender, send: Send) -> None:
        at = self.clock()
        notice = notice_of(claimed, at, self.public_url, combined=send.combined, repeat=send.repeat)
        try:
            secrets = self.secrets.get(channel.id) if channel.secret_fields else {}
            answer = sender.deliver(notice, channel, secrets)
        except DeliveryFailed as failure:
            self._failed(claimed, failure, sender)
            return
        sent = replace(
            claimed,
            state=AlertState.SENT,
            finished=True,
            sent_at=self.clock(),
            answer=answer[:MOST_ANSWER],
        )
        self._mark(claimed, sent)

    def _failed(self, claimed: Alert, failure: DeliveryFailed, sender: Sender) -> None:
        """Try again later, unless it is pointless or has become dangerous."""
        uncertain = claimed.uncertain_attempts
        if failure.uncertain and not sender.takes_key:
            uncertain += 1
        if failure.permanent or uncertain >= MOST_UNCERTAIN:
            self._finish(claimed, AlertState.DEAD, failure.answer)
            return
        at = self.clock()
        again = retry_at(claimed, at, failure.retry_after_seconds, self.chance)
        if uncertain > claimed.uncertain_attempts:
            again = max(again, at + QUIET_WINDOW)
        waiting = replace(
            claimed,
            state=AlertState.RETRY,
            due_at=again,
            uncertain_attempts=uncertain,
            answer=failure.answer[:MOST_ANSWER],
        )
        self.wakeups.set(waiting, again)
        self._mark(claimed, waiting)

    def _postpone(self, row: Alert, told_at: datetime) -> None:
        """Suppress for now; the end of the window is another look, never the end of the matter."""
        again = told_at + QUIET_WINDOW + timedelta(seconds=1)
        reason = "the same was told less than five minutes before"
        quiet = replace(row, state=AlertState.SUPPRESSED, due_at=again, answer=reason)
        self.wakeups.set(quiet, again)
        self._mark(row, quiet)

    def _finish(self, row: Alert, state: AlertState, reason: str) -> None:
        self._mark(row, replace(row, state=state, finished=True, answer=reason[:MOST_ANSWER]))

    def _mark(self, seen: Alert, after: Alert) -> None:
        """Move the row; who comes too late finds it moved by somebody else, which is as good."""
        try:
            self.alerts.advance(seen, after)
        except StaleState:
            logger().warning("alert_moved_by_another", incident_id=seen.incident_id, key=seen.key)
            return
        _log(after)


def _claimed(row: Alert, at: datetime, sender: Sender, send: Send) -> Alert:
    """Write the row as claimed; taking over an expired claim makes the one before uncertain."""
    until = lease(at, takes_key=sender.takes_key)
    return replace(
        row,
        state=AlertState.CLAIMED,
        attempts=row.attempts + 1,
        uncertain_attempts=row.uncertain_attempts + (1 if send.repeat else 0),
        claimed_at=at,
        lease_until=until,
        due_at=until,
        combined=send.combined,
    )


def _log(row: Alert) -> None:
    events = {
        AlertState.SENT: "alert_sent",
        AlertState.RETRY: "alert_retry",
        AlertState.DEAD: "alert_dead",
        AlertState.SUPPRESSED: "alert_suppressed",
    }
    logger().info(
        events[row.state],
        monitor_name=row.content.monitor_name,
        incident_id=row.incident_id,
        channel_id=row.channel_id,
        channel_kind=row.channel_kind,
        transition=row.kind,
        attempts=row.attempts,
        answer=row.answer,
    )
