"""What is new, resumed or probes something else is probed at once, by all its regions."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.first_check import MAX_FIRST_LOOK_DELAY, MAX_LEAD, first_look_slot
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import next_slot
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.verification.vote import began_at
from tests.property.world import World
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

HOURLY = a_monitor(interval_seconds=3600)
SECOND = timedelta(seconds=1)
CHANGED = a_slot(HOURLY, 1) + timedelta(minutes=7, milliseconds=250)
SLOT = CHANGED.replace(microsecond=0) + SECOND
NEW = replace(
    HOURLY,
    probed_since=CHANGED,
    enabled_at=CHANGED,
    scheduled_since=CHANGED,
    grace_period_seconds=300,
)
UP = replace(initial_state(NEW), version=1, status=Status.UP, watermark=a_slot(NEW, 1))
PASS, FAIL = Outcome.SUCCESS, Outcome.FAILURE


def votes(monitor: Monitor, *outcomes: Outcome) -> list[Result]:
    return [
        a_result(monitor, SLOT, region, outcome=outcome, purpose=Purpose.FIRST_LOOK)
        for region, outcome in zip(monitor.regions, outcomes, strict=False)
    ]


def rules(state: State, results: list[Result], at: datetime = SLOT + SECOND) -> list[Rule]:
    change = decide(NEW, state, results, at).change
    return [change.rule] if change else []


def test_its_slot_is_the_next_full_second_that_the_timetable_leaves_free() -> None:
    assert first_look_slot(NEW) == SLOT
    assert first_look_slot(replace(NEW, probed_since=SLOT)) == SLOT
    planned = a_slot(HOURLY, 2)
    assert first_look_slot(replace(NEW, probed_since=planned)) == planned + SECOND


@pytest.mark.parametrize(
    "changes", [{"probed_since": None}, {"paused": True}, {"kind": "heartbeat"}]
)
def test_not_everything_has_a_first_look(changes: dict[str, Any]) -> None:
    assert first_look_slot(replace(NEW, **changes)) is None


@pytest.mark.parametrize("state", [initial_state(NEW), UP, replace(UP, status=Status.DOWN)])
def test_all_regions_are_asked_as_soon_as_the_change_is_seen(state: State) -> None:
    wanted = VerificationRequest(slot=SLOT, regions=REGIONS, purpose=Purpose.FIRST_LOOK)
    assert decide(NEW, state, [], CHANGED).asks == (wanted,)


def test_a_first_look_that_is_evaluated_late_is_made_until_the_timetable_looks() -> None:
    """A thousand monitors were added at once, or tables were away for minutes."""
    wanted = VerificationRequest(slot=SLOT, regions=REGIONS, purpose=Purpose.FIRST_LOOK)
    state, moment = initial_state(NEW), timedelta(milliseconds=1)
    end = SLOT + MAX_FIRST_LOOK_DELAY
    assert decide(NEW, state, [], end - moment).asks == (wanted,)
    assert decide(NEW, state, [], end).asks == ()
    often = replace(NEW, interval_seconds=60)
    slot = first_look_slot(often)
    assert slot is not None
    planned = next_slot(often.id, 60, slot)
    assert [each.slot for each in decide(often, state, [], planned - moment).asks] == [slot]
    assert decide(often, state, [], planned).asks == ()


def test_a_late_first_look_counts_like_any_other() -> None:
    late = SLOT + MAX_FIRST_LOOK_DELAY
    assert rules(initial_state(NEW), votes(NEW, PASS), late) == [Rule.FIRST_PASS]
    assert rules(UP, votes(NEW, FAIL), late) == [Rule.SUSPECTED]


def test_who_has_answered_is_not_asked_again() -> None:
    (ask,) = decide(NEW, initial_state(NEW), votes(NEW, PASS), SLOT + SECOND).asks
    assert ask.regions == REGIONS[1:]


def test_announced_maintenance_does_not_keep_a_new_monitor_from_being_looked_at() -> None:
    window = [Interval(CHANGED - SECOND, CHANGED + timedelta(hours=1))]
    assert decide(NEW, initial_state(NEW), [], CHANGED, window).asks


def test_a_new_monitor_is_up_once_all_regions_have_seen_it_work() -> None:
    state = initial_state(NEW)
    assert rules(state, votes(NEW, PASS)) == []
    assert rules(state, votes(NEW, PASS, PASS, PASS)) == [Rule.FIRST_PASS]
    assert rules(state, votes(NEW, FAIL, PASS, PASS)) == [Rule.FIRST_PASS]
    assert rules(state, votes(NEW, FAIL, FAIL, PASS)) == []


def test_a_vote_that_does_not_come_is_given_up() -> None:
    late = SLOT + NEW.timeout + ARRIVAL_SLACK
    assert rules(initial_state(NEW), votes(NEW, PASS), late) == [Rule.FIRST_PASS]


def test_an_edit_that_breaks_a_monitor_is_found_by_its_first_look_alone() -> None:
    assert rules(UP, votes(NEW, FAIL)) == [Rule.SUSPECTED]
    truth = [dict.fromkeys(REGIONS, each) for each in (PASS, PASS, FAIL)]
    edited = replace(HOURLY, probed_since=a_slot(HOURLY, 2) + timedelta(minutes=7))
    taken = World(edited, truth, Random(1)).play()
    (opened,) = [each.opened for each in taken if each.opened]
    assert opened.opened_at < a_slot(HOURLY, 2) + timedelta(minutes=1)
    truth = [dict.fromkeys(REGIONS, PASS)] * 2
    edited = replace(HOURLY, probed_since=a_slot(HOURLY, 1) + timedelta(minutes=7))
    assert [each.transition.rule for each in World(edited, truth, Random(1)).play()] == [
        Rule.FIRST_PASS
    ]


def test_an_outage_that_it_finds_began_with_its_probe_and_not_with_its_slot() -> None:
    early = [replace(each, started_at=CHANGED) for each in votes(NEW, FAIL, FAIL, FAIL)]
    assert began_at(NEW, early[0]) == CHANGED
    much_too_early = replace(early[0], started_at=SLOT - timedelta(minutes=5))
    assert began_at(NEW, much_too_early) == SLOT - MAX_LEAD


def test_results_of_another_first_look_do_not_vote() -> None:
    other = replace(NEW, probed_since=CHANGED + timedelta(minutes=1))
    assert decide(other, UP, votes(other, FAIL, FAIL, FAIL), SLOT + SECOND).change is None
