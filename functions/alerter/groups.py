"""Many alerts of one moment as one message: rows join, gather, and follow their group."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.alerter.wakeups import Wakeups
from sentinelmesh.domain.action import Defer, Send
from sentinelmesh.domain.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.attempts import deferred
from sentinelmesh.domain.circumstances import Circumstances
from sentinelmesh.domain.common_cause import Member
from sentinelmesh.domain.gathering import (
    Gathering,
    Ripe,
    alone,
    gathers_at,
    member,
    member_of,
    told_with,
)
from sentinelmesh.domain.grouping import (
    Incidents,
    beginning,
    content_of,
    end,
    incident_of,
    lasting,
    wanted_rows,
)
from sentinelmesh.domain.incident import IncidentState
from sentinelmesh.errors import StaleState
from sentinelmesh.observability import logger
from sentinelmesh.storage.alerts import AlertsRepository, RowKey
from sentinelmesh.storage.gatherings import GatheringsRepository
from sentinelmesh.storage.incidents import IncidentsRepository

FOLLOWING_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)
OTHERS_LAST = "others of its group were not told yet"


@dataclass(frozen=True, slots=True)
class Groups:
    """Makes groups and has their members end as their groups do.

    Args:
        hold: how long what has begun waits for others; zero tells everything alone.
    """

    alerts: AlertsRepository
    gatherings: GatheringsRepository
    incidents: IncidentsRepository
    wakeups: Wakeups
    clock: Callable[[], datetime]
    hold: timedelta

    def surround(self, row: Alert, around: Circumstances) -> Circumstances:
        """Add to the circumstances of a group's row the incident that the group is.

        Cost: 1 read unit per 4 KB of its members, and one for each of their incidents.
        """
        members, incidents = self._standing(row.incident_id)
        if not members:
            return around
        # What an end tells was settled when it was told of whom.
        is_end = row.kind is AlertKind.RESOLVED
        content = row.content if is_end else content_of(members, incidents)
        return replace(
            around, incident=incident_of(row.incident_id, members, incidents), content=content
        )

    def takes(self, row: Alert, around: Circumstances, wanted: Send) -> bool:
        """Have a row join others instead of being told now; say whether it does.

        Raises:
            StaleState: others joined or moved it: decide again.
            StoreUnavailable: look again.
        """
        place = gathers_at(row, around, wanted, self.hold)
        if place is None:
            return False
        seen = self.gatherings.get(place, row.kind)
        if seen.is_of_ends:
            if self._follows_end(row, seen) or self._waits_for_beginning(row, place):
                return True
            seen = self._expecting(row, seen)
        at = self.clock()
        after = seen.joined(row, at)
        mine = member(row, at, after, self.hold)
        kept = None if after.is_of_ends else member_of(row)
        # The wake-up leaves first: whatever dies after it, somebody looks again.
        self.wakeups.set(mine, mine.due_at)
        self.gatherings.join((row, mine), (around.attention, at), (seen, after), kept)
        _log("alert_joins", mine)
        return True

    def look_after(self, row: Alert) -> None:
        """Do what is due for a member: end the gathering, follow the group, or wait.

        Raises:
            StaleState: others moved it or the gathering: decide again.
            StoreUnavailable: look again.
        """
        at = self.clock()
        group = self.alerts.get(row.group or "", row.told_in)
        # Whatever it still waited for: its group has ended.
        if row.due_at > at and not (group and group.finished):
            self.wakeups.set(row, row.due_at)
            return
        if group is not None:
            self._follow(row, group, at)
            return
        gathering = self._gathering_of(row)
        match gathering.judge(at, self.hold):
            case Ripe.WAITS:
                until = gathering.ripe_at(self.hold) or at + FOLLOWING_PAUSE
                self._wait(row, until, "others may have the same cause")
            case Ripe.ALONE:
                self._dissolve(gathering, at)
            case Ripe.TOGETHER:
                self._close(row, gathering, at)

    def wake_members(self, row: Alert) -> None:
        """Have the members of a group end with its row, at once; the sweep would find them too."""
        members = self.gatherings.members(row.incident_id)
        names = wanted_rows(row.content, members, row.kind)
        key = f"{row.kind}#{row.channel_id}"
        self.wakeups.hand_over([RowKey(name, key) for name in names], 0)

    def _standing(self, group: str) -> tuple[list[Member], Incidents]:
        members = self.gatherings.members(group)
        named = [(each.monitor_id, each.incident_id) for each in members]
        return members, self.incidents.get_many(named) if named else {}

    def _gathering_of(self, row: Alert) -> Gathering:
        """Read what a member waits for.

        Raises:
            StaleState: it has ended a moment ago.
        """
        group = row.group or ""
        for place in (row.channel_id, group):
            found = self.gatherings.get(place, row.kind)
            if (found.group, found.part) == (group, row.part):
                return found
        raise StaleState(f"{group} does not gather any more")

    def _follows_end(self, row: Alert, seen: Gathering) -> bool:
        """Join the last end of a group if it told of this one already; say whether it did."""
        if seen.part == 0:
            return False
        mine = replace(row, group=seen.place, part=seen.part - 1)
        told = self.alerts.get(seen.place, mine.told_in)
        if told is None or told.content.group is None:
            return False
        if row.incident_id not in told.content.group.over:
            return False
        mine = replace(mine, due_at=self.clock() + FOLLOWING_PAUSE / 10)
        self._move(row, mine)
        return True

    def _beginning_of(self, row: Alert, group: str) -> Alert | None:
        return self.alerts.get(group, f"{AlertKind.OPENED}#{row.channel_id}")

    def _waits_for_beginning(self, row: Alert, group: str) -> bool:
        """Wait while its beginning gathers, which may yet be told alone; say whether it does."""
        if self._beginning_of(row, group) is not None:
            return False
        self._wait(row, self.clock() + FOLLOWING_PAUSE, "its beginning waits for others")
        return True

    def _expecting(self, row: Alert, seen: Gathering) -> Gathering:
        """Say how many ends there can be, where none was told yet."""
        opened = self._beginning_of(row, seen.place)
        group = opened.content.group if opened else None
        is_first = seen.part == 0 and group is not None
        return replace(seen, expected=group.total) if is_first and group else seen

    def acknowledged(self, row: Alert, by: str) -> tuple[Alert, str] | None:
        """Give the row by which a member was told if somebody takes care of all that last, and who.

        While it gathers that is its own row: it may yet be told alone.

        Cost: 1 read unit per 4 KB of the members, and one for each of their incidents.
        """
        group = self.alerts.get(row.group or "", row.told_in)
        if group is None:
            return row, by
        members, incidents = self._standing(group.incident_id)
        whole = incident_of(group.incident_id, members, incidents)
        is_taken = whole.state is IncidentState.OPEN and whole.acknowledged_at is not None
        return (group, whole.acknowledged_by or "") if is_taken else None

    def _follow(self, row: Alert, group: Alert, at: datetime) -> None:
        if not group.finished:
            until = min(max(group.due_at, at + FOLLOWING_PAUSE), at + LONGEST_PAUSE)
            self._wait(row, until, "its group is told first")
            return
        after = told_with(row, group)
        self.alerts.advance((row, after))
        _log(f"alert_{after.state}", after)

    def _close(self, row: Alert, gathering: Gathering, at: datetime) -> None:
        """End a gathering with the row by which its channel hears of all."""
        name = gathering.group or ""
        members, incidents = self._standing(name)
        left = lasting(members, incidents)
        if not gathering.is_of_ends:
            told = beginning(row, gathering, members, incidents, at)
        else:
            opened = self._beginning_of(row, name)
            # Of those that last nobody may hear first that others work again. What was not told
            # after all, for its channel is off or gone, is not waited for: nor is its end told.
            is_settled = opened is not None and (opened.finished or opened.state is AlertState.SENT)
            if left and not is_settled:
                self._wait(row, at + 3 * FOLLOWING_PAUSE, OTHERS_LAST)
                return
            told = end(row, gathering, members, incidents, at)
        self.gatherings.end(gathering, gathering.ended(expected=len(left)), told)
        _log("alerts_grouped", told)

    def _dissolve(self, gathering: Gathering, at: datetime) -> None:
        """Let a few go their own ways, and look at each at once."""
        rows = [
            self.alerts.get(each.incident_id, f"{gathering.kind}#{gathering.place}")
            for each in self.gatherings.members(gathering.group or "")
        ]
        moves = [(seen, alone(seen, at)) for seen in rows if seen is not None]
        self.gatherings.dissolve(gathering, gathering.ended(), moves)
        self.wakeups.hand_over([RowKey(row.incident_id, row.key) for _, row in moves], 0)

    def _wait(self, row: Alert, until: datetime, reason: str) -> None:
        wanted = Defer(until=until, reason=reason, uncertain_attempts=row.uncertain_attempts)
        self._move(row, deferred(row, wanted))

    def _move(self, row: Alert, after: Alert) -> None:
        self.alerts.advance((row, after))
        self.wakeups.set(after, after.due_at)


def _log(event: str, row: Alert) -> None:
    logger().info(
        event,
        incident_id=row.incident_id,
        key=row.key,
        group=row.group,
        monitor_name=row.content.monitor_name,
        answer=row.answer,
    )
