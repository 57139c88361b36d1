"""Many alerts of one moment as one message: rows join, gather, and follow their group."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.alerter.channels.updates import can_update
from functions.alerter.group_messages import GroupMessages
from functions.alerter.group_reader import GroupReader
from functions.alerter.retry_queue import Wakeups
from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.alert_group import incident_of, names_in
from sentinelmesh.domain.alerts.alert_transitions import defer
from sentinelmesh.domain.alerts.closing_events import is_kept_open, keeps_state
from sentinelmesh.domain.alerts.delivery_action import Defer, Send
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext
from sentinelmesh.domain.alerts.grouping_window import (
    REST,
    GroupingWindow,
    WindowStatus,
    alone,
    finish_with_group,
    gathers_at,
    member,
    member_of,
)
from sentinelmesh.domain.incidents.incident import OUTAGE, IncidentState
from sentinelmesh.observability import logger
from sentinelmesh.storage.alerts import RowKey

SHORT_PAUSE, LONG_PAUSE = timedelta(seconds=3), timedelta(minutes=5)
MAX_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Groups:
    """Makes groups and has their members end as their groups do.

    Args:
        hold: how long what has begun waits for others; zero tells everything alone.
    """

    reader: GroupReader
    wakeups: Wakeups
    clock: Callable[[], datetime]
    hold: timedelta

    @property
    def messages(self) -> GroupMessages:
        """What writes the messages of groups."""
        return GroupMessages(self.reader)

    def surround(self, row: Alert, around: DeliveryContext) -> DeliveryContext:
        """Add to the circumstances of a group's row the incident that the group is."""
        return self.messages.surround(row, around)

    def takes(self, row: Alert, around: DeliveryContext, wanted: Send) -> bool:
        """Have a row join others instead of being told now; say whether it does.

        Raises:
            StaleState: others began something or moved it: decide again.
            StoreUnavailable: look again.
        """
        place = gathers_at(row, around, wanted, self.hold)
        if place is None:
            return False
        at = self.clock()
        seen = self.reader.gatherings.get(place, row.kind)
        if seen.is_of_ends and self._puts_off_end(row, around, at):
            return True
        if not seen.is_open(at) and self._stands_alone(row, seen, at):
            self.reader.gatherings.replace(seen, seen.note_alone(at))
            return False
        self._join(row, seen, around, at)
        return True

    def look_after(self, row: Alert) -> RowKey | None:
        """Do what is due for a member: write its group's message, follow the group, or wait.

        Returns:
            The row to look at next: the group's, if it was just written, or this one, if it is
            told alone after all.

        Raises:
            StaleState: others moved it or the gathering: decide again.
            StoreUnavailable: look again.
        """
        at = self.clock()
        # In this order: of a gathering that is over the message is there, or never will be.
        gathering = self.reader.find_gathering(row, at)
        teller, rows = self.reader.find_row_of(row)
        if teller is not None:
            if gathering is not None and gathering.driver == row.incident_id:
                self._pass_on(row, gathering, teller)
            after = finish_with_group(row, teller)
            self.reader.alerts.advance((row, after))
            _log(f"alert_{after.state}", after)
        elif rows and not rows[-1].finished:
            # Who is named in it will be woken when it was sent.
            is_named = row.incident_id in names_in(rows[-1])
            self._rest(row, at, None if is_named else max(rows[-1].due_at, at + SHORT_PAUSE))
        elif gathering is not None:
            return self._attend(row, gathering, len(rows), at)
        elif rows:
            return self.messages.add(row, len(rows), at)
        else:
            return self._leave(row, at)
        return None

    def wake_members(self, row: Alert) -> None:
        """Have the members of a group end with its row, at once; the sweep would find them too."""
        if row.kind not in {AlertKind.OPENED, AlertKind.RESOLVED}:
            return
        key = f"{row.kind}#{row.channel_id}"
        self.wakeups.hand_over([RowKey(name, key) for name in names_in(row)], 0)

    def acknowledged(self, row: Alert, by: str) -> tuple[Alert, str] | None:
        """Return the row that announced a member, and who acknowledged, if all that last are.

        While it gathers that is its own row: it may yet be told alone.

        Cost: 1 read unit per 4 KB of the members, and one for each of their incidents.
        """
        group = self.reader.alerts.get(row.group or "", f"{row.kind}#{row.channel_id}")
        if group is None:
            return row, by
        members, incidents = self.reader.read_members(group.incident_id)
        whole = incident_of(group.incident_id, members, incidents)
        is_taken = whole.state is IncidentState.OPEN and whole.acknowledged_at is not None
        return (group, whole.acknowledged_by or "") if is_taken else None

    def close(self, row: Alert, around: DeliveryContext) -> Alert | None:
        """Build the end of a group for a receiver that keeps it open, if nothing else ends it.

        A monitor that flapped ends by its own name; it may be the last one of its group.

        Args:
            row: the end of one monitor.

        Cost: where a monitor flapped, a read, and of its group the members, incidents and alerts.
        """
        channel, flapping = around.channel, around.sibling
        has_flapped = flapping is not None and flapping.kind is AlertKind.FLAPPING
        is_end = row.kind.event is AlertKind.RESOLVED and not row.is_group
        if not (is_end and has_flapped) or channel is None or not keeps_state(channel):
            return None
        opened = self.reader.alerts.get(row.incident_id, f"{AlertKind.OPENED}#{row.channel_id}")
        if opened is None or opened.group is None:
            return None
        end = replace(opened, kind=AlertKind.RESOLVED)
        gathering = self.reader.find_gathering(end, self.clock())
        if gathering is not None and gathering.driver is not None:
            return None  # The message that it is about to write says that all have ended.
        rows = self.reader.alerts.list_of_incident(opened.group)
        is_open = is_kept_open(rows, channel)
        return self.messages.build_last_end(end, self.clock()) if is_open else None

    def _stands_alone(self, row: Alert, seen: GroupingWindow, at: datetime) -> bool:
        """Return whether nothing suggests that others will fail with it.

        Lesser news can wait for each other.
        """
        is_outage = row.kind is AlertKind.OPENED and row.content.severity == OUTAGE
        if not is_outage or seen.is_storm(at, 1):
            return False
        return self.reader.count_suspects(1) == 0

    def _join(
        self, row: Alert, seen: GroupingWindow, around: DeliveryContext, at: datetime
    ) -> None:
        """Build a row a member, and the driver of its part if it is the first of it."""
        drives = not seen.is_open(at) or seen.driver is None
        is_updated = around.channel is not None and can_update(around.channel)
        after = seen.begin_part(row, at, is_updated=is_updated) if drives else seen
        mine = member(row, at, after, self.hold)
        if drives:
            # The wake-up leaves first: whatever dies after it, somebody looks again.
            self.wakeups.set(mine, after.look_at(at, self.hold))
        kept = None if after.is_of_ends else member_of(row)
        begun = (seen, after) if drives else None
        self.reader.gatherings.join((row, mine), (around.attention, at), kept, begun)
        _log("alert_joins", mine)
        if not drives:
            self._find_out_if_left_out(mine, after, at)

    def _find_out_if_left_out(self, mine: Alert, seen: GroupingWindow, at: datetime) -> None:
        """Look again soon if the message may have been written before this row had joined."""
        now = self.reader.gatherings.get(seen.place, seen.kind)
        if (now.group, now.part) != (seen.group, seen.part):
            self.wakeups.set(mine, at + SHORT_PAUSE)

    def _puts_off_end(self, row: Alert, around: DeliveryContext, at: datetime) -> bool:
        """Return whether an end was sent with its group's, or has to wait for its beginning.

        That may gather yet, and be told alone after all; or it is to be added to its group.
        """
        opened = around.sibling
        group = opened.group if opened else None
        for each in self.reader.iterate_rows(group or "", row.kind, row.channel_id):
            if row.incident_id in names_in(each):
                due_at = at + timedelta(seconds=1)
                self._move(row, replace(row, group=group, part=each.number, due_at=due_at))
                return True
        first = self.reader.alerts.get(group or "", f"{AlertKind.OPENED}#{row.channel_id}")
        is_told = opened is None or opened.finished
        if first is not None and (is_told or not first.finished):
            return False
        reason = "its beginning waits for others"
        wanted = Defer(
            until=_later(row, at), reason=reason, uncertain_attempts=row.uncertain_attempts
        )
        self._move(row, defer(row, wanted))
        return True

    def _attend(
        self, row: Alert, gathering: GroupingWindow, number: int, at: datetime
    ) -> RowKey | None:
        """Write the next message of a group when it is due."""
        is_driver = gathering.driver == row.incident_id
        if gathering.driver is None:
            self._drive(row, gathering, at)
            return None
        if not is_driver and row.due_at > at:
            return None
        progress = self.reader.measure(gathering)
        match gathering.judge(at, self.hold, progress):
            case WindowStatus.ALONE:
                return self._release(row, gathering, progress.count, at)
            case WindowStatus.TOGETHER:
                written = self.messages.write(row, gathering, number, at)
                if written is None:
                    self._rest(row, at, _later(row, at))
                return written
            case WindowStatus.WAITS:
                self._rest(row, at, gathering.look_at(at, self.hold, progress.last_at))
        return None

    def _drive(self, row: Alert, gathering: GroupingWindow, at: datetime) -> None:
        """Have a row that was left out of a message begin the next one."""
        after = gathering.begin_part(row, at, is_updated=gathering.is_updated)
        self.reader.gatherings.replace(gathering, after)
        self._move(row, member(row, at, after, self.hold), after.look_at(at, self.hold))

    def _release(self, row: Alert, gathering: GroupingWindow, count: int, at: datetime) -> RowKey:
        """Let a few go their own ways."""
        self.reader.gatherings.replace(gathering, gathering.release(at, count))
        # Whoever joined before this read hears of it here; whoever comes later finds out itself.
        others = self.reader.gatherings.members(gathering.group or "")
        rows = [RowKey(each.incident_id, row.key) for each in others]
        self.wakeups.hand_over([each for each in rows if each.incident_id != row.incident_id], 0)
        return self._leave(row, at)

    def _leave(self, row: Alert, at: datetime) -> RowKey:
        """Let a row whose gathering came to nothing go its own way."""
        self.reader.alerts.advance((row, alone(row, at)))
        return RowKey(row.incident_id, row.key)

    def _pass_on(self, row: Alert, gathering: GroupingWindow, teller: Alert) -> None:
        """Have others drive what a row began that was told sooner than it thought."""
        self.reader.gatherings.replace(gathering, gathering.dismiss_driver())
        named = names_in(teller)
        members = self.reader.gatherings.members(gathering.group or "")
        left = [each.incident_id for each in members if each.incident_id not in named]
        self.wakeups.hand_over([RowKey(each, row.key) for each in left], 0)

    def _rest(self, row: Alert, at: datetime, until: datetime | None) -> None:
        """Wait for the group; a row that is due is put off, lest the sweep find it each minute.

        Args:
            until: when to look again; None leaves that to whoever wakes it, and to the sweep.
        """
        after = row
        if row.due_at <= at:
            due_at = min(max(until or at, at + REST), at + MAX_PAUSE)
            reason = "its group is told first"
            wanted = Defer(until=due_at, reason=reason, uncertain_attempts=row.uncertain_attempts)
            after = defer(row, wanted)
            self.reader.alerts.advance((row, after))
        if until is not None:
            self.wakeups.set(after, min(until, at + MAX_PAUSE))

    def _move(self, row: Alert, after: Alert, look_at: datetime | None = None) -> None:
        self.reader.alerts.advance((row, after))
        self.wakeups.set(after, look_at or after.due_at)


def _later(row: Alert, at: datetime) -> datetime:
    """Return when to look again at what may last, ever more rarely."""
    return at + min(max((at - row.created_at) / 4, SHORT_PAUSE), LONG_PAUSE)


def _log(event: str, row: Alert) -> None:
    logger().info(
        event,
        incident_id=row.incident_id,
        key=row.key,
        group=row.group,
        monitor_name=row.content.monitor_name,
        answer=row.answer,
    )
