"""What each kind of row wants, one clause at a time: groups, parents, steps, care."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.delivery_action import Action, Defer, Send, Suppress, Wait
from sentinelmesh.domain.alerts.delivery_context import QUIET_WINDOW, SIBLING_PAUSE, DeliveryContext
from sentinelmesh.domain.alerts.delivery_rules import (
    ACKNOWLEDGEMENT_PAUSE,
    ACTIONS,
    FLAPPING_PAUSE,
    GROUP_ENDS_WITHIN,
    OVER_BEFORE_STEP,
    OVER_WITH_PARENT,
    TAKEN_CARE_OF,
)
from sentinelmesh.domain.incidents.incident import Incident
from tests.support.alerts import an_alert
from tests.support.builders import START, a_channel
from tests.unit.domain.alerts.delivery_cases import (
    CANCELLED,
    MILLISECOND,
    NOTHING_TOLD,
    NOW,
    OPEN,
    OVER,
    UNTOLD_OVER,
    beginning,
    ending,
)

GROUP = replace(beginning(), incident_id="grp_1")
ENDED = replace(OVER, resolved_at=NOW - timedelta(minutes=1))
SAID = Suppress(reason="its beginning was not announced")


def wants(row: Alert, incident: Incident | None = OPEN, **around: Any) -> Action:
    plain = {"incident": incident, "channel": a_channel(), "attention": NOTHING_TOLD, **around}
    return ACTIONS[row.kind](row, DeliveryContext(**plain), NOW)


def a_row(kind: AlertKind, **changes: Any) -> Alert:
    return an_alert(OPEN, kind, **changes)


def test_a_beginning_that_is_over_and_was_held_for_its_parent_stays_untold() -> None:
    held = beginning(parent="Router")
    why = "it was down together with Router, which it depends on"
    assert wants(held, OVER) == Suppress(reason=why)
    assert wants(replace(held, attempts=1), OVER) == Suppress(reason=OVER_WITH_PARENT)
    assert wants(held, OVER, sibling=ending()) == Wait(until=NOW + SIBLING_PAUSE)
    assert wants(held, OVER, sibling=ending(finished=True)) == UNTOLD_OVER
    assert wants(beginning(), OVER) == Send(combined=True)


def test_a_group_waits_for_its_end_where_its_channel_takes_ends() -> None:
    assert wants(GROUP, ENDED) == Wait(until=NOW + SIBLING_PAUSE)
    nearly = replace(ENDED, resolved_at=NOW - GROUP_ENDS_WITHIN + timedelta(seconds=1))
    assert wants(GROUP, nearly) == Wait(until=NOW + timedelta(seconds=1))
    gone = replace(ENDED, resolved_at=NOW - GROUP_ENDS_WITHIN)
    assert wants(GROUP, gone) == Send(combined=True)
    deaf = a_channel(events=("opened",))
    assert wants(GROUP, ENDED, channel=deaf) == Send(combined=True)
    assert wants(GROUP, ENDED, channel=None) == Send(combined=True)
    assert wants(GROUP, replace(ENDED, resolved_at=None)) == Send(combined=True)
    assert wants(beginning(), ENDED) == Send(combined=True), "an incident has written its end"


WORSE = replace(
    ending(), content=replace(ending().content, superseded_by="outage", severity="degraded")
)
BECAME = "it became an outage, which is told"


def test_a_lesser_trouble_that_became_an_outage_is_no_news_beside_it() -> None:
    assert wants(WORSE, OVER) == Suppress(reason=BECAME)
    both = Suppress(reason=BECAME, with_opened=True)
    assert wants(WORSE, OVER, sibling=beginning()) == both
    for untouched in (beginning(finished=True), beginning(group="grp_1")):
        assert wants(WORSE, OVER, sibling=untouched) == Suppress(reason=BECAME)
    sending = beginning(AlertState.CLAIMED, claimed_at=NOW)
    assert wants(WORSE, OVER, sibling=sending) == Wait(until=NOW + SIBLING_PAUSE)


def test_a_lesser_trouble_of_which_nobody_knows_any_more_is_no_news_beside_that() -> None:
    lost = replace(WORSE, content=replace(WORSE.content, superseded_by="unknown"))
    expected = Suppress(reason="nobody can check it any more, which is announced")
    assert wants(lost, OVER) == expected
    assert wants(lost, OVER, channel=a_channel(announces_unknown=False)) == Send()
    found = replace(lost, content=replace(lost.content, severity="unknown", superseded_by="outage"))
    assert wants(found, OVER) == Suppress(reason=BECAME)


def test_where_the_receiver_keeps_it_open_its_end_is_told_all_the_same() -> None:
    heard = beginning(AlertState.SENT, finished=True)
    assert wants(WORSE, OVER, sibling=heard, takes_key=True) == Send()
    assert wants(replace(WORSE, attempts=1), OVER, takes_key=True) == Send()
    for sibling in (None, beginning(AlertState.DEAD, finished=True)):
        assert wants(WORSE, OVER, sibling=sibling, takes_key=True) == Suppress(reason=BECAME)
    assert wants(WORSE, OVER, sibling=heard) == Suppress(reason=BECAME)


def test_what_became_no_outage_or_is_not_told_as_one_ends_as_usual() -> None:
    same = replace(WORSE, content=replace(WORSE.content, severity="outage"))
    milder = replace(WORSE, content=replace(WORSE.content, superseded_by="regional"))
    for row in (same, milder):
        assert wants(row, OVER) == Send()
    for channel in (None, a_channel(severities=("degraded",)), a_channel(events=("resolved",))):
        assert wants(WORSE, OVER, channel=channel) == Send()


def test_an_end_in_a_group_or_of_nothing_is_told() -> None:
    assert wants(ending(), OVER) == Send()
    grouped = beginning(group="grp_1", unless_acknowledged=True)
    assert wants(ending(), OVER, sibling=grouped) == Send()
    unreached = beginning(unless_acknowledged=True)
    expected = Suppress(reason="its beginning was not announced", with_opened=True)
    assert wants(ending(), OVER, sibling=unreached) == expected
    tried = replace(unreached, attempts=1, state=AlertState.RETRY)
    assert wants(ending(), OVER, sibling=tried) == Send(combined=True)


@pytest.mark.parametrize(("ago", "quiet"), [(timedelta(), True), (MILLISECOND, False)])
def test_a_beginning_is_kept_quiet_for_less_than_five_minutes(
    ago: timedelta, *, quiet: bool
) -> None:
    at = OPEN.confirmed_at - QUIET_WINDOW + MILLISECOND - ago
    attention = replace(NOTHING_TOLD, opened_by="inc_0", opened_at=at)
    action = wants(ending(), OVER, sibling=beginning(), attention=attention)
    assert isinstance(action, Suppress) is quiet


def test_flapping_is_told_unless_it_was_taken_away_or_nobody_is_asked_yet() -> None:
    row = a_row(AlertKind.FLAPPING)
    assert wants(row, None) == wants(row, OPEN) == Send()
    assert isinstance(wants(row, CANCELLED), Suppress)
    step = replace(row, unless_acknowledged=True)
    cared = replace(OPEN, acknowledged_at=START)
    assert wants(step, cared) == Suppress(reason=TAKEN_CARE_OF)
    assert wants(step, OVER) == Suppress(reason=OVER_BEFORE_STEP)
    assert wants(step, None) == wants(step, OPEN) == Send()
    assert wants(replace(step, attempts=1), cared) == Send(), "it may have been heard"


def test_stable_is_told_behind_the_flapping_that_was_told() -> None:
    row = a_row(AlertKind.STABLE)
    untold = "that it flapped was not told"

    def after(incident: Incident = OPEN, **flapping: Any) -> Action:
        return wants(row, incident, sibling=a_row(AlertKind.FLAPPING, **flapping))

    assert wants(row) == after(state=AlertState.SENT) == Send()
    assert after(finished=True) == Suppress(reason=untold)
    step: dict[str, Any] = {"unless_acknowledged": True}
    assert after(OVER, **step) == Suppress(reason=untold, with_opened=True)
    later = NOW + timedelta(minutes=3)
    reason = "that it flapped is told at a later step of the escalation"
    assert after(due_at=later, **step) == Defer(until=later + SIBLING_PAUSE, reason=reason)
    soon = Wait(until=NOW + SIBLING_PAUSE)
    assert after(due_at=NOW, **step) == after(due_at=later) == after(OVER) == soon
    long_ago = NOW - timedelta(seconds=55)
    claimed = after(state=AlertState.CLAIMED, claimed_at=long_ago)
    assert claimed == Wait(until=NOW + timedelta(seconds=5))


def test_a_reminder_is_told_while_it_lasts_and_nobody_cares_for_it() -> None:
    row = a_row(AlertKind.REMINDER)
    assert wants(row) == Send()
    for incident in (None, OVER):
        assert wants(row, incident) == Suppress(reason="it is over")
    assert wants(row, replace(OPEN, acknowledged_at=START)) == Suppress(reason=TAKEN_CARE_OF)
    flapping = wants(row, replace(OPEN, flapping=True))
    assert isinstance(flapping, Defer)
    assert (flapping.until, flapping.is_held) == (NOW + FLAPPING_PAUSE, True)


def test_that_somebody_cares_is_told_to_those_who_know_of_what() -> None:
    row = a_row(AlertKind.ACKNOWLEDGED)
    for incident in (None, OVER):
        assert wants(row, incident) == Suppress(reason="it is over")
    assert wants(row) == wants(row, sibling=beginning(AlertState.SENT, finished=True)) == Send()
    for untold in (beginning(finished=True), beginning(unless_acknowledged=True)):
        assert wants(row, sibling=untold) == SAID
    to_come = Defer(until=NOW + ACKNOWLEDGEMENT_PAUSE, reason="its beginning was not told yet")
    assert wants(row, sibling=beginning()) == to_come
    waiting = Defer(until=NOW + SIBLING_PAUSE, reason="its beginning waits for others")
    assert wants(row, sibling=beginning(group="grp_1")) == waiting
    together = wants(row, sibling=beginning(AlertState.SENT, group="grp_1", finished=True))
    assert together == Suppress(reason="it is told when somebody takes care of all that last")


def test_pauses_are_as_long_as_they_are_promised() -> None:
    assert timedelta(minutes=1) == ACKNOWLEDGEMENT_PAUSE
    assert timedelta(minutes=30) == FLAPPING_PAUSE
    assert timedelta(minutes=5) == GROUP_ENDS_WITHIN == QUIET_WINDOW
