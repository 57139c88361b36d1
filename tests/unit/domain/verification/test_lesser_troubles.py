"""Regional and degraded: states of their own, and incidents only where the policy asks for them."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.escalation import EscalationPolicy, EscalationStep
from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.monitors.schedule import regions_of
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.transition import TransitionPlan, plan_transition, with_alerts
from tests.property.world import SLOW, Seen, World
from tests.support.builders import (
    REGIONS,
    START,
    a_channel,
    a_monitor,
    a_result,
    a_slot,
    an_incident,
)

LETTERS: dict[str, Seen] = {
    "P": Outcome.SUCCESS, "F": Outcome.FAILURE, "u": Outcome.UNKNOWN, "S": SLOW,
}  # fmt: skip
ASKED = Policy(quorum=2, regional_incidents=True, degraded_incidents=True)


def a_turning_monitor(policy: Policy) -> Monitor:
    """Build a monitor whose first slot is the first region's."""
    monitor = a_monitor(policy=policy)
    while regions_of(monitor.id, 60, REGIONS, "rotate", a_slot(monitor, 0)) != (REGIONS[0],):
        monitor = replace(monitor, id=monitor.id + "1")
    return monitor


def play(rounds: str, policy: Policy = ASKED) -> list[TransitionPlan]:
    truth = [
        {region: LETTERS[letter] for region, letter in zip(REGIONS, seen, strict=True)}
        for seen in rounds.split()
    ]
    return World(a_turning_monitor(policy), truth, Random(7)).play()


def told(steps: list[TransitionPlan]) -> list[str]:
    """Write down what people hear, with the severity of what it is about."""
    found = []
    for taken in steps:
        about = taken.opened or taken.updated or taken.closed
        if taken.transition.tells is not None and about is not None:
            found.append(f"{taken.transition.tells} {about.severity}")
    return found


ONE_REGION = "PPP PFP PPP PPP PFP PPP PPP PFP"


def test_a_region_that_fails_in_two_turns_is_a_regional_incident_where_it_is_asked_for() -> None:
    steps = play(ONE_REGION)
    assert told(steps) == ["opened regional"]
    assert steps[-1].state.status is Status.UP
    (opened,) = [each.opened for each in steps if each.opened]
    assert opened.regions == ("us-east-1",)
    assert steps[-1].transition.sentence == (
        "Regional: us-east-1 (nothing listens there) failed again, while other regions see it work."
    )
    assert told(play(ONE_REGION, Policy(quorum=2))) == []


def test_failing_regions_are_shown_at_once_whatever_the_policy() -> None:
    for policy in (ASKED, Policy(quorum=2)):
        assert play("PPP PFP PPP", policy)[-1].state.failing_regions == ("us-east-1",)


def test_a_blip_of_one_region_is_no_incident() -> None:
    assert told(play("PPP PFP PPP PPP PPP PPP")) == []


def test_a_regional_incident_ends_when_its_region_works_again() -> None:
    steps = play(ONE_REGION + " PPP PPP PPP")
    assert told(steps) == ["opened regional", "resolved regional"]
    assert steps[-1].transition.rule is Rule.REGION_RECOVERED
    closed = steps[-1].closed
    assert closed is not None
    assert closed.state is IncidentState.RESOLVED


@pytest.mark.parametrize(
    ("regions", "place"),
    [(REGIONS, 1), ((REGIONS[0], REGIONS[2]), 0)],
    ids=["its region works again", "its region was taken out"],
)
def test_a_regional_incident_ends_after_an_edit_too(regions: tuple[str, ...], place: int) -> None:
    before = play(ONE_REGION)[-1]
    monitor = replace(a_turning_monitor(ASKED), revision=before.state.revision + 1, regions=regions)
    slots = [a_slot(monitor, count) for count in range(8, 14)]
    turns = {slot: regions_of(monitor.id, 60, regions, "rotate", slot)[0] for slot in slots}
    slot = next(slot for slot in slots if turns[slot] == regions[place])
    results = [a_result(monitor, slot, turns[slot])]
    change = decide(monitor, before.state, results, slot + timedelta(minutes=2)).change
    assert change is not None
    assert change.rule is Rule.REGION_RECOVERED
    after = plan_transition(change, monitor, before.state, before.current, slot)
    assert (after.transition.tells, after.state.regional) == (AlertKind.RESOLVED, False)
    assert after.state.incident_id is None


def test_an_edit_makes_nobody_forget_a_regional_incident() -> None:
    before = play(ONE_REGION)[-1]
    monitor = replace(a_turning_monitor(ASKED), revision=before.state.revision + 1)
    results = [
        a_result(monitor, a_slot(monitor, 10), REGIONS[1], outcome=Outcome.FAILURE),
    ]
    at = a_slot(monitor, 10) + timedelta(minutes=2)
    assert decide(monitor, before.state, results, at).change is None


@pytest.mark.parametrize("given_up_by", ["an edit", "maintenance", "a gap"])
@pytest.mark.parametrize("trouble", ["regional", "degraded"])
def test_a_suspicion_that_is_given_up_keeps_a_lesser_incident(
    trouble: str, given_up_by: str
) -> None:
    monitor = a_turning_monitor(ASKED)
    slot = a_slot(monitor, 1)
    incident = an_incident(severity=trouble, monitor_id=monitor.id)
    suspected = replace(
        initial_state(monitor),
        version=5,
        status=Status.VERIFYING,
        suspect_slot=slot,
        incident_id=incident.incident_id,
        failing_regions=REGIONS[:1] if trouble == "regional" else (),
        regional=trouble == "regional",
        degraded=trouble == "degraded",
    )
    vote = a_result(monitor, slot, REGIONS[1], outcome=Outcome.FAILURE)
    at = slot + timedelta(hours=1 if given_up_by == "a gap" else 0, seconds=3)
    quiet = [Interval(at, at + monitor.interval)] if given_up_by == "maintenance" else []
    edited = replace(monitor, revision=2) if given_up_by == "an edit" else monitor
    change = decide(edited, suspected, [vote], at, quiet).change
    assert change is not None
    taken = plan_transition(change, edited, suspected, incident, at)
    assert (taken.state.status, taken.state.incident_id) == (Status.UP, incident.incident_id)
    assert taken.closed is None


def test_what_stays_degraded_is_an_incident_again_when_a_region_works_again() -> None:
    """The regional incident took its place; the round that ends that one is a quick one."""
    monitor = a_turning_monitor(ASKED)
    regional = an_incident(severity="regional", monitor_id=monitor.id)
    state = replace(
        initial_state(monitor),
        version=5,
        status=Status.UP,
        watermark=a_slot(monitor, 0),
        incident_id=regional.incident_id,
        failing_regions=REGIONS[1:2],
        regional=True,
        degraded=True,
    )
    slot = a_slot(monitor, 1)
    seen = a_result(monitor, slot, REGIONS[1])
    at = slot + timedelta(seconds=1)
    change = decide(monitor, state, [seen], at).change
    assert change is not None
    assert change.rule is Rule.REGION_RECOVERED
    taken = plan_transition(change, monitor, state, regional, at)
    assert taken.closed is not None
    assert taken.opened is not None
    assert (taken.opened.severity, taken.state.degraded) == ("degraded", True)
    assert taken.state.incident_id == taken.opened.incident_id


def test_an_outage_takes_the_place_of_a_regional_incident() -> None:
    steps = play(ONE_REGION + " FFF FFF PPP PPP PPP")
    assert told(steps) == ["opened regional", "opened outage", "resolved outage"]
    taken = next(each for each in steps if each.state.status is Status.DOWN)
    assert taken.opened is not None
    assert taken.closed is not None
    assert (taken.opened.severity, taken.closed.severity) == ("outage", "regional")
    assert taken.transition.superseded == taken.closed.incident_id
    assert taken.closed.state is IncidentState.RESOLVED


@pytest.mark.parametrize("slow", ["SSS SSS", "SSP SSP", "SPS SSS"])
def test_degraded_needs_two_rounds_and_the_quorum(slow: str) -> None:
    steps = play(f"PPP PPP PPP {slow} PPP PPP PPP")
    assert told(steps) == ["opened degraded", "resolved degraded"]
    (rule, over) = [each.transition.rule for each in steps][-2:]
    assert (rule, over) == (Rule.DEGRADED, Rule.DEGRADED_OVER)


@pytest.mark.parametrize("slow", ["SPP SPP", "SSS PPP", "SPP PSP PPS", "Suu uSu"])
def test_one_region_or_one_round_is_not_degraded(slow: str) -> None:
    assert Rule.DEGRADED not in {
        each.transition.rule for each in play(f"PPP PPP PPP {slow} PPP PPP PPP")
    }


def test_a_degraded_monitor_says_so_without_an_incident_unless_that_is_asked_for() -> None:
    steps = play("PPP SSS SSS", Policy(quorum=2))
    assert steps[-1].state.degraded
    assert told(steps) == []
    assert steps[-1].transition.sentence == (
        "Degraded: it works, but 3 of 3 regions find it slow or not as it should be (needed: 2): "
        "ap-southeast-1 (36 ms), eu-west-1 (36 ms) and us-east-1 (36 ms)."
    )


def test_an_outage_takes_the_place_of_a_degraded_incident() -> None:
    steps = play("PPP SSS SSS FFF FFF PPP PPP")
    assert told(steps) == ["opened degraded", "opened outage", "resolved outage"]
    assert not steps[-1].state.degraded


def test_pausing_cancels_a_lesser_incident_silently() -> None:
    steps = play(ONE_REGION)
    last = steps[-1]
    taken = plan_transition(
        StateChange(to_status=Status.PAUSED, rule=Rule.PAUSED),
        a_turning_monitor(ASKED),
        last.state,
        last.current,
        last.transition.at,
    )
    assert taken.closed is not None
    assert taken.closed.state is IncidentState.CANCELLED
    assert taken.transition.tells is None
    assert not taken.state.regional


def test_no_severity_is_told_by_another_kind() -> None:
    kinds = {each.transition.tells for each in play(ONE_REGION + " FFF FFF PPP PPP PPP")}
    assert kinds == {None, AlertKind.OPENED, AlertKind.RESOLVED}


def test_the_end_of_what_an_outage_takes_over_has_rows_too() -> None:
    monitor = a_turning_monitor(ASKED)
    steps = play(ONE_REGION + " FFF FFF")
    taken = next(each for each in steps if each.state.status is Status.DOWN)
    channels = [
        a_channel(id="ch_all"),
        a_channel(id="ch_lesser", severities=("regional",)),
        a_channel(id="ch_worst", severities=("outage",)),
    ]
    rows = with_alerts(taken, monitor, channels, failed_probes="3").alerts
    assert taken.opened is not None
    assert taken.closed is not None
    assert {(row.incident_id, row.key) for row in rows} == {
        (taken.closed.incident_id, "resolved#ch_all"),
        (taken.closed.incident_id, "resolved#ch_lesser"),
        (taken.opened.incident_id, "opened#ch_all"),
        (taken.opened.incident_id, "opened#ch_worst"),
    }
    for row in rows:
        is_end = row.kind is AlertKind.RESOLVED
        assert row.content.superseded_by == ("outage" if is_end else None)
        assert row.content.failed_probes == ("3" if is_end else None)
        assert row.content.severity == ("regional" if is_end else "outage")


def test_flapping_asks_the_steps_of_an_escalation_when_the_outage_would_have() -> None:
    steps = play("PPP " + "FFF PPP " * 3)
    flaps = next(each for each in steps if each.transition.tells is AlertKind.FLAPPING)
    assert flaps.updated is not None
    after = timedelta(minutes=15)
    policy = EscalationPolicy(
        id="esc_1", name="Night", steps=(EscalationStep(channels=("ch_2",), after_minutes=15),),
        created_at=START, updated_at=START,
    )  # fmt: skip
    monitor = replace(a_turning_monitor(ASKED), channels=("ch_1",))
    channels = [a_channel(id="ch_1"), a_channel(id="ch_2")]
    now, later = with_alerts(flaps, monitor, channels, policy).alerts
    assert (now.due_at, now.unless_acknowledged) == (flaps.transition.at, False)
    assert later.due_at == flaps.updated.confirmed_at + after
    assert later.unless_acknowledged
