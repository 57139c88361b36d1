"""Whatever happens to a monitor, its steps form one unbroken ledger and one course of incidents."""

from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.alert import AlertKind, Channel
from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.domain.verification.transition import TransitionPlan, with_alerts
from tests.property.world import World
from tests.support.builders import REGIONS, a_channel, a_monitor

seen = st.dictionaries(st.sampled_from(REGIONS), st.sampled_from(Outcome), min_size=1)
lasting = st.sampled_from([Outcome.SUCCESS, Outcome.FAILURE]).map(
    lambda outcome: dict.fromkeys(REGIONS, outcome)
)
truths = st.lists(st.one_of(lasting, seen), min_size=1, max_size=10)
channels = st.lists(
    st.builds(
        a_channel,
        id=st.sampled_from(["ch_1", "ch_2", "ch_3", "ch_4"]),
        enabled=st.booleans(),
        events=st.sets(st.sampled_from(AlertKind)).map(tuple),
    ),
    unique_by=lambda channel: channel.id,
)
choices = st.none() | st.sets(st.sampled_from(["ch_1", "ch_2", "ch_9"])).map(tuple)


def steps_of(truth: list[dict[str, Outcome]], seed: int) -> list[TransitionPlan]:
    return World(a_monitor(), truth, Random(seed)).play()


@given(truths, st.integers(0, 999))
@settings(max_examples=150)
def test_the_ledger_has_no_gap_and_each_row_begins_where_the_last_one_ended(
    truth: list[dict[str, Outcome]], seed: int
) -> None:
    steps = steps_of(truth, seed)
    assert [each.transition.version for each in steps] == list(range(1, len(steps) + 1))
    start = initial_state(a_monitor()).status
    states = [start, *(each.state.status for each in steps)]
    for each, (before, after) in zip(steps, pairwise(states), strict=True):
        assert (each.transition.from_status, each.transition.to_status) == (before, after)


@given(truths, st.integers(0, 999))
@settings(max_examples=150)
def test_an_incident_is_open_exactly_while_its_monitor_is_down_or_flaps(
    truth: list[dict[str, Outcome]], seed: int
) -> None:
    flapped = False
    for taken in steps_of(truth, seed):
        is_down, flaps = taken.state.status is Status.DOWN, taken.state.flapping
        assert (taken.state.incident_id is not None) == (is_down or flaps)
        assert (taken.opened is not None) == (is_down and not flapped)
        was_down = taken.transition.from_status is Status.DOWN
        assert (taken.closed is not None) == (was_down and not flaps)
        flapped = flaps


@given(truths, st.integers(0, 999))
@settings(max_examples=150)
def test_an_incident_is_confirmed_after_it_opened_and_ends_after_it_began(
    truth: list[dict[str, Outcome]], seed: int
) -> None:
    for taken in steps_of(truth, seed):
        if taken.opened:
            assert taken.opened.opened_at <= taken.opened.confirmed_at
        if taken.closed:
            assert taken.closed.resolved_at is not None
            assert taken.closed.resolved_at > taken.closed.opened_at
            assert taken.closed.state is IncidentState.RESOLVED


@given(truths, st.integers(0, 999), channels, choices)
@settings(max_examples=150)
def test_rows_are_transitions_times_the_channels_that_take_them(
    truth: list[dict[str, Outcome]],
    seed: int,
    told: list[Channel],
    chosen: tuple[str, ...] | None,
) -> None:
    monitor = replace(a_monitor(), channels=chosen)
    for taken in steps_of(truth, seed):
        bare = replace(taken, alerts=())
        kind = AlertKind.OPENED if taken.opened else AlertKind.RESOLVED if taken.closed else None
        event = kind
        if taken.transition.tells is AlertKind.FLAPPING:
            kind, event = AlertKind.FLAPPING, AlertKind.OPENED
        expected = {
            f"{kind}#{channel.id}"
            for channel in told
            if channel.enabled
            and event in channel.events
            and (chosen is None or channel.id in chosen)
        }
        rows = with_alerts(bare, monitor, told).alerts
        assert {row.key for row in rows} == expected
        assert len(rows) == len(expected)
