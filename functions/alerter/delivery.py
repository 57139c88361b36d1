"""Delivering one alert row: claim, send, mark; every step may be the last one for a while."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from functions.alerter.channels.contract import Sender
from functions.alerter.deadline import NO_DEADLINE, Deadline
from functions.alerter.followers import Followers
from functions.alerter.notice import notice_of
from functions.alerter.rows import Rows
from functions.alerter.sending import Recipient
from functions.alerter.surroundings import Surroundings
from functions.alerter.wakeups import Wakeups
from sentinelmesh.domain.action import Defer, Kill, Nothing, Postpone, Send, Suppress, Wait
from sentinelmesh.domain.alert import Alert, AlertKind, AlertState, Channel
from sentinelmesh.domain.attempts import claimed, failed, finished, put_off, sent
from sentinelmesh.domain.circumstances import Circumstances
from sentinelmesh.domain.delivery import next_action
from sentinelmesh.domain.incident import Incident
from sentinelmesh.errors import DeliveryFailed, MeshError, StaleState
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretStore, SecretsUnavailable
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory import ChannelsRepository
from sentinelmesh.storage.incidents import IncidentsRepository

# Every other claim about a monitor on the same channel may be a reason to decide again.
MOST_LOOKS = 4


class NoTimeLeft(MeshError):
    """The invocation ends too soon for another delivery: somebody else has to make it."""


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
    pause: Callable[[float], None] = time.sleep

    def look(self, incident_id: str, alert_key: str, deadline: Deadline = NO_DEADLINE) -> None:
        """Do what is due for a row, if anything.

        Cost: four reads, a few more around the end of an outage; a delivery adds one message and
            two writes.

        Raises:
            NoTimeLeft: a delivery is due; leave it to another invocation.
            StaleState: others keep moving it; look again.
            StoreUnavailable: look again.
        """
        for _ in range(MOST_LOOKS):
            try:
                self._look(incident_id, alert_key, deadline)
            except StaleState:
                continue
            return
        raise StaleState(f"{incident_id}/{alert_key} was moved by others all the time")

    def _look(self, incident_id: str, alert_key: str, deadline: Deadline) -> None:
        row = self.alerts.get(incident_id, alert_key)
        if row is None or row.finished:
            return
        around = self._surroundings.of(row)
        match next_action(row, around, self.clock()):
            case Nothing():
                return
            case Wait(until=until):
                self.wakeups.set(row, until)
            case Postpone() | Defer() as wanted:
                self._rows.move(row, put_off(row, wanted))
            case Suppress(reason=reason, with_opened=with_opened):
                opened = around.sibling if with_opened else None
                self._finish(row, AlertState.SUPPRESSED, reason, around, opened)
            case Kill(reason=reason):
                self._finish(row, AlertState.DEAD, reason, around)
            case Send() as wanted if around.channel is not None:
                self._send(row, wanted, around, around.channel, deadline)

    @property
    def _rows(self) -> Rows:
        return Rows(self.alerts, self.wakeups, self.pause)

    @property
    def _surroundings(self) -> Surroundings:
        return Surroundings(self.alerts, self.incidents, self.channels, self.senders)

    @property
    def followers(self) -> Followers:
        """What creates the rows that follow from others."""
        return Followers(self.alerts, self.channels, self.incidents, self.clock)

    def _finish(
        self,
        row: Alert,
        state: AlertState,
        reason: str,
        around: Circumstances,
        opened: Alert | None = None,
    ) -> None:
        """End a row untold, after those that follow from its end were created."""
        self._follow(finished(row, state, reason), around)
        self._rows.finish(row, state, reason, opened)

    def _send(
        self, row: Alert, wanted: Send, around: Circumstances, channel: Channel, deadline: Deadline
    ) -> None:
        """Claim and deliver, after everything that can fail without anybody being told."""
        sender = self.senders.get(channel.kind)
        if sender is None:
            reason = f"no sender for channels of kind {channel.kind}"
            self._finish(row, AlertState.DEAD, reason, around)
            return
        try:
            recipient = Recipient.of(channel, sender, self.secrets)
        except SecretsUnavailable as trouble:
            self._put_off(row, wanted, sender, DeliveryFailed(str(trouble)), around)
            return
        if not deadline.leaves_time_for_delivery():
            raise NoTimeLeft(f"{row.incident_id}/{row.key}")
        whole = _told_whole(row, around.incident) if wanted.combined else row
        mine = claimed(whole, wanted, self.clock(), takes_key=sender.takes_key, chance=self.chance)
        opened = around.sibling if wanted.combined else None
        self._rows.claim(row, mine, around.attention, opened)
        self._deliver(mine, wanted, recipient, around, deadline)

    def _deliver(
        self,
        mine: Alert,
        wanted: Send,
        recipient: Recipient,
        around: Circumstances,
        deadline: Deadline,
    ) -> None:
        """Send, and note what came of it."""
        if wanted.repeat:
            logger().info("alert_repeated", incident_id=mine.incident_id, key=mine.key)
        first = around.sibling.reference if around.sibling else None
        notice = notice_of(mine, self.clock(), self.public_url, wanted, thread=first)
        try:
            receipt = recipient.send(notice)
        except DeliveryFailed as failure:
            after = self._after(mine, failure, recipient.sender)
        else:
            after = sent(mine, self.clock(), receipt.answer, receipt.reference)
        self._rows.mark(mine, after, deadline, lambda: self._follow(after, around))

    def _follow(self, after: Alert, around: Circumstances) -> None:
        """Create the rows that have to be there before a row ends in this form."""
        self.followers.create(self.followers.before_end(after, around))

    def _put_off(
        self,
        row: Alert,
        wanted: Send,
        sender: Sender,
        failure: DeliveryFailed,
        around: Circumstances,
    ) -> None:
        """Count an attempt by which nobody was told anything."""
        tried = replace(
            row, attempts=row.attempts + 1, uncertain_attempts=wanted.uncertain_attempts
        )
        after = self._after(tried, failure, sender)
        self._follow(after, around)
        self._rows.move(row, after)

    def _after(self, tried: Alert, failure: DeliveryFailed, sender: Sender) -> Alert:
        return failed(tried, failure, self.clock(), takes_key=sender.takes_key, chance=self.chance)


def _told_whole(row: Alert, incident: Incident | None) -> Alert:
    """Add the end to a beginning that could not be told in time."""
    if row.kind is AlertKind.RESOLVED or incident is None:
        return row
    content = replace(
        row.content,
        resolved_at=incident.resolved_at,
        duration_seconds=incident.duration_seconds,
    )
    return replace(row, content=content)
