"""Sequences of rounds and the ledger that they must give, one row per story.

A round is written as one letter per region, in the order eu, us, ap: P passes, F fails,
u abstains, - never answers. The regions take turns, eu first.
"""

from datetime import timedelta
from random import Random

import pytest

from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.monitors.schedule import regions_of
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.monitor_state import Rule
from tests.property.world import Truth, World
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

LETTERS = {"P": Outcome.SUCCESS, "F": Outcome.FAILURE, "u": Outcome.UNKNOWN}

STORIES = {
    "all is well": ("PPP PPP PPP", ["up first_pass"]),
    "a blip in one region": (
        "PPP PFP PPP PPP",
        ["up first_pass", "verifying suspected", "up dismissed"],
    ),
    "a region that stays broken asks for one verification only": (
        "PPP PFP PPP PPP PFP PPP PPP PFP",
        ["up first_pass", "verifying suspected", "up dismissed"],
    ),
    "a broken region works again": (
        "PPP PFP PPP PPP PPP PPP",
        ["up first_pass", "verifying suspected", "up dismissed", "up region_recovered"],
    ),
    "a real outage during a regional one": (
        "PPP PFP FFF FFF PPP PPP",
        [
            "up first_pass",
            "verifying suspected",
            "up dismissed",
            "verifying suspected",
            "down quorum",
            "up recovered",
        ],
    ),
    "an outage and its end": (
        "PPP FFF FFF FFF PPP",
        ["up first_pass", "verifying suspected", "down quorum", "up recovered"],
    ),
    "an outage that one region cannot see": (
        "PPP FFP FFP PPP",
        ["up first_pass", "verifying suspected", "down quorum", "up recovered"],
    ),
    "broken from the start": ("FFF FFF", ["verifying suspected", "down quorum"]),
    "a region is silent, the rest is a quorum": (
        "PPP PFF -FF FF- PPP",
        ["up first_pass", "verifying suspected", "down quorum", "up recovered"],
    ),
    "two failures of one slot are a quorum even if the third region abstains": (
        "PPP uFu uuF FuF uFu uuF Fuu",
        ["up first_pass", "verifying suspected", "down quorum"],
    ),
    "everybody else abstains": (
        "PPP uFu uuF Fuu PPP",
        ["up first_pass", "verifying suspected", "down unverified", "up recovered"],
    ),
    "only abstentions say nothing": ("PPP uuu uuu uuu uuu uuu", ["up first_pass"]),
    "a tie is not an outage": (
        "PPP uFP Puu PPP",
        ["up first_pass", "verifying suspected", "up dismissed"],
    ),
    "one region fails, one does not, and one is away": (
        "PPP FP- FP- FP- FP- FP- FP-",
        ["up first_pass", "verifying suspected", "up dismissed_unverified"],
    ),
    "one region fails, one does not, and one abstains": (
        "PPP FPu FPu FPu FPu FPu FPu",
        ["up first_pass", "verifying suspected", "up dismissed_unverified"],
    ),
    "contradicted rounds do not count towards an outage": (
        "PPP uFu uuF FPu uFu uuF FPu",
        ["up first_pass", "verifying suspected", "up lapsed"],
    ),
    "it works, though too few say so": (
        "PPP uFu uuP Puu uPu PPP",
        ["up first_pass", "verifying suspected", "up dismissed_unverified"],
    ),
    "it works again, though too few say so": (
        "PPP FFF uuP Puu uPu PPP",
        ["up first_pass", "verifying suspected", "down quorum", "up recovered_unverified"],
    ),
    "one region sees it work again, the others do not": (
        "PPP FFF PFF FPF FFP PPP",
        ["up first_pass", "verifying suspected", "down quorum", "up recovered"],
    ),
}


def truth_of(rounds: str) -> Truth:
    return [
        {
            region: LETTERS[letter]
            for region, letter in zip(REGIONS, seen, strict=True)
            if letter in LETTERS
        }
        for seen in rounds.split()
    ]


def play(rounds: str, **changes: object) -> list[str]:
    """Play a story and write down each transition as "status rule"."""
    monitor = a_monitor(**changes)
    while regions_of(monitor.id, 60, REGIONS, "rotate", a_slot(monitor, 0)) != (REGIONS[0],):
        monitor = a_monitor(**{**changes, "id": monitor.id + "1"})
    steps = World(monitor, truth_of(rounds), Random(7)).play()
    return [f"{taken.transition.to_status} {taken.transition.rule}" for taken in steps]


@pytest.mark.parametrize("story", STORIES)
def test_story(story: str) -> None:
    rounds, expected = STORIES[story]
    assert play(rounds) == expected


def test_the_second_of_two_rounds_may_be_a_check_between_slots() -> None:
    policy = Policy(quorum=2, confirm_after=2)
    once = "PPP FFF PPP"
    assert play(once, policy=policy)[-2:] == ["down quorum", "up recovered"]


def test_confirm_after_two_needs_two_rounds() -> None:
    policy = Policy(quorum=2, confirm_after=2, quick_detection=False)
    once, twice = "PPP FFF PPP", "PPP FFF FFF PPP"
    assert play(once, policy=policy)[-1] == "up dismissed"
    assert play(twice, policy=policy)[-2:] == ["down quorum", "up recovered"]


def test_a_round_that_works_in_between_begins_the_count_anew() -> None:
    policy = Policy(quorum=2, confirm_after=2, quick_detection=False)
    assert play("PPP FFF uuP FFF PPP", policy=policy)[-1] == "up dismissed"
    assert "down quorum" not in play("PPP FFF uuP FFF PPP", policy=policy)
    assert play("PPP FFF uuP FFF FFF uPu", policy=policy)[-1] == "down quorum"


def test_recover_after_two_needs_two_rounds() -> None:
    policy = Policy(quorum=2, recover_after=2, quick_detection=False)
    once = play("PPP FFF PPP FFF", policy=policy)
    assert once == ["up first_pass", "verifying suspected", "down quorum"]
    assert play("PPP FFF PPP PPP", policy=policy)[-1] == "up recovered"


def test_a_lone_failure_inside_the_grace_period_is_nobodys_business() -> None:
    assert play("FFF FFF PPP", grace_period_seconds=3600 + 600) == [
        "pending failing_in_grace",
        "up first_pass",
    ]


def test_a_monitor_that_never_worked_goes_down_after_its_grace_period() -> None:
    grace = 3600 + 150
    assert play("FFF FFF FFF FFF", grace_period_seconds=grace) == [
        "pending failing_in_grace",
        "verifying suspected",
        "down quorum",
    ]


@pytest.mark.parametrize("strategy", ["rotate", "all"])
def test_an_outage_of_what_never_worked_began_with_its_first_failing_probe(strategy: str) -> None:
    monitor = a_monitor(grace_period_seconds=3600 + 270, strategy=strategy)
    failing = dict.fromkeys(REGIONS, Outcome.FAILURE)
    steps = World(monitor, [failing] * 8, Random(1)).play()
    (incident,) = [each.opened for each in steps if each.opened]
    assert incident.opened_at == a_slot(monitor, 0) + timedelta(milliseconds=120)
    found = incident.confirmed_at - incident.opened_at
    assert incident.detection_delay_ms == found // timedelta(milliseconds=1)
    assert incident.confirmed_at > monitor.grace_ends_at


def test_failures_before_a_gap_do_not_belong_to_a_later_outage() -> None:
    monitor = a_monitor(grace_period_seconds=3600 + 600)
    failing = dict.fromkeys(REGIONS, Outcome.FAILURE)
    truth: Truth = [*[failing] * 2, *[{}] * 5, *[failing] * 6]
    steps = World(monitor, truth, Random(1)).play()
    (incident,) = [each.opened for each in steps if each.opened]
    assert incident.opened_at == a_slot(monitor, 7) + timedelta(milliseconds=120)


def test_a_new_monitors_first_failure_is_a_suspicion_even_if_others_have_answered_already() -> None:
    """A verifier that died after asking finds all votes there when it decides again."""
    monitor = a_monitor()
    slot = a_slot(monitor, 0)
    votes = [
        a_result(monitor, slot, REGIONS[0], outcome=Outcome.FAILURE),
        *(a_result(monitor, slot, region, purpose=Purpose.VERIFICATION) for region in REGIONS[1:]),
    ]
    decision = decide(monitor, initial_state(monitor), votes, slot + timedelta(seconds=5))
    assert decision.change is not None
    assert decision.change.rule is Rule.SUSPECTED


def test_two_blips_hours_apart_are_no_outage() -> None:
    """A blip, two hours in which the mesh saw nothing, and two blips."""
    (region,) = lone = REGIONS[:1]
    policy = Policy(quorum=1, confirm_after=3, quick_detection=False)
    up, down = {region: Outcome.SUCCESS}, {region: Outcome.FAILURE}
    silence: Truth = [{}] * 120
    monitor = a_monitor(regions=lone, policy=policy)
    steps = World(monitor, [up, down, *silence, down, down, up], Random(1)).play()
    assert [f"{taken.transition.to_status} {taken.transition.rule}" for taken in steps] == [
        "up first_pass",
        "verifying suspected",
        "up lapsed",
        "verifying suspected",
        "up dismissed",
    ]
    broken = [up, down, *silence, *[down] * 3, up]
    (opened,) = (each.opened for each in World(monitor, broken, Random(1)).play() if each.opened)
    assert opened.opened_at - a_slot(monitor, 122) < timedelta(seconds=1)
    assert opened.detection_delay_ms < 3 * 60_000


@pytest.mark.parametrize("strategy", ["rotate", "all"])
def test_one_region_of_seven_that_is_left_finds_a_lasting_outage(strategy: str) -> None:
    regions = tuple(f"region-{count}" for count in range(7))
    monitor = a_monitor(regions=regions, strategy=strategy)
    seen: Truth = [dict.fromkeys(regions, Outcome.SUCCESS)] * 2 + [
        {regions[0]: Outcome.FAILURE}
    ] * 12
    opened = [each.opened for each in World(monitor, seen, Random(1)).play() if each.opened]
    assert len(opened) == 1
