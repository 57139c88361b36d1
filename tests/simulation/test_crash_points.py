"""A function dies after each single call that it makes: nothing is lost, nobody is notified twice.

A crash point is a place: a function and the calls that one invocation has made so far. A life
without faults names all of them; then others are lived in which functions die right there, at a
few places far apart. A place that such a life does not come to has one of its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import islice

import pytest

import sentinelmesh.domain.alerts.alert_batch
from tests.simulation.faults import CALM
from tests.simulation.mesh import Plan, Simulation
from tests.simulation.oracle.invariants import violations
from tests.simulation.oracle.remains import Remains

EVENTFUL = Plan(
    seed=35,
    monitors=5,
    storm=timedelta(minutes=5),
    calm=timedelta(minutes=24),
    weather=CALM,
    outages=False,
    whims=24,
)
STORMY = replace(EVENTFUL, seed=17, storm=timedelta(minutes=4), whims=0, hold_seconds=5)
WRITES = {"Deliver", "PutItem", "SendMessageBatch", "TransactWriteItems"}
PLACES_PER_LIFE = 4
SLICES, STORMY_SLICES, BATCHED_SLICES = 8, 4, 2

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]


@cache
def crash_points() -> dict[str, int]:
    """Return all places, with the number of the first call there."""
    simulation = Simulation(EVENTFUL)
    simulation.fate.places = {}
    assert simulation.run(violations) == []
    return simulation.fate.places


@cache
def stormy_points() -> dict[str, int]:
    """Return the places behind a write of the alerter that only a storm of alerts leads to."""
    simulation = Simulation(STORMY)
    simulation.fate.places = {}
    assert simulation.run(violations) == []
    assert any(row.is_group for row in Remains(simulation).alerts)
    return {
        place: call
        for place, call in simulation.fate.places.items()
        if place.startswith("alerter:")
        and place not in crash_points()
        and place.split()[-1] in WRITES
    }


@contextmanager
def one_row_at_once() -> Iterator[None]:
    """Have all alert rows but the first of each transition come in batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentinelmesh.domain.alerts.alert_batch, "MAX_ROWS_AT_ONCE", 1)
        yield


@cache
def batched_points() -> dict[str, int]:
    """Return the places of the alerter that only batches of alert rows lead to."""
    with one_row_at_once():
        simulation = Simulation(STORMY)
        simulation.fate.places = {}
        assert simulation.run(violations) == []
    return {
        place: call
        for place, call in simulation.fate.places.items()
        if place.startswith("alerter:") and "DeleteItem" in place
    }


def lives_of(slices: int, points: dict[str, int], piece: int) -> Iterator[list[str]]:
    """Return the lives of one slice, for several workers share them: the places of each."""
    in_time = sorted(points, key=lambda place: (points[place], place))
    count = -(-len(in_time) // PLACES_PER_LIFE)
    return islice((in_time[first::count] for first in range(count)), piece, None, slices)


def assert_crashes_do_no_harm(plan: Plan, places: Sequence[str]) -> None:
    for place in crash_at(plan, places):
        assert not crash_at(plan, [place])


def crash_at(plan: Plan, places: Sequence[str]) -> frozenset[str]:
    """Have functions die once at each of these places; return those that nobody came to."""
    simulation = Simulation(plan)
    simulation.fate.deadly |= set(places)
    assert simulation.run(violations) == [], places
    return frozenset(simulation.fate.deadly)


@pytest.mark.parametrize("piece", range(SLICES))
def test_a_crash_after_any_call_loses_nothing_and_tells_nothing_twice(piece: int) -> None:
    for places in lives_of(SLICES, crash_points(), piece):
        assert_crashes_do_no_harm(EVENTFUL, places)


@pytest.mark.parametrize("piece", range(STORMY_SLICES))
def test_a_crash_in_a_storm_of_alerts_tells_each_in_one_way(piece: int) -> None:
    for places in lives_of(STORMY_SLICES, stormy_points(), piece):
        assert_crashes_do_no_harm(STORMY, places)


@pytest.mark.parametrize("piece", range(BATCHED_SLICES))
def test_a_crash_while_rows_are_created_from_a_batch_creates_each_once(piece: int) -> None:
    points = batched_points()
    assert points
    for places in lives_of(BATCHED_SLICES, points, piece):
        with one_row_at_once():
            assert_crashes_do_no_harm(STORMY, places)


def test_the_places_cover_every_function_and_every_kind_of_call() -> None:
    places = crash_points()
    assert {place.split(":")[0] for place in places} == {
        "api", "scheduler", "prober", "verifier", "alerter", "rollup",
    }  # fmt: skip
    calls = {call for place in places for call in place.split(": ")[1].split()}
    assert calls >= {
        "PutItem", "UpdateItem", "DeleteItem", "GetItem", "BatchGetItem", "Query",
        "TransactWriteItems", "SendMessage", "SendMessageBatch", "Deliver",
    }  # fmt: skip
