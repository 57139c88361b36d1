"""Delivering one alert row: claim, send, mark; every step may be the last one for a while."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from functions.alerter.alert_writer import AlertWriter
from functions.alerter.batches import Batches, is_batch
from functions.alerter.channels.contract import Sender
from functions.alerter.context_reader import Surroundings
from functions.alerter.dependencies import Parents
from functions.alerter.follow_ups import Followers
from functions.alerter.groups import Groups
from functions.alerter.notification import notice_of
from functions.alerter.retry_queue import Wakeups
from functions.alerter.sender import Recipient
from sentinelmesh.delivery.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.alerts.alert import Alert, AlertContent, AlertKind, AlertState, Channel
from sentinelmesh.domain.alerts.alert_transitions import (
    claim,
    finish,
    mark_sent,
    put_off,
    record_failure,
)
from sentinelmesh.domain.alerts.delivery_action import (
    Action,
    Defer,
    Kill,
    Nothing,
    Postpone,
    Send,
    Suppress,
    Wait,
)
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext
from sentinelmesh.domain.alerts.delivery_policy import next_action
from sentinelmesh.domain.incidents.incident import Incident, IncidentState
from sentinelmesh.errors import DeliveryFailed, MeshError, StaleState
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretStore, SecretsUnavailable
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository
from sentinelmesh.storage.incidents import IncidentsRepository

# Every other claim about a monitor on the same channel may be a reason to decide again.
MAX_LOOKS = 4
# Seconds: whoever moved it is given time to finish, and two that meet do not meet again.
FIRST_PAUSE = 0.05


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
    groups: Groups | None = None
    parents: Parents | None = None
    batches: Batches | None = None

    def look(self, incident_id: str, alert_key: str, deadline: Deadline = NO_DEADLINE) -> None:
        """Do what is due for a row, if anything.

        Cost: four reads, a few more around the end of an outage; a delivery adds one message and
            two writes.

        Raises:
            NoTimeLeft: a delivery is due; leave it to another invocation.
            StaleState: others keep moving it; look again.
            StoreUnavailable: look again.
        """
        for number in range(MAX_LOOKS):
            try:
                self._look(incident_id, alert_key, deadline)
            except StaleState:
                self.pause(self.chance.uniform(0, FIRST_PAUSE * 2**number))
                continue
            return
        raise StaleState(f"{incident_id}/{alert_key} was moved by others all the time")

    def _look(self, incident_id: str, alert_key: str, deadline: Deadline) -> None:
        if is_batch(incident_id):
            if self.batches is not None:
                self.batches.create_rows(incident_id, alert_key)
            return
        row = self.alerts.get(incident_id, alert_key)
        if row is None or row.finished:
            return
        if row.group is not None and self.groups is not None:
            following = self.groups.look_after(row)
            if following is not None:
                self._look(*following, deadline)
            return
        around = self._around(row)
        action = next_action(row, around, self.clock())
        if isinstance(action, Send) and self._joins_others(row, around, action):
            return
        self._carry_out(action, row, around, deadline)

    def _joins_others(self, row: Alert, around: DeliveryContext, wanted: Send) -> bool:
        return self.groups is not None and self.groups.takes(row, around, wanted)

    def _carry_out(
        self, action: Action, row: Alert, around: DeliveryContext, deadline: Deadline
    ) -> None:
        match action:
            case Nothing():
                return
            case Wait(until=until):
                self.wakeups.set(row, until)
            case Postpone() | Defer() as wanted:
                if self.parents is not None:
                    self.parents.note(row, around.parents)
                self._rows.move(row, put_off(row, wanted))
            case Suppress(reason=reason, with_opened=with_opened):
                opened = around.sibling if with_opened else None
                self._finish(row, AlertState.SUPPRESSED, reason, around, opened)
            case Kill(reason=reason):
                self._finish(row, AlertState.DEAD, reason, around)
            case Send() as wanted if around.channel is not None:
                self._send(row, wanted, around, around.channel, deadline)

    def _around(self, row: Alert) -> DeliveryContext:
        around = self._surroundings.of(row)
        if self._misses_other_row(row, around):
            around = self._surroundings.of(row)
        if row.is_group and self.groups is not None:
            return self.groups.surround(row, around)
        if self.parents is None:
            return around
        return replace(around, parents=self.parents.find(row, around.channel))

    def _misses_other_row(self, row: Alert, around: DeliveryContext) -> bool:
        """Return True if the row of the other end of its incident had still to be created."""
        incident = around.incident
        is_over = incident is not None and incident.state is not IncidentState.OPEN
        if self.batches is None or around.sibling is not None or row.is_group:
            return False
        if row.kind is AlertKind.OPENED and not is_over:
            return False
        return self.batches.create_rows_of(row.incident_id)

    @property
    def _rows(self) -> AlertWriter:
        return AlertWriter(self.alerts, self.wakeups, self.pause)

    @property
    def _surroundings(self) -> Surroundings:
        return Surroundings(self.alerts, self.incidents, self.channels, self.senders)

    @property
    def followers(self) -> Followers:
        """What creates the rows that follow from others."""
        return Followers(
            self.alerts, self.channels, self.incidents, self.clock, self.groups, self.batches
        )

    def _finish(
        self,
        row: Alert,
        state: AlertState,
        reason: str,
        around: DeliveryContext,
        opened: Alert | None = None,
    ) -> None:
        """End a row untold, after those that follow from its end were created."""
        after = finish(row, state, reason)
        self._follow(after, around)
        self._rows.finish(row, state, reason, opened)
        self._wake_members(after, opened)

    def _send(
        self,
        row: Alert,
        wanted: Send,
        around: DeliveryContext,
        channel: Channel,
        deadline: Deadline,
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
        newest = replace(row, content=_newest(row, around))
        whole = _combine_with_end(newest, around.incident) if wanted.combined else newest
        mine = claim(whole, wanted, self.clock(), takes_key=sender.takes_key, chance=self.chance)
        opened = around.sibling if wanted.combined else None
        self._rows.claim(row, mine, around.attention, opened)
        self._wake_members(mine, opened)
        self._deliver(mine, wanted, recipient, around, deadline)

    def _deliver(
        self,
        mine: Alert,
        wanted: Send,
        recipient: Recipient,
        around: DeliveryContext,
        deadline: Deadline,
    ) -> None:
        """Send, and note what came of it."""
        if wanted.repeat:
            logger().info("alert_repeated", incident_id=mine.incident_id, key=mine.key)
        first = around.first or around.sibling
        thread = first.reference if first else None
        notice = notice_of(mine, self.clock(), self.public_url, wanted, thread=thread)
        try:
            receipt = recipient.send(notice)
        except DeliveryFailed as failure:
            after = self._after(mine, failure, recipient.sender)
        else:
            after = mark_sent(mine, self.clock(), receipt.answer, receipt.reference)
        self._rows.mark(mine, after, deadline, lambda: self._follow(after, around))
        self._wake_members(after)

    def _wake_members(self, after: Alert, ended_with: Alert | None = None) -> None:
        """Have the members of a group end as its row did, where it has ended.

        Args:
            ended_with: the beginning that has ended together with it.
        """
        if self.groups is None or not after.is_group:
            return
        if after.finished:
            self.groups.wake_members(after)
        if ended_with is not None:
            self.groups.wake_members(ended_with)

    def _follow(self, after: Alert, around: DeliveryContext) -> None:
        """Create the rows that have to be there before a row ends in this form."""
        self.followers.create(self.followers.before_end(after, around))

    def _put_off(
        self,
        row: Alert,
        wanted: Send,
        sender: Sender,
        failure: DeliveryFailed,
        around: DeliveryContext,
    ) -> None:
        """Count an attempt by which nobody was told anything."""
        tried = replace(
            row, attempts=row.attempts + 1, uncertain_attempts=wanted.uncertain_attempts
        )
        after = self._after(tried, failure, sender)
        self._follow(after, around)
        self._rows.move(row, after)

    def _after(self, tried: Alert, failure: DeliveryFailed, sender: Sender) -> Alert:
        return record_failure(
            tried, failure, self.clock(), takes_key=sender.takes_key, chance=self.chance
        )


def _newest(row: Alert, around: DeliveryContext) -> AlertContent:
    """Return what there is to say by now: of a group, and of what suffers with an outage."""
    if around.content is not None:
        return around.content
    suffering = around.attention.suffering_with(row.incident_id)
    return replace(row.content, suffering=suffering) if suffering else row.content


def _combine_with_end(row: Alert, incident: Incident | None) -> Alert:
    """Add the end to a beginning that could not be told in time."""
    if row.kind is AlertKind.RESOLVED or incident is None:
        return row
    content = replace(
        row.content,
        resolved_at=incident.resolved_at,
        duration_seconds=incident.duration_seconds,
    )
    return replace(row, content=content)
