"""What a receiver keeps open is closed, also when nobody follows the incident any more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState, Channel, Group
from sentinelmesh.domain.alerts.closing_events import (
    close_cancelled,
    close_lost_channels,
    close_lost_group,
    find_lost_groups,
    find_open_receivers,
    find_unclosed,
    keeps_state,
)
from sentinelmesh.domain.alerts.delivery_action import Send, Suppress, Wait
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext
from sentinelmesh.domain.alerts.delivery_policy import next_action
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.alerts.quiet_hours import QuietHours
from sentinelmesh.domain.incidents.incident import UNKNOWN, IncidentState
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START, a_channel, a_monitor

NOW = START + timedelta(minutes=10)
PAGER = a_channel(id="ch_pager", kind="pagerduty")
HOOK = a_channel(id="ch_hook", kind="webhook")
BOT = a_channel(id="ch_bot", kind="slack", secret_fields=("bot_token", "channel"))
MAIL = a_channel(id="ch_mail", kind="email")
POST = a_channel(id="ch_post", kind="slack", secret_fields=("webhook_url",))
ALL = (PAGER, HOOK, BOT, MAIL, POST)
OPEN = an_incident()
CANCELLED = replace(OPEN, state=IncidentState.CANCELLED, resolved_at=NOW)


def opened(channel: Channel, **changes: Any) -> Alert:
    row = an_alert(OPEN, AlertKind.OPENED, channel_id=channel.id, channel_kind=channel.kind)
    return replace(row, **{"state": AlertState.SENT, "finished": True, **changes})


def test_pagers_webhooks_and_messages_that_can_be_edited_keep_a_state() -> None:
    assert [each.id for each in ALL if keeps_state(each)] == ["ch_pager", "ch_hook", "ch_bot"]


def test_a_cancelled_incident_is_closed_where_an_alert_is_open_and_nowhere_else() -> None:
    rows = close_cancelled(
        CANCELLED, [opened(each) for each in ALL], ALL, "The monitor was paused."
    )
    assert [row.key for row in rows] == [
        f"resolved#{each}" for each in ("ch_pager", "ch_hook", "ch_bot")
    ]
    for row in rows:
        assert row.content.closed_because == row.content.sentence == "The monitor was paused."
        assert (row.content.resolved_at, row.due_at) == (NOW, NOW)
        assert row.content.duration_seconds == (NOW - row.content.opened_at).total_seconds()


@pytest.mark.parametrize(
    ("state", "is_closed"),
    [
        (AlertState.SENT, True),
        (AlertState.CLAIMED, True),
        (AlertState.PENDING, True),
        (AlertState.SUPPRESSED, False),
        (AlertState.DEAD, False),
    ],
)
def test_what_never_arrived_needs_no_end(state: AlertState, *, is_closed: bool) -> None:
    is_finished = state not in {AlertState.CLAIMED, AlertState.PENDING}
    row = opened(PAGER, state=state, finished=is_finished)
    assert len(close_cancelled(CANCELLED, [row], ALL, "why")) == is_closed


def test_flapping_and_its_beginning_are_one_alert_at_the_receiver() -> None:
    rows = [opened(PAGER), opened(PAGER, kind=AlertKind.FLAPPING)]
    assert len(close_cancelled(CANCELLED, rows, ALL, "why")) == 1


def lost(
    channel: Channel, monitor_channels: tuple[str, ...] | None = None, **row: Any
) -> list[str]:
    monitor = a_monitor(channels=monitor_channels)
    found = close_lost_channels(monitor, [opened(channel, **row)], [channel], NOW)
    return [each.content.sentence for each in found]


def test_an_open_incident_is_closed_at_channels_that_its_monitor_has_lost() -> None:
    assert lost(PAGER) == []
    assert lost(PAGER, (PAGER.id,)) == []
    assert lost(PAGER, ()) == ["The monitor does not alert this channel any more."]
    assert lost(replace(PAGER, tags=("other",))) == [
        "The monitor does not alert this channel any more."
    ]
    assert lost(replace(PAGER, enabled=False)) == ["This channel was disabled."]
    assert lost(replace(MAIL, enabled=False)) == []


def test_steps_and_fallbacks_are_not_named_by_the_monitor_and_stay_open() -> None:
    assert lost(PAGER, (), unless_acknowledged=True) == []
    assert lost(PAGER, (), instead_of="mail") == []
    assert lost(replace(PAGER, enabled=False), (), instead_of="mail") != []


def test_the_end_that_may_still_come_has_another_name() -> None:
    (row,) = close_lost_channels(a_monitor(channels=()), [opened(PAGER)], [PAGER], NOW)
    assert row.key == "resolved#ch_pager#1"


def test_what_a_group_announced_is_closed_with_the_group_and_not_alone() -> None:
    member = opened(PAGER, group="grp_1")
    name = ("grp_1", PAGER.id)
    off = replace(PAGER, enabled=False)
    assert close_lost_channels(a_monitor(channels=()), [member], [PAGER], NOW) == ()
    assert find_lost_groups(a_monitor(channels=()), [member], [PAGER]) == {name: True}
    assert find_lost_groups(a_monitor(), [member], [PAGER]) == {name: False}
    assert find_lost_groups(None, [member], [PAGER]) == {name: False}, "nobody knows"
    assert find_lost_groups(None, [member], [off]) == {name: True}
    assert find_lost_groups(a_monitor(channels=()), [opened(PAGER)], [PAGER]) == {}
    gone = opened(PAGER, group="grp_1", state=AlertState.SUPPRESSED)
    assert find_lost_groups(a_monitor(channels=()), [gone], [PAGER]) == {}


def of_group(total: int, **changes: Any) -> Alert:
    row = opened(PAGER, incident_id="grp_1", monitor_id="grp_1", **changes)
    group = Group(total=total, members=(), lasting=total - 1, over=("inc_9",))
    return replace(row, content=replace(row.content, group=group))


def test_a_lost_group_is_closed_as_its_newest_message_has_it() -> None:
    messages = [of_group(3), of_group(5, number=1), of_group(9, number=2, state=AlertState.DEAD)]
    row = close_lost_group([*messages, opened(HOOK)], PAGER, NOW)
    assert row is not None
    assert (row.kind, row.incident_id, row.channel_id) == (AlertKind.RESOLVED, "grp_1", PAGER.id)
    assert row.number > 1000, "an end of the group never has its name"
    assert row.content.closed_because == "The monitors do not alert this channel any more."
    assert row.content.group is not None
    assert (row.content.group.total, row.content.group.over) == (5, ())
    off = close_lost_group(messages, replace(PAGER, enabled=False), NOW)
    assert off is not None
    assert off.content.closed_because == "This channel was disabled."
    assert close_lost_group([of_group(9, state=AlertState.DEAD)], PAGER, NOW) is None


def closing(channel: Channel, beginning: Alert | None) -> Any:
    row = close_cancelled(CANCELLED, [beginning or opened(channel)], [channel], "why")[0]
    around = DeliveryContext(
        incident=CANCELLED,
        channel=channel,
        attention=NotificationHistory(monitor_id=row.monitor_id, channel_id=channel.id),
        sibling=beginning,
        takes_key=True,
    )
    return next_action(row, around, NOW)


def test_a_closing_event_is_sent_at_once_also_to_a_disabled_channel_and_in_quiet_hours() -> None:
    night = QuietHours(starts_at="00:00", ends_at="23:59")
    for channel in (PAGER, replace(PAGER, enabled=False), replace(PAGER, quiet_hours=night)):
        assert isinstance(closing(channel, opened(channel)), Send)


def test_a_closing_event_waits_for_a_beginning_that_is_on_its_way() -> None:
    flying = opened(
        PAGER, state=AlertState.CLAIMED, finished=False, claimed_at=NOW - timedelta(seconds=1)
    )
    assert isinstance(closing(PAGER, flying), Wait)
    assert isinstance(closing(PAGER, opened(PAGER, state=AlertState.PENDING, finished=False)), Wait)


def test_a_beginning_that_did_not_arrive_in_the_end_takes_its_closing_event_along() -> None:
    beginning = opened(PAGER, state=AlertState.PENDING, finished=False)
    row = close_cancelled(CANCELLED, [beginning], [PAGER], "why")[0]
    for sibling in (None, replace(beginning, state=AlertState.SUPPRESSED, finished=True)):
        around = DeliveryContext(
            incident=CANCELLED,
            channel=PAGER,
            attention=NotificationHistory(monitor_id=row.monitor_id, channel_id=PAGER.id),
            sibling=sibling,
        )
        assert isinstance(next_action(row, around, NOW), Suppress)


def find_open(*rows: Alert, channels: tuple[Channel, ...] = ALL) -> list[str]:
    return [each.id for each in find_open_receivers(rows, channels)]


def test_an_end_goes_to_every_receiver_that_keeps_the_incident_open() -> None:
    disabled = replace(PAGER, enabled=False)
    rows = [opened(each) for each in ALL]
    assert find_open(*rows) == ["ch_pager", "ch_hook", "ch_bot"]
    assert find_open(opened(PAGER), channels=(disabled,)) == ["ch_pager"]
    assert find_open(opened(PAGER, state=AlertState.DEAD)) == []
    assert find_open(opened(PAGER), channels=()) == []


def test_what_was_closed_already_and_who_takes_no_ends_are_sent_no_end() -> None:
    closed = opened(PAGER, kind=AlertKind.RESOLVED, number=1)
    assert find_open(opened(PAGER), closed) == []
    deaf = replace(PAGER, events=(AlertKind.OPENED,))
    assert find_open(opened(PAGER), channels=(deaf,)) == []
    unknown = opened(PAGER, content=replace(opened(PAGER).content, severity=UNKNOWN))
    assert find_open(unknown, channels=(deaf,)) == ["ch_pager"]


def test_a_fallback_has_its_ends_from_the_channel_that_it_stands_in_for() -> None:
    mail = replace(MAIL, name="Team")
    row = opened(PAGER, instead_of="Team")
    assert find_open(row, channels=(PAGER, mail)) == []
    assert find_open(row, channels=(PAGER, replace(mail, enabled=False))) == ["ch_pager"]
    assert find_open(row, channels=(PAGER,)) == ["ch_pager"]


@pytest.mark.parametrize(
    ("channel", "begun", "action"),
    [
        (PAGER, opened(PAGER), Send),
        (PAGER, opened(PAGER, state=AlertState.CLAIMED, finished=False), Wait),
        (PAGER, opened(PAGER, state=AlertState.SUPPRESSED), Suppress),
        (PAGER, None, Suppress),
        (MAIL, opened(MAIL), Suppress),
    ],
)
def test_a_disabled_channel_is_sent_nothing_but_the_end_of_what_its_receiver_keeps_open(
    channel: Channel, begun: Alert | None, action: type
) -> None:
    over = replace(OPEN, state=IncidentState.RESOLVED, resolved_at=NOW)
    end = an_alert(over, AlertKind.RESOLVED, channel_id=channel.id, channel_kind=channel.kind)
    end = replace(end, content=replace(end.content, resolved_at=NOW), due_at=NOW)
    around = DeliveryContext(
        incident=over,
        channel=replace(channel, enabled=False),
        attention=NotificationHistory(monitor_id="mon_1", channel_id=channel.id),
        sibling=begun,
        takes_key=True,
    )
    assert isinstance(next_action(end, around, NOW), action)
    reminder = replace(end, kind=AlertKind.REMINDER)
    assert isinstance(next_action(reminder, around, NOW), Suppress)


def test_what_a_receiver_keeps_open_is_what_nothing_has_closed() -> None:
    begun = opened(PAGER)
    closed = replace(begun, kind=AlertKind.RESOLVED, number=1)
    assert find_unclosed([begun], PAGER) == begun
    assert find_unclosed([begun], HOOK) is None
    assert find_unclosed([begun, closed], PAGER) is None
    on_its_way = replace(closed, state=AlertState.PENDING, finished=False)
    assert find_unclosed([begun, on_its_way], PAGER) == begun
    in_vain = replace(on_its_way, state=AlertState.RETRY, attempts=1)
    assert find_unclosed([begun, in_vain], PAGER) is None
    some = Group(total=3, members=(), lasting=2)
    partly = replace(closed, content=replace(closed.content, group=some))
    assert find_unclosed([begun, partly], PAGER) == begun
    whole = replace(partly, content=replace(closed.content, group=replace(some, lasting=0)))
    assert find_unclosed([begun, whole], PAGER) is None
