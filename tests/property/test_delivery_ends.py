"""Whatever goes wrong, each row comes to its end, and people hear the right things in order."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.delivery_context import QUIET_WINDOW
from sentinelmesh.storage.alerts import RowKey
from tests.property.alerting import World
from tests.property.mishaps import Faults, Outage

BOTH = (AlertKind.OPENED, AlertKind.RESOLVED)
# What sending takes, and waiting for a message that is on its way.
SLACK = timedelta(seconds=45)
ENDED = {AlertState.SENT, AlertState.SUPPRESSED, AlertState.DEAD}

pauses = st.integers(1, 900)
outage = st.builds(
    Outage,
    pauses,
    st.one_of(st.integers(1, 30), st.integers(1, 1500)),
    st.sampled_from([False, False, False, True]),
)
endless = st.builds(Outage, pauses, st.none())
outages = st.tuples(st.lists(outage, max_size=5), st.lists(endless, max_size=1)).map(
    lambda drawn: (*drawn[0], *drawn[1])
)
share = st.sampled_from([0.0, 0.0, 0.1, 0.3])
all_faults = st.builds(
    Faults,
    refused=share,
    unanswered=share,
    lost_answer=share,
    lost_message=share,
    store=st.sampled_from([0.0, 0.1, 0.3]),
    wakeups=st.sampled_from([0.0, 0.5, 1.0]),
    deaths=share,
    crashes=st.frozensets(st.integers(1, 120), max_size=4),
)
# Everything dies, and providers are well.
deadly_faults = st.builds(
    Faults,
    lost_answer=share,
    store=st.sampled_from([0.0, 0.1, 0.3]),
    wakeups=st.sampled_from([0.0, 0.5, 1.0]),
    deaths=share,
    crashes=st.frozensets(st.integers(1, 120), max_size=4),
)
# Faults after which it is always known what was told.
clear_faults = st.builds(
    Faults,
    refused=share,
    unanswered=share,
    wakeups=st.sampled_from([0.0, 0.5, 1.0]),
)
crashes = st.builds(
    Faults, refused=share, crashes=st.frozensets(st.integers(1, 60), min_size=1, max_size=1)
)
chances = st.integers(0, 2**32).map(Random)
meddling = st.sampled_from([0.0, 0.2])
off_for = st.one_of(
    st.none(), st.tuples(st.integers(0, 2000), st.integers(1, 2000)).map(lambda d: (d[0], sum(d)))
)
kinds = st.sampled_from([BOTH, BOTH, (AlertKind.OPENED,), (AlertKind.RESOLVED,)])


def worlds(
    faults: st.SearchStrategy[Faults], **choices: st.SearchStrategy[object]
) -> st.SearchStrategy[World]:
    defaults = {"takes_key": st.booleans(), "meddling": meddling}
    return st.builds(World, outages, chances, faults, **{**defaults, **choices})


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep thousands of log lines out of a test that reads none."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def opened(world: World) -> list[Alert]:
    return [row for row in world.rows if row.kind is AlertKind.OPENED]


@given(worlds(all_faults, kinds=kinds, off=off_for))
@settings(max_examples=150)
def test_every_row_ends(world: World) -> None:
    world.play()
    for row in world.rows:
        assert row.finished
        assert row.state in ENDED
        assert row.answer is not None
        assert (row.sent_at is not None) == (row.state is AlertState.SENT)


def reminded(faults: st.SearchStrategy[Faults]) -> st.SearchStrategy[World]:
    """Worlds whose channel is reminded, and whose outages end: else there would be no end of it."""
    ending = st.lists(outage, min_size=1, max_size=4).map(tuple)
    return st.builds(
        World, ending, chances, faults, takes_key=st.booleans(), meddling=meddling,
        reminder_minutes=st.sampled_from([5, 10]),
    )  # fmt: skip


@given(reminded(all_faults))
@settings(max_examples=60)
def test_reminders_come_to_an_end_like_everything_else(world: World) -> None:
    world.play()
    for row in world.rows:
        assert row.finished
        doubts = world.doubtful.get(_key(row), 0)
        assert len(world.taken_of(row)) <= 1 + doubts


@given(reminded(clear_faults))
@settings(max_examples=60)
def test_a_reminder_follows_a_message_after_its_time_and_none_comes_after_the_end(
    world: World,
) -> None:
    world.play()
    rows = {(row.incident_id, row.kind, row.number): row for row in world.rows}
    for row in world.rows:
        if row.kind is not AlertKind.REMINDER:
            continue
        kind = AlertKind.REMINDER if row.number > 1 else AlertKind.OPENED
        before = rows[row.incident_id, kind, row.number - 1]
        # A process may die between making a reminder and the mark of the message before it.
        is_marked = not world.doubtful.get(_key(before))
        heard_at = before.sent_at if is_marked else world.taken_of(before)[0].at
        assert before.state is AlertState.SENT or not is_marked
        ended_at = world.incidents.known[row.incident_id].resolved_at
        assert ended_at is not None
        for told in world.taken_of(row):
            assert heard_at is not None
            assert world.reminder_minutes is not None
            assert told.at >= heard_at + timedelta(minutes=world.reminder_minutes)
            assert told.at <= ended_at + SLACK


def _key(row: Alert) -> str:
    number = f".{row.number}" if row.number else ""
    return f"{row.incident_id}.{row.kind}.{row.channel_id}{number}"


@given(worlds(all_faults, kinds=kinds, off=off_for))
@settings(max_examples=150)
def test_a_row_is_told_once_and_again_only_where_it_is_in_doubt(world: World) -> None:
    world.play()
    for row in world.rows:
        told = world.taken_of(row)
        doubts = world.doubtful.get(f"{row.incident_id}.{row.kind}.{row.channel_id}", 0)
        if row.state is AlertState.SENT:
            assert told
        elif not doubts:
            assert not told
        assert len(told) <= 1 + doubts
        if not world.takes_key:
            assert len(told) <= 2


@given(worlds(all_faults, kinds=kinds))
@settings(max_examples=150)
def test_a_second_message_says_so_and_comes_five_minutes_later(world: World) -> None:
    assume(not world.takes_key)
    world.play()
    for row in world.rows:
        told = world.taken_of(row)
        for first, second in pairwise(told):
            assert second.notice.repeat
            assert second.at - first.at >= QUIET_WINDOW
            assert second.notice.key == first.notice.key


@given(worlds(all_faults, kinds=kinds, off=off_for))
@settings(max_examples=150)
def test_an_end_is_never_told_before_its_beginning(world: World) -> None:
    world.play()
    for incident in world.incidents.known:
        told = [each.notice for each in world.taken if each.notice.incident_id == incident]
        ends = [place for place, notice in enumerate(told) if notice.is_over]
        beginnings = [place for place, notice in enumerate(told) if not notice.is_over]
        if ends:
            assert all(place < ends[0] for place in beginnings)
        beginning = world.outbox.rows.get(RowKey(incident, "opened#ch_1"))
        for notice in told:
            if notice.kind is AlertKind.RESOLVED and notice.combined:
                assert beginning is not None
                assert beginning.state is not AlertState.SENT


@given(worlds(clear_faults, kinds=st.just(BOTH), meddling=st.just(0.0)))
@settings(max_examples=150)
def test_a_beginning_that_did_not_go_out_in_time_is_told_with_its_end(world: World) -> None:
    world.play()
    assume(not world.gave_up)
    for row in opened(world):
        ends = [
            each.notice
            for each in world.taken
            if each.notice.incident_id == row.incident_id and each.notice.is_over
        ]
        if ends:
            assert len(ends) == 1
            assert ends[0].combined == (row.state is not AlertState.SENT)


@given(worlds(all_faults, kinds=st.sampled_from([BOTH, (AlertKind.OPENED,)])))
@settings(max_examples=150)
def test_an_outage_that_is_still_there_is_announced_sooner_or_later(world: World) -> None:
    world.play()
    for row in opened(world):
        is_open = world.incidents.known[row.incident_id].resolved_at is None
        if is_open and row.state is not AlertState.DEAD:
            assert row.state is AlertState.SENT
            assert world.taken_of(row)


@given(worlds(st.just(Faults()), kinds=st.just(BOTH), meddling=st.just(0.0)))
@settings(max_examples=150)
def test_an_outage_is_kept_quiet_for_five_minutes_at_most(world: World) -> None:
    """With a provider that takes everything, whoever waits longer than the window hears of it."""
    world.play()
    for row in opened(world):
        incident = world.incidents.known[row.incident_id]
        lasted = (incident.resolved_at or world.now) - incident.opened_at
        if lasted > QUIET_WINDOW + SLACK:
            (told,) = world.taken_of(row)
            assert told.at - row.created_at <= QUIET_WINDOW + SLACK


@given(worlds(st.just(Faults()), kinds=kinds, meddling=st.just(0.0)))
@settings(max_examples=150)
def test_nobody_hears_of_what_is_long_over(world: World) -> None:
    """However often a monitor flaps: the quiet window is the longest delay that it may cause."""
    world.play()
    for row in world.rows:
        for told in world.taken_of(row):
            assert told.at - row.created_at <= QUIET_WINDOW + SLACK


flapping = st.lists(st.builds(Outage, st.integers(1, 60), st.integers(1, 60)), min_size=12)


@given(st.builds(World, flapping.map(tuple), chances, clear_faults, kinds=kinds))
@settings(max_examples=60)
def test_after_flapping_no_ends_drip_for_hours(world: World) -> None:
    world.play()
    last = world.last_incident.resolved_at
    assert last is not None
    late = [each for each in world.taken if each.at > last + 4 * QUIET_WINDOW]
    assert len(late) <= len(world.outages) // 3


@given(worlds(all_faults, kinds=st.just(BOTH)))
@settings(max_examples=300)
def test_the_last_message_agrees_with_how_things_stand(world: World) -> None:
    assume(world.outages)
    world.play()
    assume(not world.gave_up)
    last = world.last_incident
    news = [each.notice for each in world.taken if not each.notice.overtaken]
    if last.resolved_at is None:
        assert news
        assert not news[-1].is_over
    elif not any(each.is_cancelled for each in world.outages):
        assert not news or news[-1].is_over


@given(worlds(deadly_faults, kinds=kinds, takes_key=st.just(True)))
@settings(max_examples=100)
def test_a_receiver_with_keys_is_not_given_up_whatever_dies(world: World) -> None:
    world.play()
    assert not world.gave_up


@given(worlds(crashes, kinds=st.just(BOTH), meddling=st.just(0.0)))
@settings(max_examples=200)
def test_one_crash_anywhere_loses_nothing(world: World) -> None:
    world.play()
    for row in world.rows:
        assert row.state is not AlertState.DEAD
        if row.state is AlertState.SENT:
            assert world.taken_of(row)
