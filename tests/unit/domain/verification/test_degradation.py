"""When a monitor that works is degraded, and when it is not any more."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import regions_of
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import Decision, VerificationRequest
from sentinelmesh.domain.verification.monitor_state import Rule
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

MONITOR = a_monitor()
SLOTS = [a_slot(MONITOR, count) for count in range(1, 6)]
SECOND = timedelta(seconds=1)
UP = replace(initial_state(MONITOR), version=3, status=Status.UP, watermark=a_slot(MONITOR, 0))
SLOW = replace(UP, degraded=True)


def seen(slot: datetime, pace: str, monitor: Monitor = MONITOR) -> list[Result]:
    """Have regions answer, the one in turn first: s slowly, f fast, X failing, - not at all."""
    turn = regions_of(monitor.id, monitor.interval_seconds, REGIONS, "rotate", slot)[0]
    regions = [turn, *(each for each in REGIONS if each != turn)]
    asked = Purpose.SCHEDULED if monitor.strategy == "all" else Purpose.VERIFICATION
    return [
        a_result(
            monitor, slot, region, degraded=letter in "sX",
            outcome=Outcome.FAILURE if letter == "X" else Outcome.SUCCESS,
            purpose=asked if place else Purpose.SCHEDULED,
        )
        for place, (region, letter) in enumerate(zip(regions, pace, strict=False))
        if letter != "-"
    ]  # fmt: skip


def decided(*paces: str, degraded: bool = False, monitor: Monitor = MONITOR) -> Decision:
    """Play rounds one interval apart; an empty one was not probed."""
    pairs = list(zip(SLOTS, paces, strict=False))
    results = [each for slot, pace in pairs for each in seen(slot, pace, monitor)]
    state = SLOW if degraded else UP
    return decide(monitor, state, results, pairs[-1][0] + SECOND)


def rule_of(*paces: str, degraded: bool = False) -> Rule | None:
    change = decided(*paces, degraded=degraded).change
    return change.rule if change else None


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        ("sss", Rule.DEGRADED),
        ("ssf", Rule.DEGRADED),
        ("sff", None),
        ("sXf", None),
        ("sfX", None),
    ],
)
def test_a_quorum_has_to_find_the_second_round_slow(second: str, rule: Rule | None) -> None:
    assert rule_of("s", second) is rule


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        ("fff", Rule.DEGRADED_OVER),
        ("ffs", Rule.DEGRADED_OVER),
        ("fss", None),
        ("fsX", None),
    ],
)
def test_it_is_over_when_a_quorum_is_out_of_reach(second: str, rule: Rule | None) -> None:
    assert rule_of("f", second, degraded=True) is rule


@pytest.mark.parametrize("rounds", [("sss",), ("f", "sss"), ("s", "", "", "", "sss"), ("sss", "f")])
def test_it_takes_two_rounds_running(rounds: tuple[str, ...]) -> None:
    assert rule_of(*rounds) is None


@pytest.mark.parametrize("rounds", [("fff",), ("s", "fff"), ("f", "", "", "", "fff"), ("fff", "s")])
def test_so_does_the_way_back(rounds: tuple[str, ...]) -> None:
    assert rule_of(*rounds, degraded=True) is None


def test_one_or_two_missing_slots_are_bridged() -> None:
    assert rule_of("s", "", "", "sss") is Rule.DEGRADED
    assert rule_of("f", "", "", "fff", degraded=True) is Rule.DEGRADED_OVER


@pytest.mark.parametrize("degraded", [False, True])
def test_a_suspicion_does_not_wait_for_the_votes_about_a_degraded_round(
    degraded: bool,  # noqa: FBT001 (the name says what it is)
) -> None:
    pace = "f" if degraded else "s"
    assert decided(pace, pace, degraded=degraded).change is None, "others are asked first"
    assert rule_of(pace, pace, "X", degraded=degraded) is Rule.SUSPECTED


def test_nothing_turns_degraded_in_a_maintenance_window() -> None:
    rounds = [
        each for slot, pace in zip(SLOTS, ("s", "sss"), strict=False) for each in seen(slot, pace)
    ]
    at = SLOTS[1] + SECOND
    for window in (Interval(SLOTS[1], SLOTS[4]), Interval(at, SLOTS[4])):
        assert decide(MONITOR, UP, rounds, at, [window]).change is None


def test_the_others_are_asked_about_the_second_round_only() -> None:
    assert decided("s").asks == ()
    waiting = decided("s", "s")
    (turn,) = (each.region for each in seen(SLOTS[1], "s"))
    assert waiting.asks == (
        VerificationRequest(slot=SLOTS[1], regions=tuple(each for each in REGIONS if each != turn)),
    )
    assert waiting.change is None
    assert waiting.wake_at is not None


def test_where_all_probe_one_round_tells() -> None:
    everywhere = replace(MONITOR, strategy="all")
    change = decided("ssf", monitor=everywhere).change
    assert change is not None
    assert change.rule is Rule.DEGRADED
