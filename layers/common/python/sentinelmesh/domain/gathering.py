"""When alerts of one channel are told together: a few are told alone, many in one message.

What has just begun waits a few seconds for others. If nearly none come it is told alone; from the
third within a minute on they gather until it is quiet. Ends gather behind their beginnings.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sentinelmesh.domain.action import Send
from sentinelmesh.domain.alert import GROUP_PREFIX, Alert, AlertKind, AlertState
from sentinelmesh.domain.attempts import finished
from sentinelmesh.domain.circumstances import Circumstances
from sentinelmesh.domain.common_cause import Member
from sentinelmesh.domain.result import Outcome

MANY = 3
MANY_WITHIN = timedelta(minutes=1)
QUIET = timedelta(seconds=15)
# A minute of slots, as most monitors have them, and their verification.
LONGEST = timedelta(seconds=75)
ENDS_QUIET = timedelta(seconds=60)
ENDS_LONGEST = timedelta(minutes=2)
# A message that names more would be read by nobody; and an item of the store has its size.
MOST_MEMBERS = 1000
# A look at a moment that has just come.
AT_ONCE = timedelta(milliseconds=1)


class Ripe(StrEnum):
    """What a gathering has come to."""

    WAITS = "waits"
    ALONE = "alone"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """What gathers in one place; each change counts it up by one version.

    Args:
        place: a channel, for what begins; a group, for the ends of its members.
        group: the group that it is becoming; None while nothing gathers.
        part: which of the ends of a group.
        expected: how many ends the group waits for; 0 where nobody knows.
        recent: when the last few joined, whatever became of them.
    """

    place: str
    kind: AlertKind
    version: int = 0
    group: str | None = None
    part: int = 0
    began_at: datetime | None = None
    last_at: datetime | None = None
    count: int = 0
    expected: int = 0
    recent: tuple[datetime, ...] = ()

    @property
    def is_of_ends(self) -> bool:
        """Whether a group ends here, rather than begins."""
        return self.place.startswith(GROUP_PREFIX)

    @property
    def is_complete(self) -> bool:
        """Whether as many came as can."""
        return self.count >= MOST_MEMBERS or 0 < self.expected <= self.count

    def joined(self, row: Alert, at: datetime) -> "Gathering":
        """Take a row in."""
        group = self.group or (self.place if self.is_of_ends else group_id(row, at))
        return replace(
            self,
            version=self.version + 1,
            group=group,
            began_at=self.began_at or at,
            last_at=at,
            count=self.count + 1,
            recent=(*self.recent, at)[-MANY:],
        )

    def ended(self, expected: int = 0) -> "Gathering":
        """Begin anew, told together or not.

        Args:
            expected: ends that are still to come.
        """
        return replace(
            self,
            version=self.version + 1,
            group=None,
            part=self.part + 1 if self.is_of_ends else 0,
            began_at=None,
            last_at=None,
            count=0,
            expected=expected,
        )

    def ripe_at(self, hold: timedelta) -> datetime | None:
        """Say when it has been quiet for long enough; None while nothing gathers.

        Args:
            hold: how long a row waits for the first others.
        """
        if self.began_at is None or self.last_at is None:
            return None
        if self.is_complete:
            return self.last_at + AT_ONCE
        if self.is_of_ends:
            return min(self.last_at + ENDS_QUIET, self.began_at + ENDS_LONGEST)
        if self._is_many:
            return min(self.last_at + max(hold, QUIET), self.began_at + LONGEST)
        return self.last_at + hold

    def judge(self, at: datetime, hold: timedelta) -> Ripe:
        """Say what it has come to by now."""
        ripe_at = self.ripe_at(hold)
        if ripe_at is None or at < ripe_at:
            return Ripe.WAITS
        if self.is_of_ends or (self._is_many and self.count > 1):
            return Ripe.TOGETHER
        return Ripe.ALONE

    @property
    def _is_many(self) -> bool:
        """Whether as many came within a minute as are told together."""
        return len(self.recent) == MANY and self.recent[-1] - self.recent[0] <= MANY_WITHIN


def group_id(row: Alert, at: datetime) -> str:
    """Name a group after its first member, so that names sort by time as those of incidents do."""
    moment = int(at.timestamp() * 1000).to_bytes(6, "big")
    origin = hashlib.sha256(f"{row.incident_id}#{row.kind}#{row.channel_id}".encode()).digest()[:9]
    return GROUP_PREFIX + base64.b32hexencode(moment + origin).decode().lower()


def member(row: Alert, at: datetime, gathering: Gathering, hold: timedelta) -> Alert:
    """Give a row its place in a gathering that it is in."""
    ripe_at = gathering.ripe_at(hold) or at
    return replace(
        row,
        group=gathering.group,
        part=gathering.part,
        due_at=max(ripe_at, at + AT_ONCE),
        answer="waits: what happens at the same time is told in one message",
    )


def alone(row: Alert, at: datetime) -> Alert:
    """Let a row go its own way."""
    due_at = at if at != row.due_at else at + AT_ONCE
    return replace(row, group=None, alone=True, due_at=due_at, answer=None)


def told_with(row: Alert, group: Alert) -> Alert:
    """End a member as the row of its group has ended."""
    after = finished(row, group.state, f"told as one of many: {group.answer}")
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


def gathers_at(row: Alert, around: Circumstances, wanted: Send, hold: timedelta) -> str | None:
    """Say where a row that may be told now waits for others; None tells it alone.

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
