"""What turning blind means for a monitor, its incident and its alerts, and what ends it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import (
    DEGRADED,
    OUTAGE,
    UNKNOWN,
    Incident,
    IncidentState,
    Status,
)
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.verification.decide import decide
from sentinelmesh.domain.verification.decision import Blindness, StateChange
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.transition import TransitionPlan, plan_transition, with_alerts
from tests.support.builders import (
    REGIONS,
    START,
    a_channel,
    a_monitor,
    a_result,
    a_slot,
    an_incident,
)

MINUTE = timedelta(minutes=1)


def a_state(monitor: Monitor, status: Status = Status.UP, **changes: Any) -> State:
    """Build the state of a monitor whose last deciding round was the first of the tests' time."""
    plain = State(
        monitor_id=monitor.id,
        revision=monitor.revision,
        version=4,
        status=status,
        since=START,
        watermark=a_slot(monitor, 0),
    )
    return replace(plain, **changes)


def a_blindness(monitor: Monitor, since: datetime) -> Blindness:
    """Build a blindness for want of a secret."""
    return Blindness(since=since, reason="secrets_unavailable", detail="no such secret")


def turned_blind(
    monitor: Monitor, state: State, incident: Incident | None = None, since: datetime | None = None
) -> TransitionPlan:
    """Take the step by which a monitor turns blind, with the alerts for one channel."""
    since = since or a_slot(monitor, 1)
    change = StateChange(
        to_status=state.status, rule=Rule.BLIND, blindness=a_blindness(monitor, since)
    )
    taken = plan_transition(change, monitor, state, incident, since + 11 * MINUTE)
    return with_alerts(taken, monitor, [a_channel()])


def test_turning_blind_opens_an_incident_of_its_own_and_leaves_the_status_as_it_is() -> None:
    shop = a_monitor()
    taken = turned_blind(shop, a_state(shop))
    assert taken.state.status is Status.UP
    assert taken.state.watermark == a_slot(shop, 0)
    assert taken.state.blind_since == a_slot(shop, 1)
    assert taken.state.is_restless
    opened = taken.opened
    assert opened is not None
    assert (opened.severity, opened.opened_at) == (UNKNOWN, a_slot(shop, 1))
    assert (opened.cause, opened.cause_detail) == ("secrets_unavailable", "no such secret")
    assert opened.detection_delay_ms == 11 * 60_000
    assert taken.state.incident_id == opened.incident_id
    assert [(each.kind, each.content.severity) for each in taken.alerts] == [
        (AlertKind.OPENED, UNKNOWN)
    ]
    assert taken.transition.sentence == (
        f"No region has been able to check it since {a_slot(shop, 1):%Y-%m-%d %H:%M} UTC "
        "(no such secret)."
    )
    assert taken.transition.policy is None


def walk(
    monitor: Monitor, taken: TransitionPlan, results: list[Result], at: datetime
) -> list[TransitionPlan]:
    """Take all steps that results lead to."""
    steps = [taken]
    while True:
        state, incident = steps[-1].state, steps[-1].current
        change = decide(monitor, state, results, at).change
        if change is None:
            return steps[1:]
        planned = plan_transition(change, monitor, state, incident, at)
        steps.append(with_alerts(planned, monitor, [a_channel()]))


def test_the_next_passing_probe_ends_it() -> None:
    shop = a_monitor()
    seen = a_result(shop, a_slot(shop, 12), REGIONS[0])
    (after,) = walk(shop, turned_blind(shop, a_state(shop)), [seen], seen.slot + MINUTE)
    assert after.transition.rule is Rule.JUDGED_AGAIN
    assert after.state.status is Status.UP
    assert after.state.blind_since is None
    assert after.closed is not None
    assert after.closed.state is IncidentState.RESOLVED
    assert after.closed.resolved_at == seen.started_at.replace(microsecond=120_000)
    assert [each.kind for each in after.alerts] == [AlertKind.RESOLVED]
    assert after.transition.sentence == f"It can be checked again: up, as seen from {REGIONS[0]}."


def test_what_was_seen_before_does_not_end_it() -> None:
    shop = a_monitor(interval_seconds=3600)
    seen = a_result(shop, a_slot(shop, 1), REGIONS[0])
    blind = turned_blind(shop, a_state(shop), since=a_slot(shop, 2))
    assert walk(shop, blind, [seen], a_slot(shop, 3)) == []


def test_an_outage_that_is_found_afterwards_takes_its_place() -> None:
    shop = a_monitor()
    slot = a_slot(shop, 12)
    fails = [
        a_result(
            shop,
            slot,
            region,
            outcome=Outcome.FAILURE,
            purpose=Purpose.VERIFICATION if place else Purpose.SCHEDULED,
        )
        for place, region in enumerate(REGIONS)
    ]
    suspected, down = walk(shop, turned_blind(shop, a_state(shop)), fails, slot + MINUTE)
    assert suspected.state.blind_since == a_slot(shop, 1)
    assert suspected.current is not None
    assert suspected.current.severity == UNKNOWN
    assert down.state.blind_since is None
    assert down.opened is not None
    assert down.opened.severity == OUTAGE
    assert down.closed is not None
    assert down.closed.severity == UNKNOWN
    assert {each.content.superseded_by for each in down.alerts} == {OUTAGE, None}


def test_a_region_that_was_known_to_fail_raises_a_suspicion_after_blindness() -> None:
    shop = a_monitor()
    state = a_state(shop, failing_regions=(REGIONS[0],))
    fails = a_result(shop, a_slot(shop, 12), REGIONS[0], outcome=Outcome.FAILURE)
    (suspected,) = walk(shop, turned_blind(shop, state), [fails], fails.slot + MINUTE)
    assert suspected.state.status is Status.VERIFYING


def test_a_down_monitor_that_turns_blind_keeps_its_outage_and_the_ledger_says_so() -> None:
    shop = a_monitor()
    state = a_state(shop, Status.DOWN, incident_id="inc_1")
    outage = an_incident()
    taken = turned_blind(shop, state, outage)
    assert (taken.opened, taken.closed, taken.alerts) == (None, None, ())
    assert taken.current == outage
    assert taken.transition.incident_id == outage.incident_id
    assert taken.transition.sentence.endswith("The outage stays open.")
    fails = a_result(shop, a_slot(shop, 12), REGIONS[0], outcome=Outcome.FAILURE)
    (again,) = walk(shop, taken, [fails], fails.slot + 2 * MINUTE)
    assert again.transition.rule is Rule.JUDGED_AGAIN
    assert again.state.status is Status.DOWN
    assert again.state.blind_since is None
    assert again.current == outage
    assert again.transition.sentence == (
        f"It can be checked again, and is still down: {REGIONS[0]} (nothing listens there) failed."
    )


def test_of_a_blind_monitor_nobody_knows_whether_it_is_degraded() -> None:
    shop = a_monitor(policy=replace(Policy.default_for(3), degraded_incidents=True))
    lesser = an_incident(severity=DEGRADED)
    state = a_state(shop, degraded=True, regional=True, incident_id="inc_1")
    taken = turned_blind(shop, state, lesser)
    assert not taken.state.degraded
    assert not taken.state.regional
    assert taken.closed is not None
    assert taken.opened is not None
    assert taken.opened.severity == UNKNOWN
    assert [each.content.superseded_by for each in taken.alerts] == [UNKNOWN, None]


def test_a_pause_cancels_it_without_a_word() -> None:
    shop = a_monitor()
    blind = turned_blind(shop, a_state(shop))
    paused = replace(shop, paused=True)
    change = decide(paused, blind.state, [], START).change
    assert change is not None
    taken = plan_transition(change, paused, blind.state, blind.current, START + 20 * MINUTE)
    assert taken.closed is not None
    assert taken.closed.state is IncidentState.CANCELLED
    assert taken.state.blind_since is None
    assert taken.transition.tells is None
