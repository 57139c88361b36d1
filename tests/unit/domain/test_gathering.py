"""When what has begun is told alone, and when in one message."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.action import Send
from sentinelmesh.domain.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.attention import Attention
from sentinelmesh.domain.circumstances import Circumstances
from sentinelmesh.domain.gathering import (
    ENDS_LONGEST,
    ENDS_QUIET,
    LONGEST,
    MANY,
    MOST_MEMBERS,
    QUIET,
    Gathering,
    Ripe,
    alone,
    gathers_at,
    group_id,
    member,
    member_of,
    told_with,
)
from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.rounds import vote_of
from tests.building import START, a_channel, a_monitor, a_result
from tests.outbox import an_alert, an_incident

HOLD = timedelta(seconds=5)
ROW = an_alert()
AROUND = Circumstances(
    incident=an_incident(),
    channel=a_channel(),
    attention=Attention(monitor_id="mon_1", channel_id="ch_1"),
)


def after(*seconds: float, place: str = "ch_1", expected: int = 0) -> Gathering:
    """Have rows join at these seconds."""
    found = Gathering(place=place, kind=AlertKind.OPENED, expected=expected)
    for each in seconds:
        found = found.joined(ROW, at(each))
    return found


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize("joined", [(0.0,), (0.0, 4.0)])
def test_a_few_are_told_alone_when_they_were_held(joined: tuple[float, ...]) -> None:
    found = after(*joined)
    assert found.judge(at(joined[-1] + 4.9), HOLD) is Ripe.WAITS
    assert found.judge(at(joined[-1] + 5), HOLD) is Ripe.ALONE


def test_many_wait_until_it_is_quiet() -> None:
    found = after(0, 1, 2)
    assert found.ripe_at(HOLD) == at(2) + QUIET
    assert found.judge(at(2) + QUIET, HOLD) is Ripe.TOGETHER


def test_nobody_waits_for_ever() -> None:
    found = after(*range(0, 120, 10))
    assert found.ripe_at(HOLD) == at(0) + LONGEST


def test_who_comes_behind_others_that_were_told_alone_gathers_too() -> None:
    found = after(0, 1).ended().joined(ROW, at(20))
    assert found.ripe_at(HOLD) == at(20) + QUIET
    assert found.judge(at(20) + QUIET, HOLD) is Ripe.ALONE
    assert found.joined(ROW, at(21)).judge(at(21) + QUIET, HOLD) is Ripe.TOGETHER


def test_three_in_more_than_a_minute_are_no_storm() -> None:
    assert after(0, 30).ended().joined(ROW, at(61)).ripe_at(HOLD) == at(66)


def test_a_full_group_is_told_at_once() -> None:
    found = replace(after(0, 1, 2), count=MOST_MEMBERS)
    assert found.judge(at(2.1), HOLD) is Ripe.TOGETHER


def test_ends_are_told_when_all_are_there_or_it_is_quiet_or_enough_was_waited() -> None:
    name = group_id(ROW, START)
    assert after(0, 1, place=name, expected=2).judge(at(1.1), HOLD) is Ripe.TOGETHER
    some = after(0, place=name, expected=2)
    assert some.judge(at(1), HOLD) is Ripe.WAITS
    assert some.judge(at(0) + ENDS_QUIET, HOLD) is Ripe.TOGETHER
    many = after(0, 50, 100, 119, place=name, expected=9)
    assert many.ripe_at(HOLD) == at(0) + ENDS_LONGEST
    assert many.ended(expected=5) == Gathering(
        place=name, kind=AlertKind.OPENED, version=5, part=1, expected=5, recent=many.recent
    )


def test_names_of_groups_sort_by_time_and_are_none_of_incidents() -> None:
    early, late = group_id(ROW, START), group_id(ROW, at(1))
    assert early < late
    assert early.startswith("grp_")
    assert group_id(ROW, START) == early
    assert group_id(replace(ROW, channel_id="ch_2"), START) != early


@given(st.lists(st.floats(0.001, 70), min_size=1, max_size=12))
def test_a_gathering_ripens_once_and_within_its_time(pauses: list[float]) -> None:
    """Whatever comes when: the moment lies behind the last that joined, and not too far."""
    moment, found = START, Gathering(place="ch_1", kind=AlertKind.OPENED)
    for pause in pauses:
        moment += timedelta(seconds=pause)
        if found.judge(moment, HOLD) is not Ripe.WAITS:
            break
        found = found.joined(ROW, moment)
    ripe_at = found.ripe_at(HOLD)
    assert found.began_at is not None
    assert found.last_at is not None
    assert ripe_at is not None
    assert ripe_at > found.last_at
    assert ripe_at <= max(found.began_at + LONGEST, found.last_at + HOLD)
    told = found.judge(ripe_at, HOLD)
    assert told is not Ripe.WAITS
    assert found.count >= MANY or told is Ripe.ALONE or len(found.recent) == MANY
    assert found.ended().judge(ripe_at, HOLD) is Ripe.WAITS


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
    mine = member(ROW, START, after(0), HOLD)
    assert (mine.group, mine.due_at) == (after(0).group, at(5))
    group = replace(ROW, incident_id="grp_1", state=AlertState.SENT, sent_at=at(9), answer="ok")
    told = told_with(mine, group)
    assert (told.state, told.sent_at, told.attempts, told.finished) == (
        AlertState.SENT, at(9), 1, True,
    )  # fmt: skip
    dead = told_with(mine, replace(group, state=AlertState.DEAD, sent_at=None, answer="gone"))
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


def test_ends_are_numbered_within_their_group_and_beginnings_are_not() -> None:
    ends = Gathering(place="grp_1", kind=AlertKind.RESOLVED, part=3)
    assert ends.is_of_ends
    joined = ends.joined(ROW, START)
    assert joined.group == "grp_1"
    assert joined.ended().part == 4
    begun = after(0.0)
    assert begun.group == group_id(ROW, START)
    assert (begun.ended().part, begun.ended().expected) == (0, 0)
    assert not after(0.0, expected=0).is_complete
    assert after(0.0, expected=1).is_complete
