"""When what has begun is sent alone, and when in one message."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.grouping_window import (
    ENDS_LONGEST,
    ENDS_QUIET,
    LONGEST,
    MANY,
    MANY_ENOUGH,
    QUIET,
    GroupingWindow,
    Progress,
    WindowStatus,
    group_id,
)
from tests.support.alerts import an_alert
from tests.support.builders import START

HOLD = timedelta(seconds=5)
ROW = an_alert()


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def begun(seconds: float = 0, *, updated: bool = False, **known: object) -> GroupingWindow:
    """Have a row begin a group, or the next part of one, at this second."""
    known = {"place": "ch_1", "kind": AlertKind.OPENED, **known}
    seen = GroupingWindow(**known)  # type: ignore[arg-type]
    row = replace(ROW, due_at=at(seconds))
    return seen.begin_part(row, at(seconds), is_updated=updated)


def continued(seconds: float, *, updated: bool = False, written: float = 5) -> GroupingWindow:
    """Have a group whose first message was written, and a row that joined it later."""
    seen = begun(updated=updated).close_part(at(written))
    return seen.begin_part(replace(ROW, due_at=at(seconds)), at(seconds), is_updated=updated)


def some(count: int, last_at: float | None = None, *, grows: bool = True) -> Progress:
    return Progress(count=count, last_at=None if last_at is None else at(last_at), may_grow=grows)


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_are_sent_alone_when_the_hold_is_over(count: int) -> None:
    assert begun().judge(at(4.9), HOLD, some(count)) is WindowStatus.WAITS
    assert begun().judge(at(5), HOLD, some(count)) is WindowStatus.ALONE


def test_a_few_are_sent_alone_at_once_when_nothing_else_is_being_verified() -> None:
    assert begun().judge(at(0.1), HOLD, some(2, grows=False)) is WindowStatus.ALONE


@pytest.mark.parametrize("last_at", [0, 4.9])
def test_the_first_message_of_a_storm_leaves_when_the_hold_is_over_whatever_comes(
    last_at: float,
) -> None:
    assert begun().judge(at(4.9), HOLD, some(3, last_at)) is WindowStatus.WAITS
    assert begun().judge(at(5), HOLD, some(3, last_at)) is WindowStatus.TOGETHER


def test_a_storm_waits_for_its_hold_though_nothing_is_being_verified_right_now() -> None:
    assert begun().judge(at(1), HOLD, some(3, grows=False)) is WindowStatus.WAITS


def test_what_waited_in_a_backlog_is_held_from_when_it_was_due() -> None:
    late = GroupingWindow(place="ch_1", kind=AlertKind.OPENED)
    late = late.begin_part(replace(ROW, due_at=at(0)), at(4), is_updated=False)
    assert late.ripe_at(HOLD) == at(5)
    lost = late.begin_part(replace(ROW, due_at=at(0)), at(900), is_updated=False)
    assert (
        GroupingWindow(place="ch_1", kind=AlertKind.OPENED)
        .begin_part(replace(ROW, due_at=at(0)), at(900), is_updated=False)
        .began_at
        == at(900) - QUIET
    )
    assert lost.group == late.group


def test_the_third_of_a_minute_waits_for_company_a_while_and_is_sent_alone() -> None:
    found = begun(20, recent=(at(0), at(1)))
    assert found.judge(at(20) + HOLD, HOLD, some(2)) is WindowStatus.TOGETHER
    assert found.judge(at(20) + HOLD, HOLD, some(1)) is WindowStatus.WAITS
    assert found.judge(at(19.9) + QUIET, HOLD, some(1)) is WindowStatus.WAITS
    assert found.judge(at(20) + QUIET, HOLD, some(1)) is WindowStatus.ALONE


def test_three_in_more_than_a_minute_are_no_storm() -> None:
    assert begun(recent=(at(0), at(1))).is_storm(at(60), 1)
    assert not begun(recent=(at(0), at(1))).is_storm(at(61), 1)
    assert begun(recent=(at(0), at(1))).is_storm(at(61), 2)


def test_enough_are_a_message_before_the_hold_is_over() -> None:
    assert begun().judge(at(1), HOLD, some(MANY_ENOUGH)) is WindowStatus.TOGETHER
    assert begun().judge(at(1), HOLD, some(MANY_ENOUGH - 1)) is WindowStatus.WAITS


def test_who_comes_later_joins_the_group_until_it_is_quiet() -> None:
    told = begun().close_part(at(5))
    assert (told.part, told.driver, told.group) == (1, None, begun().group)
    assert told.is_open(at(4.9) + QUIET)
    assert not told.is_open(at(5) + QUIET)
    awaited = continued(12)
    assert awaited.group == told.group
    assert awaited.is_open(at(5) + QUIET)
    assert awaited.is_open(at(0) + LONGEST - timedelta(seconds=1))
    assert not awaited.is_open(at(0) + LONGEST)


def test_a_follow_up_is_sent_when_it_is_quiet_or_enough_was_waited_and_ends_the_group() -> None:
    found = continued(12)
    assert found.judge(at(12 + 14.9), HOLD, some(5, last_at=12)) is WindowStatus.WAITS
    assert found.judge(at(12) + QUIET, HOLD, some(5, last_at=12)) is WindowStatus.TOGETHER
    assert found.judge(at(74.9), HOLD, some(5, last_at=74)) is WindowStatus.WAITS
    assert found.judge(at(0) + LONGEST, HOLD, some(5, last_at=74)) is WindowStatus.TOGETHER
    assert found.close_part(at(27)).group is None


def test_lesser_news_prolong_nothing() -> None:
    """Nobody counts when they came: the last outage is what is waited for."""
    found = continued(19)
    assert found.ripe_at(HOLD, last_at=at(4)) == at(4) + QUIET


def test_a_message_that_can_be_updated_is_updated_after_each_hold() -> None:
    found = continued(12, updated=True)
    assert found.judge(at(16.9), HOLD, some(5, last_at=16)) is WindowStatus.WAITS
    assert found.judge(at(17), HOLD, some(5, last_at=16)) is WindowStatus.TOGETHER
    assert found.close_part(at(17)).group == found.group
    assert found.close_part(at(0) + LONGEST).group is None


def test_a_released_gathering_remembers_how_many_it_let_go() -> None:
    found = begun(1).release(at(6), 2)
    assert (found.group, found.driver, found.recent, found.version) == (
        None, None, (at(6), at(6)), 2,
    )  # fmt: skip
    assert not found.is_open(at(6))
    assert begun(7, recent=found.recent).is_storm(at(7), 1)
    assert GroupingWindow(place="ch_1", kind=AlertKind.OPENED).note_alone(at(3)).recent == (at(3),)


def test_a_new_group_begins_with_its_first_message() -> None:
    again = continued(12).close_part(at(30)).begin_part(ROW, at(90), is_updated=False)
    assert (again.part, again.written_at) == (0, None)
    assert again.group == group_id(ROW, at(90))


def test_a_group_that_is_over_is_joined_by_nobody() -> None:
    assert not continued(12).abandon().is_open(at(13))


def ends(*parts: float, updated: bool = False) -> GroupingWindow:
    """Have ends begin parts at these seconds; each but the last was told 5 s later."""
    found = GroupingWindow(place="grp_1", kind=AlertKind.RESOLVED)
    for number, each in enumerate(parts):
        if number:
            found = found.close_part(at(parts[number - 1] + 5))
        found = found.begin_part(replace(ROW, due_at=at(each)), at(each), is_updated=updated)
    return found


def test_the_first_end_is_told_when_the_hold_is_over_or_all_are_there() -> None:
    left = Progress(count=4, lasting=2, last_at=at(1))
    assert ends(0).judge(at(4.9), HOLD, left) is WindowStatus.WAITS
    assert ends(0).judge(at(5), HOLD, left) is WindowStatus.TOGETHER
    assert ends(0).judge(at(1), HOLD, Progress(count=4)) is WindowStatus.TOGETHER


def test_later_ends_are_told_when_all_are_there_or_it_is_quiet_or_enough_was_waited() -> None:
    found = ends(0, 10)
    assert (found.group, found.part) == ("grp_1", 1)
    assert found.judge(at(11), HOLD, Progress(count=4)) is WindowStatus.TOGETHER
    left = Progress(count=4, lasting=1, last_at=at(20))
    assert found.judge(at(19.9) + ENDS_QUIET, HOLD, left) is WindowStatus.WAITS
    assert found.judge(at(20) + ENDS_QUIET, HOLD, left) is WindowStatus.TOGETHER
    assert found.ripe_at(HOLD, at(100)) == at(10) + ENDS_LONGEST
    assert ends(0, 10, updated=True).ripe_at(HOLD, at(100)) == at(10) + QUIET


def test_ends_gather_behind_their_group_for_ever() -> None:
    told = ends(0).close_part(at(900))
    assert (told.group, told.part) == ("grp_1", 1)
    assert told.is_open(at(90_000))


def test_a_driver_looks_often_and_not_beyond_the_moment_that_it_is_ripe() -> None:
    assert begun().look_at(at(0), HOLD) == at(1)
    assert begun().look_at(at(4.5), HOLD) == at(5)
    assert begun().look_at(at(9), HOLD) > at(9)
    assert continued(12).look_at(at(13), HOLD, at(12)) == at(16)
    assert continued(12).look_at(at(12), HOLD) == at(13)
    told = begun().close_part(at(5))
    assert told.look_at(at(6), HOLD) == at(9)
    assert told.judge(at(60), HOLD, some(9)) is WindowStatus.WAITS


def test_names_of_groups_sort_by_time_and_are_none_of_incidents() -> None:
    early, late = group_id(ROW, START), group_id(ROW, at(1))
    assert early < late
    assert early.startswith("grp_")
    assert group_id(ROW, START) == early
    assert group_id(replace(ROW, channel_id="ch_2"), START) != early


@given(
    confirmed=st.lists(st.floats(0, 80), min_size=1, max_size=12).map(sorted),
    seconds=st.floats(0, 80),
    grows=st.booleans(),
)
def test_the_first_message_is_ripe_within_the_hold_or_a_quiet_moment_whatever_comes(
    confirmed: list[float], seconds: float, *, grows: bool
) -> None:
    found = begun(confirmed[0])
    moment = confirmed[0] + seconds
    come = [each for each in confirmed if each <= moment]
    ripe = found.judge(at(moment), HOLD, some(len(come), come[-1], grows=grows))
    if seconds >= HOLD.total_seconds():
        assert ripe is (WindowStatus.TOGETHER if len(come) >= MANY else WindowStatus.ALONE)
    elif len(come) >= MANY:
        assert ripe is WindowStatus.WAITS
