"""Faults 3 to 6: the clock that wakes the mesh comes twice, late, not at all, or in two places."""

from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.probing.result import Purpose
from tests.fake_aws.event_sources import Rule
from tests.faults.story import BEGINS, ONE_OUTAGE, SHOP, Story, Watched, after, undisturbed
from tests.simulation.faults import Weather

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def assert_nothing_came_of_it(story: Story) -> None:
    """The same probes as in a life without the fault, each once, and one outage told once."""
    assert story.scheduled() == undisturbed().scheduled()
    story.assert_no_probe_was_made_twice()
    assert story.news_of("shop") == ONE_OUTAGE


def test_fault_03_a_tick_that_comes_twice_or_again_after_six_minutes_adds_nothing() -> None:
    story = Story(weather=Weather(duplicate_tick=1.0))
    story.keeps_its_promises()
    assert story.fate.met["duplicate_tick"] > 20
    assert_nothing_came_of_it(story)


def test_fault_04_missed_ticks_leave_a_gap_that_is_seen_and_are_not_made_up_for() -> None:
    blog = Watched("blog")
    story = Story(blog, minutes=10)
    shown: dict[str, Any] = {}

    def look(part: str) -> None:
        one = f"/v1/monitors/{story.id_of('blog')}"
        story.people.ask("GET", one + part, None, lambda body: shown.update({part: body}))

    # The ticks of three minutes are missed: these plan the minutes from 3.5 to 6.5.
    story.when(2.2, story.turn_to(missed_tick=1.0))
    story.when(5.2, story.turn_to())
    story.when(6.4, lambda: look(""))
    story.when(9.9, lambda: look("/uptime"))
    story.keeps_its_promises()
    assert story.fate.met["missed_tick"] == 9, "three minutes of three rules"
    gap = {slot for slot, here in slots_of(story) if not here}
    assert gap == {slot for slot, _ in slots_of(story) if after(3.5) <= slot < after(6.5)}
    assert len(gap) == 18
    story.assert_no_probe_was_made_twice()
    assert shown[""]["status"] == "unknown", "nobody knows, and nobody says up"
    assert 60 < shown["/uptime"]["coverage_percent"] < 75
    assert story.rules_of("blog") == ["first_pass"]


def slots_of(story: Story) -> list[tuple[Any, bool]]:
    """Return each slot of a ten-second monitor's timetable, and whether it has a result.

    They begin with the first result. The first look lies between them and is left out.
    """
    scheduled = [each for each in story.results_of("blog") if each.purpose is Purpose.SCHEDULED]
    seen = {each.slot for each in scheduled}
    first, last = min(seen), max(seen)
    count = (last - first) // timedelta(seconds=10)
    slots = [first + place * timedelta(seconds=10) for place in range(count + 1)]
    return [(slot, slot in seen) for slot in slots]


def test_fault_05_a_tick_of_yesterday_calls_nobody() -> None:
    story = Story(weather=Weather(stale_tick=1.0))
    story.keeps_its_promises()
    assert story.fate.met["stale_tick"] > 20
    assert_nothing_came_of_it(story)
    assert min(slot for _, slot, _ in story.scheduled()) > BEGINS - timedelta(minutes=1)


def test_fault_06_two_schedulers_at_once_plan_the_same_checks() -> None:
    story = Story()
    rival = Rule(story.hub, story.fate, story.cloud.lambdas, "scheduler")
    story.when(0, rival.start)
    story.when(20, lambda: setattr(rival, "is_off", True))
    story.keeps_its_promises()
    lines = [line for _, line in story.story if "checks_dispatched" in line]
    assert len(lines) > 250, "every granule was dispatched by both"
    assert_nothing_came_of_it(story)
    (incident,) = story.incidents_of("shop")
    assert incident.opened_at >= SHOP.troubles[0].begins
    assert story.remains.states[story.id_of("shop")].status is Status.UP
