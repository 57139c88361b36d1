"""Which rows wait for others, what is kept of them, and how they end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.delivery_action import Send
from sentinelmesh.domain.alerts.delivery_context import DeliveryContext
from sentinelmesh.domain.alerts.grouping_window import (
    REST,
    alone,
    finish_with_group,
    gathers_at,
    group_id,
    member,
    member_of,
)
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.vote import vote_of
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START, a_channel, a_monitor, a_result
from tests.unit.domain.alerts.test_grouping_window import at, begun

HOLD = timedelta(seconds=5)
ROW = an_alert()
AROUND = DeliveryContext(
    incident=an_incident(),
    channel=a_channel(),
    attention=NotificationHistory(monitor_id="mon_1", channel_id="ch_1"),
)


def test_fresh_beginnings_gather_on_their_channel() -> None:
    assert gathers_at(ROW, AROUND, Send(), HOLD) == "ch_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"alone": True},
        {"attempts": 1},
        {"instead_of": "Ops"},
        {"kind": AlertKind.REMINDER},
        {"kind": AlertKind.FLAPPING},
        {"incident_id": "grp_1"},
    ],
)
def test_what_was_tried_or_is_no_beginning_is_told_alone(changes: dict[str, object]) -> None:
    row = replace(ROW, **changes)  # type: ignore[arg-type]
    assert gathers_at(row, AROUND, Send(), HOLD) is None


def test_nothing_gathers_where_nothing_is_held() -> None:
    assert gathers_at(ROW, AROUND, Send(), timedelta(0)) is None
    assert gathers_at(ROW, AROUND, Send(combined=True), HOLD) is None


def test_an_end_gathers_where_its_beginning_did_whatever_is_held() -> None:
    end = an_alert(an_incident(), AlertKind.RESOLVED)
    around = replace(AROUND, sibling=replace(ROW, group="grp_1"))
    assert gathers_at(end, around, Send(), timedelta(0)) == "grp_1"
    assert gathers_at(end, replace(AROUND, sibling=ROW), Send(), HOLD) is None
    assert gathers_at(end, AROUND, Send(), HOLD) == "ch_1"


def test_a_member_ends_as_its_group_does() -> None:
    driver = member(ROW, START, begun(), HOLD)
    assert (driver.group, driver.due_at) == (begun().group, at(5))
    mine = member(ROW, at(1), replace(begun(), driver="inc_of_another"), HOLD)
    assert (mine.group, mine.due_at) == (begun().group, at(1) + REST)
    group = replace(ROW, incident_id="grp_1", state=AlertState.SENT, sent_at=at(9), answer="ok")
    told = finish_with_group(mine, replace(group, number=2))
    assert (told.state, told.sent_at, told.attempts, told.finished, told.part) == (
        AlertState.SENT, at(9), 1, True, 2,
    )  # fmt: skip
    dead = finish_with_group(
        mine, replace(group, state=AlertState.DEAD, sent_at=None, answer="gone")
    )
    assert (dead.state, dead.attempts, dead.answer) == (
        AlertState.DEAD, 0, "told as one of many: gone",
    )  # fmt: skip


@pytest.mark.parametrize("due", [0, 7])
def test_who_goes_alone_is_another_form_of_the_row(due: float) -> None:
    mine = replace(ROW, group="grp_1", due_at=at(due))
    gone = alone(mine, at(7))
    assert gone.due_at != mine.due_at
    assert (gone.group, gone.alone) == (None, True)


def test_a_member_keeps_where_it_fails_and_where_it_works() -> None:
    votes = tuple(
        vote_of(replace(a_result(a_monitor(), START, region, outcome=outcome), remote_address=at))
        for region, outcome, at in (
            ("eu-west-1", Outcome.FAILURE, "192.0.2.1"),
            ("us-east-1", Outcome.SUCCESS, "192.0.2.2"),
            ("ap-southeast-1", Outcome.UNKNOWN, "192.0.2.3"),
        )
    )
    kept = member_of(replace(ROW, content=replace(ROW.content, votes=votes)))
    assert (kept.failing_in, kept.working_in) == (("eu-west-1",), ("us-east-1",))
    assert kept.addresses == ("192.0.2.1",)


def test_an_end_gathers_with_its_beginning_and_else_alone_with_other_ends() -> None:
    ending = an_alert(kind=AlertKind.RESOLVED)

    def gathered(row: Alert, sibling: Alert | None, send: Send | None = None) -> str | None:
        return gathers_at(row, replace(AROUND, sibling=sibling), send or Send(), HOLD)

    assert gathered(ending, an_alert(group="grp_1")) == "grp_1"
    assert gathered(ending, an_alert()) is None
    assert gathered(ending, None) == "ch_1"
    assert gathered(ROW, an_alert(kind=AlertKind.RESOLVED, group="grp_1")) == "ch_1"
    assert gathered(ROW, None, Send(uncertain_attempts=1)) is None


def test_the_name_of_a_group_is_fixed_for_ever() -> None:
    row = an_alert(incident_id="inc_1")
    assert group_id(row, START) == "grp_06dnirem011khadvnq0d9nn7"
    first, second = (group_id(row, at(each)) for each in (1, 2))
    assert first < second, "names sort by time"
