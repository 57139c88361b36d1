"""What a change means for an incident: by whom it was seen, how grave it is, when it ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import (
    Flip,
    Incident,
    IncidentState,
    Status,
    incident_id,
)
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.incident_lifecycle import (
    IncidentChange,
    MonitorConditions,
    next_incident_change,
)
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.round import Round, rounds_of
from tests.support.builders import REGIONS, START, a_monitor, a_result, a_slot, an_incident

EU, US, AP = REGIONS
MONITOR = a_monitor(policy=Policy(quorum=2, degraded_incidents=True))
FIRST, SECOND = a_slot(MONITOR, 0), a_slot(MONITOR, 1)
AT = SECOND + timedelta(seconds=2)
P, F = Outcome.SUCCESS, Outcome.FAILURE


def a_round(slot: datetime, eu: Result, us: Result) -> Round:
    (only,) = rounds_of(MONITOR, [eu, replace(us, purpose=Purpose.VERIFICATION)])
    return only


def seen(slot: datetime, eu: Outcome, us: Outcome, **changes: Any) -> Round:
    return a_round(
        slot,
        replace(a_result(MONITOR, slot, EU, outcome=eu), **changes),
        replace(a_result(MONITOR, slot, US, outcome=us), **changes),
    )


def course(
    change: StateChange,
    incident: Incident | None = None,
    standing: MonitorConditions | None = None,
    monitor: Monitor | None = MONITOR,
) -> IncidentChange:
    state = replace(initial_state(MONITOR), version=4, status=Status.VERIFYING)
    return next_incident_change(
        change, monitor, state, incident, AT, standing=standing or MonitorConditions()
    )


def going_down(**changes: Any) -> StateChange:
    plain = StateChange(
        to_status=Status.DOWN, rule=Rule.QUORUM, round=seen(SECOND, F, F), began=seen(FIRST, F, P)
    )
    return replace(plain, **changes)


def test_an_outage_began_with_its_first_failing_probe_and_names_who_failed_last() -> None:
    opened = course(going_down()).opened
    assert opened is not None
    began = FIRST + timedelta(milliseconds=120)
    assert (opened.opened_at, opened.confirmed_at) == (began, AT)
    assert opened.regions == (EU, US)
    assert opened.incident_id == incident_id("mon_1", began, 5), "named by the version to come"
    assert not opened.flapping
    alone = course(going_down(round=seen(SECOND, F, P), began=None)).opened
    assert alone is not None
    assert alone.regions == (EU,)
    assert alone.opened_at == SECOND + timedelta(milliseconds=120)


@pytest.mark.parametrize(
    ("changes", "cause", "detail"),
    [
        ({"error": "tls_expired", "detail": "since May"}, "tls_expired", "since May"),
        ({"error": None, "detail": None}, "failure", ""),
    ],
)
def test_an_incident_says_what_was_wrong(changes: dict[str, Any], cause: str, detail: str) -> None:
    failing = seen(SECOND, F, F, **changes)
    opened = course(going_down(round=failing, began=failing)).opened
    assert opened is not None
    assert (opened.cause, opened.cause_detail) == (cause, detail)


def test_what_is_slow_has_no_error_and_is_seen_by_those_who_found_it_so() -> None:
    slow = a_round(
        SECOND,
        a_result(MONITOR, SECOND, EU, error=None),
        replace(a_result(MONITOR, SECOND, US, error=None), degraded=True),
    )
    change = StateChange(to_status=Status.UP, rule=Rule.DEGRADED, round=slow)
    found = course(change, standing=MonitorConditions(degraded=True))
    assert found.opened is not None
    assert (found.opened.cause, found.opened.severity) == ("degraded", "degraded")
    assert found.opened.regions == (US,)
    unasked = replace(MONITOR, policy=Policy(quorum=2))
    assert course(change, standing=MonitorConditions(degraded=True), monitor=unasked).opened is None


def test_without_a_round_or_a_monitor_nothing_opens() -> None:
    assert course(going_down(round=None, began=None)).opened is None
    assert course(going_down(round=None)).opened is None
    assert course(going_down(), monitor=None).opened is None
    nobody = seen(SECOND, P, P)
    assert course(going_down(round=nobody, began=nobody)).opened is None


@pytest.mark.parametrize("status", [Status.PAUSED, Status.DELETED])
def test_what_is_not_watched_any_more_has_its_incident_cancelled(status: Status) -> None:
    change = StateChange(to_status=status, rule=Rule.PAUSED)
    found = course(change, an_incident(), MonitorConditions(flapping=True))
    assert found.closed is not None
    assert (found.closed.state, found.closed.resolved_at) == (IncidentState.CANCELLED, AT)
    assert (found.opened, found.current, found.tells) == (None, None, None)


def test_an_end_is_when_the_target_worked_first_or_when_it_was_decided() -> None:
    incident = an_incident(opened_at=START)
    up = StateChange(
        to_status=Status.UP, rule=Rule.RECOVERED, round=seen(SECOND, P, P), began=seen(FIRST, F, P)
    )
    for change, ended in (
        (up, FIRST + timedelta(milliseconds=120)),
        (replace(up, began=None), SECOND + timedelta(milliseconds=120)),
        (replace(up, round=seen(SECOND, F, F), began=None), SECOND),
        (replace(up, round=None, began=None), AT),
    ):
        closed = course(change, incident).closed
        assert closed is not None
        assert closed.resolved_at == max(ended, START)
        assert not closed.flapping


def test_the_end_of_flapping_is_its_last_change_to_up() -> None:
    flips = tuple(
        Flip(at=START + timedelta(minutes=minute), up=up)
        for minute, up in ((1, True), (2, False), (3, True), (4, False))
    )
    incident = an_incident(opened_at=START, flips=flips, flapping=True)
    found = course(
        StateChange(to_status=Status.UP, rule=Rule.STABLE, round=seen(SECOND, P, P)), incident
    )
    assert found.closed is not None
    assert found.closed.resolved_at == START + timedelta(minutes=3)
    assert (found.tells, found.closed.flapping) == (AlertKind.STABLE, False)
    assert course(StateChange(to_status=Status.UP, rule=Rule.STABLE)).closed is None


def test_while_it_flaps_each_change_is_kept_and_the_first_is_told() -> None:
    incident = an_incident(opened_at=START)
    state = replace(initial_state(MONITOR), version=4, status=Status.DOWN)
    change = StateChange(
        to_status=Status.UP, rule=Rule.RECOVERED, round=seen(SECOND, P, P), began=seen(SECOND, P, P)
    )

    def flapped(**changes: Any) -> IncidentChange:
        before = replace(state, **changes)
        return next_incident_change(
            change, MONITOR, before, incident, AT, standing=MonitorConditions(flapping=True)
        )

    begins = flapped()
    assert begins.updated is not None
    assert [each.up for each in begins.updated.flips] == [True]
    assert (begins.tells, begins.told) == (AlertKind.FLAPPING, begins.updated)
    assert flapped(flapping=True).tells is None
    stays = flapped(status=Status.UP)
    assert (stays.updated, stays.current) == (None, incident)
    untimed = next_incident_change(
        replace(change, began=None),
        MONITOR,
        state,
        incident,
        AT,
        standing=MonitorConditions(flapping=True),
    )
    assert (untimed.updated, untimed.current) == (None, incident)
    opened = course(going_down(), standing=MonitorConditions(flapping=True))
    assert opened.tells is AlertKind.FLAPPING


def test_a_step_is_about_the_incident_that_it_moves_or_that_flaps() -> None:
    calm, flapping = an_incident(), an_incident(flapping=True)
    assert IncidentChange(at=AT, current=calm).told is None
    assert IncidentChange(at=AT, current=flapping).told == flapping
    assert IncidentChange(at=AT, updated=calm, current=calm).told == calm
