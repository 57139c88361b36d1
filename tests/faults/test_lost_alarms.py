"""What is down is checked again although the alarm for that got lost."""

from datetime import datetime, timedelta
from functools import cache

import pytest

from sentinelmesh.domain.verification.monitor_state import Rule
from tests.faults.story import Story, Watched, after, down

MINUTES, PIECES = 20, 4


def live_with(deadly: str | None, heals: float) -> tuple[Story, datetime, datetime | None]:
    """Live with a monitor that is seldom checked, and with a function that dies once."""
    story = Story(Watched("shop", (down(1, heals),), interval=600), minutes=MINUTES)
    story.fate.places = {}
    story.fate.deadly |= {deadly} if deadly else set()
    story.keeps_its_promises()
    rows = {row.rule: row.at for row in story.ledger_of("shop")}
    return story, rows[Rule.QUORUM], rows.get(Rule.RECOVERED)


@cache
def undisturbed() -> tuple[float, datetime, list[str]]:
    """Return the minute in which it heals, when that is announced, and where a verifier may die."""
    _, opened, _ = live_with(None, MINUTES)
    heals = (opened - after(0)) / timedelta(minutes=1) + 6
    story, _, recovered = live_with(None, heals)
    assert recovered is not None
    return heals, recovered, sorted(each for each in story.fate.places or () if "verifier" in each)


def test_what_is_down_is_checked_every_ten_seconds_from_sweep_to_sweep() -> None:
    heals, recovered, places = undisturbed()
    assert recovered - after(heals) < timedelta(seconds=30)
    assert len(places) > 20


@pytest.mark.timeout(300)
@pytest.mark.parametrize("piece", range(PIECES))
def test_fault_01_a_verifier_that_dies_at_any_step_delays_a_recovery_by_two_minutes_at_most(
    piece: int,
) -> None:
    """The timetable would notice it four minutes later."""
    heals, recovered, places = undisturbed()
    for place in places[piece::PIECES]:
        died, _, late = live_with(place, heals)
        assert died.fate.crashed_after[place] == 1
        assert late is not None, place
        assert late - recovered < timedelta(minutes=2), place
