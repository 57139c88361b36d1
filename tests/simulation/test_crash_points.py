"""A function dies after each single call that it makes, one life for each: nothing is lost.

A crash point is a place: a function and the calls that one invocation has made so far. A life
without faults names all of them; then each gets a life in which the function dies right there.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest

from tests.simulation.faults import CALM
from tests.simulation.invariants import violations
from tests.simulation.mesh import Plan, Simulation

EVENTFUL = Plan(
    seed=35,
    monitors=5,
    storm=timedelta(minutes=5),
    calm=timedelta(minutes=24),
    weather=CALM,
    outages=False,
    whims=24,
)
SLICES = 8

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]


@cache
def crash_points() -> dict[str, int]:
    """Give all places, with the number of the first call there."""
    simulation = Simulation(EVENTFUL)
    simulation.fate.places = {}
    assert simulation.run(violations) == []
    return simulation.fate.places


def points_of(piece: int) -> Iterator[tuple[str, int]]:
    for number, (place, call) in enumerate(sorted(crash_points().items())):
        if number % SLICES == piece:
            yield place, call


@pytest.mark.parametrize("piece", range(SLICES))
def test_a_crash_after_any_call_loses_nothing_and_tells_nothing_twice(piece: int) -> None:
    for place, call in points_of(piece):
        simulation = Simulation(EVENTFUL)
        simulation.fate.crash_at = call
        found = simulation.run(violations)
        assert list(simulation.fate.crashed_after) == [place]
        assert found == [], place


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
