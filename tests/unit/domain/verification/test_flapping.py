"""A monitor that goes down and up again and again is one story."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import MAX_KEPT_FLIPS, Incident, IncidentState, Status
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.values.interval import Interval, total
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.domain.verification.flapping import (
    FLAP_WINDOW,
    MAX_FLIPS,
    flips_after,
    is_stable,
)
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.transition import TransitionPlan
from tests.property.world import World
from tests.support.builders import REGIONS, START, a_monitor, an_incident

PASSING = dict.fromkeys(REGIONS, Outcome.SUCCESS)
FAILING = dict.fromkeys(REGIONS, Outcome.FAILURE)
MINUTE = timedelta(minutes=1)


def play(rounds: str) -> list[TransitionPlan]:
    """Play rounds of a minute each: P passes, F fails."""
    truth = [PASSING if letter == "P" else FAILING for letter in rounds]
    return World(a_monitor(), truth, Random(4)).play()


def told(steps: list[TransitionPlan]) -> list[str]:
    return [each.transition.tells.value for each in steps if each.transition.tells]


def restless(*minutes: int, flapping: bool = True, status: Status = Status.UP) -> State:
    """A monitor that changed at these minutes."""
    flips = tuple(START + each * MINUTE for each in minutes)
    return replace(initial_state(a_monitor()), status=status, flips=flips, flapping=flapping)


def test_it_is_stable_when_half_an_hour_has_gone_by_since_the_last_change() -> None:
    assert FLAP_WINDOW == 30 * MINUTE
    early = START + 40 * MINUTE - timedelta(microseconds=1)
    for order in ((10, 3), (3, 10)):
        assert not is_stable(restless(*order), early)
        assert is_stable(restless(*order), START + 40 * MINUTE)
    assert is_stable(restless(), START), "no change is known any more"
    assert not is_stable(restless(flapping=False), START + 40 * MINUTE)


def test_changes_of_the_last_half_hour_are_kept_as_far_as_they_decide() -> None:
    now = START + 30 * MINUTE
    kept = flips_after(restless(0, 1), Status.DOWN, now)
    assert kept == (START + MINUTE, now)
    assert flips_after(restless(0, 1), Status.UP, now) == (START + MINUTE,)
    many = flips_after(restless(*range(20, 29)), Status.DOWN, now)
    assert len(many) == MAX_FLIPS + 1
    assert many[-1] == now
    assert flips_after(restless(0, 1), Status.DOWN, None) == restless(0, 1).flips


def test_six_changes_in_half_an_hour_are_told_as_flapping_and_once_as_stable() -> None:
    steps = play("P" + "FP" * 6 + "P" * 31)
    assert told(steps) == [
        "opened",
        "resolved",
        "opened",
        "resolved",
        "opened",
        "flapping",
        "stable",
    ]
    last = steps[-1]
    assert (last.transition.rule, last.state.status) == (Rule.STABLE, Status.UP)
    assert last.closed is not None
    assert last.closed.state is IncidentState.RESOLVED
    # The third outage began the incident; three more came in it, and four ends.
    assert [flip.up for flip in last.closed.flips] == [True, False, True, False, True, False, True]
    assert last.closed.resolved_at == last.closed.flips[-1].at
    down = total(last.closed.down_spells(START))
    assert down == 4 * MINUTE


def test_five_changes_are_five_messages() -> None:
    steps = play("P" + "FP" * 2 + "F" * 40)
    assert told(steps) == ["opened", "resolved", "opened", "resolved", "opened"]
    assert not steps[-1].state.flapping


def test_a_monitor_that_stays_down_after_flapping_is_told_so_and_later_its_end() -> None:
    steps = play("P" + "FP" * 3 + "F" * 33 + "PP")
    assert told(steps)[-3:] == ["flapping", "stable", "resolved"]
    calmed = next(each for each in steps if each.transition.rule is Rule.STABLE)
    assert calmed.updated is not None
    assert (calmed.state.status, calmed.updated.flapping) == (Status.DOWN, False)
    assert calmed.transition.sentence == (
        "Stable again: it has been down without a change for half an hour."
    )
    closed = steps[-1].closed
    assert closed is not None
    assert closed.incident_id == calmed.updated.incident_id


def test_changes_that_are_far_apart_are_no_flapping() -> None:
    assert "flapping" not in told(play("P" + ("FPPPPPPPPPPPPPPP" * 4)))


def test_what_flaps_again_after_it_was_stable_begins_anew() -> None:
    steps = play("P" + "FP" * 3 + "P" * 31 + "FP" * 3)
    once = ["opened", "resolved", "opened", "resolved", "opened", "flapping"]
    assert told(steps) == [*once, "stable", *once]


def test_flapping_is_taken_as_trouble_and_stable_as_its_end() -> None:
    assert {kind: kind.event for kind in AlertKind} == {
        AlertKind.OPENED: AlertKind.OPENED,
        AlertKind.FLAPPING: AlertKind.OPENED,
        AlertKind.RESOLVED: AlertKind.RESOLVED,
        AlertKind.STABLE: AlertKind.RESOLVED,
        AlertKind.ACKNOWLEDGED: AlertKind.ACKNOWLEDGED,
        AlertKind.REMINDER: AlertKind.REMINDER,
    }


def flipped(incident: Incident, *minutes: float) -> Incident:
    for place, minute in enumerate(minutes):
        incident = incident.with_flip(incident.opened_at + minute * MINUTE, up=place % 2 == 0)
    return incident


@pytest.mark.parametrize(
    ("minutes", "down"),
    [
        ((), [(0, 60)]),
        ((5,), [(0, 5)]),
        ((5, 10), [(0, 5), (10, 60)]),
        ((5, 10, 20), [(0, 5), (10, 20)]),
    ],
)
def test_an_incident_was_down_between_its_flips(
    minutes: tuple[float, ...], down: list[tuple[float, float]]
) -> None:
    incident = flipped(an_incident(), *minutes)
    spells = list(incident.down_spells(START + 60 * MINUTE))
    assert spells == [Interval(START + a * MINUTE, START + b * MINUTE) for a, b in down]


def test_of_flips_that_are_not_kept_nothing_good_is_claimed() -> None:
    incident = flipped(an_incident(), *range(1, MAX_KEPT_FLIPS + 4))
    assert len(incident.flips) == MAX_KEPT_FLIPS
    assert not incident.flips[-1].up
