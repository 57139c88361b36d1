"""What a monitor depends on is told first; what fails with it only if it goes on failing."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.alerts.alert_transitions import defer
from sentinelmesh.domain.alerts.delivery_action import Defer, Send, Suppress
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext
from sentinelmesh.domain.alerts.delivery_policy import next_action
from sentinelmesh.domain.alerts.dependencies import (
    AFTER_PARENT,
    CHILD_HOLD,
    MAX_SUSPICION,
    RECHECK_PAUSE,
    WHILE_VERIFYING,
    ParentStatus,
    awaits_parent,
)
from sentinelmesh.domain.alerts.notification_history import MAX_SUFFERING, NotificationHistory
from sentinelmesh.domain.incidents.incident import Status
from tests.support.alerts import an_alert, an_incident, resolved
from tests.support.builders import START, a_channel

ROW = an_alert()
LONG_AGO = START - timedelta(hours=1)


def a_parent(status: Status, since: datetime = LONG_AGO, **changes: Any) -> ParentStatus:
    plain = ParentStatus(
        monitor_id="mon_p",
        name="Router",
        status=status,
        since=since,
        incident_id="inc_p" if status is Status.DOWN else None,
        is_told=status is Status.DOWN,
    )
    return replace(plain, **changes)


def around(*parents: ParentStatus, **changes: Any) -> DeliveryContext:
    plain = DeliveryContext(
        incident=an_incident(),
        channel=a_channel(),
        attention=NotificationHistory(monitor_id="mon_1", channel_id="ch_1"),
        parents=parents,
    )
    return replace(plain, **changes)


def test_while_a_parent_is_down_its_children_are_not_told() -> None:
    at = ROW.created_at + timedelta(minutes=1)
    found = next_action(ROW, around(a_parent(Status.UP), a_parent(Status.DOWN)), at)
    assert isinstance(found, Defer)
    assert (found.parent, found.until) == ("Router", at + RECHECK_PAUSE)
    assert found.reason == "Router is down, and this depends on it"
    assert defer(ROW, found).parent == "Router"
    assert defer(ROW, found).answer == "waits: Router is down, and this depends on it"


@pytest.mark.parametrize("lasts", [timedelta(minutes=1), timedelta(minutes=10), timedelta(days=3)])
def test_a_child_is_looked_at_three_times_a_minute_however_long_its_parent_is_down(
    lasts: timedelta,
) -> None:
    at = ROW.created_at + lasts
    found = awaits_parent(ROW, (a_parent(Status.DOWN),), at)
    assert found is not None
    assert found.until == at + RECHECK_PAUSE
    later = defer(ROW, found)
    assert isinstance(next_action(later, around(a_parent(Status.DOWN)), later.due_at), Defer)


def test_an_edit_takes_effect_within_half_a_minute_the_hold_of_a_storm_included() -> None:
    hold = timedelta(seconds=5)
    assert RECHECK_PAUSE + hold < timedelta(seconds=30)


def test_a_child_that_depends_on_nothing_any_more_is_announced() -> None:
    row = replace(ROW, parent="Router")
    assert next_action(row, around(), row.created_at + timedelta(minutes=10)) == Send()


def test_a_child_whose_parent_was_replaced_by_one_that_works_is_announced() -> None:
    at = ROW.created_at + timedelta(minutes=10)
    just_up = a_parent(Status.UP, at - timedelta(seconds=1), name="Switch")
    assert next_action(replace(ROW, parent="Router"), around(just_up), at) == Send()


def test_a_child_whose_parent_was_replaced_by_one_that_is_down_waits_for_that() -> None:
    at = ROW.created_at + timedelta(minutes=10)
    row = replace(ROW, parent="Router")
    held = next_action(row, around(a_parent(Status.DOWN, name="Switch")), at)
    assert isinstance(held, Defer)
    assert defer(row, held).parent == "Switch"


def test_a_parent_that_is_told_of_and_up_again_explains_nothing() -> None:
    at = ROW.created_at + CHILD_HOLD
    assert awaits_parent(ROW, (a_parent(Status.UP, is_told=True),), at) is None


def test_a_channel_that_does_not_hear_of_the_parent_hears_of_the_child() -> None:
    at = ROW.created_at + CHILD_HOLD
    assert next_action(ROW, around(a_parent(Status.DOWN, is_told=False)), at) == Send()


def test_what_may_turn_out_to_be_the_parents_matter_waits_a_moment() -> None:
    up = around(a_parent(Status.UP))
    held = next_action(ROW, up, ROW.created_at)
    assert isinstance(held, Defer)
    assert held.until == ROW.created_at + CHILD_HOLD
    assert next_action(defer(ROW, held), up, held.until) == Send()
    assert not held.is_held, "so short a wait gives nothing up later"
    at = ROW.created_at + CHILD_HOLD
    doubt = next_action(ROW, around(a_parent(Status.VERIFYING, at)), at)
    assert isinstance(doubt, Defer)
    assert (doubt.until, doubt.is_held) == (at + WHILE_VERIFYING, True)


def test_a_suspicion_that_nobody_can_verify_holds_nothing_back_for_long() -> None:
    """A parent that is checked hourly may be suspected for hours."""
    suspect = a_parent(Status.VERIFYING, ROW.created_at)
    last = ROW.created_at + MAX_SUSPICION - timedelta(seconds=1)
    assert isinstance(next_action(ROW, around(suspect), last), Defer)
    assert next_action(ROW, around(suspect), ROW.created_at + MAX_SUSPICION) == Send()


def test_only_the_parent_that_it_waited_for_is_waited_for_a_while_longer() -> None:
    row, again = replace(ROW, parent="Router"), ROW.created_at + timedelta(minutes=10)
    router = a_parent(Status.UP, again)
    other = replace(router, monitor_id="mon_other", name="Other", since=again + AFTER_PARENT)
    assert next_action(row, around(router, other), again + AFTER_PARENT) == Send()


def test_what_still_fails_a_while_after_its_parent_works_again_is_told() -> None:
    row = replace(ROW, parent="Router")
    again = ROW.created_at + timedelta(minutes=10)
    parent = a_parent(Status.UP, again)
    held = next_action(row, around(parent), again)
    assert isinstance(held, Defer)
    assert (held.until, held.is_held) == (again + AFTER_PARENT, True)
    assert next_action(defer(row, held), around(parent), held.until) == Send()


def test_of_several_parents_the_last_that_came_back_is_waited_for() -> None:
    again = ROW.created_at + timedelta(minutes=10)
    parents = (a_parent(Status.UP, LONG_AGO), a_parent(Status.UP, again))
    held = awaits_parent(replace(ROW, parent="Router"), parents, again)
    assert held is not None
    assert held.until == again + AFTER_PARENT


def test_what_fell_and_rose_with_its_parent_is_never_told() -> None:
    over = resolved(an_incident())
    end = an_alert(over, AlertKind.RESOLVED)
    held = replace(ROW, parent="Router")
    found = next_action(end, around(incident=over, sibling=held), end.created_at)
    assert found == Suppress(
        reason="it was down together with Router, which it depends on", with_opened=True
    )
    alone = next_action(held, around(incident=over), held.created_at)
    assert isinstance(alone, Suppress)


@pytest.mark.parametrize(
    "changes", [{"state": AlertState.SENT, "finished": True}, {"attempts": 1}, {"group": "grp_1"}]
)
def test_an_end_is_told_where_the_beginning_may_have_been(changes: dict[str, Any]) -> None:
    over = resolved(an_incident())
    end = an_alert(over, AlertKind.RESOLVED)
    opened = replace(ROW, parent="Router", **changes)
    found = next_action(end, around(incident=over, sibling=opened), end.created_at)
    assert isinstance(found, Send)


@pytest.mark.parametrize(
    "changes", [{"attempts": 1}, {"instead_of": "Ops"}, {"kind": AlertKind.REMINDER}]
)
def test_what_was_tried_before_waits_for_no_parent(changes: dict[str, Any]) -> None:
    row = replace(ROW, **changes)
    assert awaits_parent(row, (a_parent(Status.DOWN),), row.created_at) is None


def test_who_suffers_with_an_outage_is_counted_once_and_per_outage() -> None:
    plain = NotificationHistory(monitor_id="mon_p", channel_id="ch_1", version=4)
    noted = plain.suffers("inc_p", "inc_1").suffers("inc_p", "inc_2")
    assert noted.suffers("inc_p", "inc_1") == noted
    assert (noted.version, noted.suffering_with("inc_p")) == (6, 2)
    assert noted.suffering_with("inc_q") == 0
    assert noted.suffers("inc_q", "inc_3").suffering == ("inc_3",)
    full = replace(noted, suffering=tuple(map(str, range(MAX_SUFFERING))))
    assert full.suffers("inc_p", "inc_9") == full
