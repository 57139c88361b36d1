"""When alerts of one channel are sent together: a few are sent alone, many in one message.

What has just begun waits a few seconds for others, if others are being verified. If nearly none
come it is sent alone; many are a group, whose first message leaves when the hold is over. Who
comes later joins the group: its message is updated, or followed by one more. Ends gather behind
their beginnings in the same way.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sentinelmesh.domain.alerts.alert import GROUP_PREFIX, Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.alert_transitions import finish
from sentinelmesh.domain.alerts.delivery_action import Send
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext
from sentinelmesh.domain.incidents.common_cause import Member
from sentinelmesh.domain.probing.result import Outcome

MANY = 3
MANY_WITHIN = timedelta(minutes=1)
QUIET = timedelta(seconds=15)
# A minute of slots, as most monitors have them, and their verification.
LONGEST = timedelta(seconds=75)
ENDS_QUIET = timedelta(seconds=60)
ENDS_LONGEST = timedelta(minutes=2)
# How often the driver of a part looks whether it is ripe: of the first one, and of later ones.
FIRST_LOOK, LATER_LOOK = timedelta(seconds=1), timedelta(seconds=3)
# Members rest until they are woken; the sweep looks after those whose wake-up got lost.
REST = LONGEST + QUIET
# From so many on nobody waits for more: a message that names them would be read by nobody.
MANY_ENOUGH = 1000
# A look at a moment that has just come.
AT_ONCE = timedelta(milliseconds=1)


class WindowStatus(StrEnum):
    """What a gathering has come to."""

    WAITS = "waits"
    ALONE = "alone"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known of the members of a gathering.

    Args:
        count: members of the group.
        lasting: those whose incidents are open.
        last_at: when the last outage was confirmed, or the last one ended; lesser news do not
            count.
        may_grow: other monitors are being verified at this moment.
    """

    count: int
    lasting: int = 0
    last_at: datetime | None = None
    may_grow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingWindow:
    """What gathers in one place.

    Joining writes nothing here, so that any number may join side by side. Only the first of a part
    does, which then drives it: it writes the message when the part is ripe.

    Args:
        place: a channel, for what begins; a group, for the ends of its members.
        group: the group that it is becoming, or was lately; None while nothing gathers.
        part: which message of the group comes next.
        driver: the incident whose row looks after this part; None while nobody waits for it.
        started_at: when the group was begun.
        began_at: when this part was.
        written_at: when the last message of the group was written; None before the first.
        recent: when the last few were sent alone.
        is_updated: the channel's messages can be changed: nobody is disturbed by an update.
    """

    place: str
    kind: AlertKind
    version: int = 0
    group: str | None = None
    part: int = 0
    driver: str | None = None
    started_at: datetime | None = None
    began_at: datetime | None = None
    written_at: datetime | None = None
    recent: tuple[datetime, ...] = ()
    is_updated: bool = False

    @property
    def is_of_ends(self) -> bool:
        """Whether a group ends here, rather than begins."""
        return self.place.startswith(GROUP_PREFIX)

    def is_open(self, at: datetime) -> bool:
        """Return True if whoever comes now belongs to the group."""
        if self.group is None or self.started_at is None:
            return False
        if self.is_of_ends or self.written_at is None:
            return True
        is_awaited = self.driver is not None or at < self.written_at + QUIET
        return is_awaited and at < self.started_at + LONGEST

    def begin_part(self, row: Alert, at: datetime, *, is_updated: bool) -> "GroupingWindow":
        """Return the gathering with a row that drives its next part, or a new group."""
        # What waited for its turn in a backlog waits for others no longer than it has to.
        began_at = max(min(row.due_at, at), at - QUIET)
        fresh = GroupingWindow(
            place=self.place,
            kind=self.kind,
            version=self.version,
            group=self.place if self.is_of_ends else group_id(row, at),
            started_at=began_at,
            recent=self.recent,
        )
        known = self if self.is_open(at) else fresh
        return replace(
            known,
            version=self.version + 1,
            driver=row.incident_id,
            began_at=began_at,
            is_updated=is_updated,
        )

    def close_part(self, at: datetime) -> "GroupingWindow":
        """Return the gathering after the message of this part was written."""
        is_last = self._follows_once or self.started_at is None or at >= self.started_at + LONGEST
        return replace(
            self,
            version=self.version + 1,
            group=None if is_last and not self.is_of_ends else self.group,
            part=self.part + 1,
            driver=None,
            began_at=None,
            written_at=at,
        )

    def release(self, at: datetime, count: int) -> "GroupingWindow":
        """Return the gathering after its few members were sent off, each alone."""
        return replace(
            self,
            version=self.version + 1,
            group=None,
            driver=None,
            began_at=None,
            recent=(*self.recent, *[at] * count)[-MANY:],
        )

    def note_alone(self, at: datetime) -> "GroupingWindow":
        """Return the gathering after a row was sent without waiting for others."""
        return replace(self, version=self.version + 1, recent=(*self.recent, at)[-MANY:])

    def dismiss_driver(self) -> "GroupingWindow":
        """Return the gathering after its driver was told by the message before: nobody waits."""
        return replace(self, version=self.version + 1, driver=None, began_at=None)

    def abandon(self) -> "GroupingWindow":
        """Return the gathering closed to others, for the group is over."""
        return replace(self, version=self.version + 1, group=None, driver=None, began_at=None)

    def is_storm(self, at: datetime, count: int) -> bool:
        """Return True if as many came within a minute as are sent together."""
        return count + sum(at - each <= MANY_WITHIN for each in self.recent) >= MANY

    def ripe_at(self, hold: timedelta, last_at: datetime | None = None) -> datetime | None:
        """Return when the next message is due at the latest; None while nobody waits for it.

        Args:
            hold: how long the first message waits for others.
            last_at: when the last news came.
        """
        if self.began_at is None or self.started_at is None:
            return None
        if self.part == 0:
            return self.began_at + hold
        quiet, longest = (QUIET, self.started_at + LONGEST)
        if self.is_of_ends:
            quiet, longest = (ENDS_QUIET, self.began_at + ENDS_LONGEST)
        if self.is_updated:
            return min(self.began_at + (QUIET if self.is_of_ends else hold), longest)
        return min((last_at or self.began_at) + quiet, longest)

    def look_at(self, at: datetime, hold: timedelta, last_at: datetime | None = None) -> datetime:
        """Return when its driver looks again."""
        look = at + (LATER_LOOK if self.part and at != self.began_at else FIRST_LOOK)
        ripe_at = self.ripe_at(hold, last_at)
        return look if ripe_at is None else max(at + AT_ONCE, min(ripe_at, look))

    def judge(self, at: datetime, hold: timedelta, progress: Progress) -> WindowStatus:
        """Return what it has come to by now."""
        ripe_at = self.ripe_at(hold, progress.last_at)
        if ripe_at is None or self.began_at is None:
            return WindowStatus.WAITS
        is_ripe = at >= ripe_at
        if self.is_of_ends or self.part > 0:
            is_complete = self.is_of_ends and not progress.lasting
            return WindowStatus.TOGETHER if is_ripe or is_complete else WindowStatus.WAITS
        if progress.count >= MANY_ENOUGH:
            return WindowStatus.TOGETHER
        if not self.is_storm(at, progress.count):
            return WindowStatus.ALONE if is_ripe or not progress.may_grow else WindowStatus.WAITS
        if progress.count > 1:
            return WindowStatus.TOGETHER if is_ripe else WindowStatus.WAITS
        # The channel has just had the first words of a storm: this one may be its next.
        return WindowStatus.ALONE if at >= self.began_at + QUIET else WindowStatus.WAITS

    @property
    def _follows_once(self) -> bool:
        """Whether this part is the one follow-up of a message that cannot be updated."""
        return self.part > 0 and not self.is_updated


def group_id(row: Alert, at: datetime) -> str:
    """Return the name of a group, after its first member: names sort by time, like incidents."""
    moment = int(at.timestamp() * 1000).to_bytes(6, "big")
    origin = hashlib.sha256(f"{row.incident_id}#{row.kind}#{row.channel_id}".encode()).digest()[:9]
    return GROUP_PREFIX + base64.b32hexencode(moment + origin).decode().lower()


def member(row: Alert, at: datetime, gathering: GroupingWindow, hold: timedelta) -> Alert:
    """Put a row into a gathering; its driver is due when that is ripe, others rest."""
    is_driver = gathering.driver == row.incident_id
    ripe_at = gathering.ripe_at(hold) if is_driver else at + REST
    return replace(
        row,
        group=gathering.group,
        part=gathering.part,
        due_at=max(ripe_at or at, at + AT_ONCE),
        answer="waits: what happens at the same time is told in one message",
    )


def alone(row: Alert, at: datetime) -> Alert:
    """Let a row go its own way."""
    due_at = at if at != row.due_at else at + AT_ONCE
    return replace(row, group=None, part=0, alone=True, due_at=due_at, answer=None)


def finish_with_group(row: Alert, group: Alert) -> Alert:
    """End a member as the row of its group has ended that told it."""
    after = replace(
        finish(row, group.state, f"told as one of many: {group.answer}"), part=group.number
    )
    if group.state is not AlertState.SENT:
        return after
    return replace(after, attempts=row.attempts + 1, sent_at=group.sent_at, combined=group.combined)


def member_of(row: Alert) -> Member:
    """Keep of a beginning what it takes to compare it with others."""
    content = row.content
    failing = [vote for vote in content.votes if vote.outcome is Outcome.FAILURE]
    return Member(
        incident_id=row.incident_id,
        monitor_id=row.monitor_id,
        monitor_name=content.monitor_name,
        target=content.target,
        opened_at=content.opened_at,
        confirmed_at=content.confirmed_at,
        cause=content.cause,
        cause_detail=content.cause_detail,
        severity=content.severity,
        failing_in=tuple(vote.region for vote in failing),
        working_in=tuple(vote.region for vote in content.votes if vote.outcome is Outcome.SUCCESS),
        addresses=_seen(vote.remote_address for vote in failing),
        certificates=_seen(vote.tls_fingerprint for vote in failing),
        parents=content.parents,
        tags=content.tags,
        runbook_url=content.runbook_url,
        is_step=row.unless_acknowledged,
    )


def _seen(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value is not None}))


def gathers_at(row: Alert, around: DeliveryContext, wanted: Send, hold: timedelta) -> str | None:
    """Return where a row that may be told now waits for others; None tells it alone.

    Only what was never tried waits: a message that may have arrived is told as it was.
    """
    sibling = around.sibling
    if row.kind is AlertKind.RESOLVED and sibling is not None and sibling.group is not None:
        return sibling.group
    is_fresh = not (row.alone or row.is_group or row.attempts or wanted.uncertain_attempts)
    if not hold or not is_fresh or row.instead_of is not None or wanted.combined:
        return None
    # Ends are told alone where beginnings were: a pager closes what it opened.
    gathers = row.kind is AlertKind.OPENED or (row.kind is AlertKind.RESOLVED and sibling is None)
    return row.channel_id if gathers else None
