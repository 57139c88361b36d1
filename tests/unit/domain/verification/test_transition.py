"""A transition carried out on paper: what one transaction writes, and who is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.alerts.escalation import EscalationPolicy, EscalationStep
from sentinelmesh.domain.incidents.incident import Incident, IncidentState, Status
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.round import Round, rounds_of
from sentinelmesh.domain.verification.transition import (
    TransitionPlan,
    needs_channels,
    plan_transition,
    with_alerts,
)
from tests.support.builders import REGIONS, a_channel, a_monitor, a_result, a_slot

EU, US, AP = REGIONS
MONITOR = a_monitor(tags=("shop",))
FIRST, SECOND = a_slot(MONITOR, 0), a_slot(MONITOR, 1)
AT = SECOND + timedelta(seconds=2)


def a_round(slot_number: int, outcome: Outcome, **changes: object) -> Round:
    slot = a_slot(MONITOR, slot_number)
    votes = [a_result(MONITOR, slot, region, outcome=outcome, **changes) for region in (EU, US)]
    (only,) = rounds_of(MONITOR, votes)
    return only


def a_state(status: Status, **changes: object) -> State:
    plain = replace(initial_state(MONITOR), status=status, version=4, watermark=FIRST)
    return replace(plain, **changes)  # type: ignore[arg-type]


def outage(**votes: object) -> TransitionPlan:
    """Go down in the second round of a run that began with the first."""
    change = StateChange(
        to_status=Status.DOWN,
        rule=Rule.QUORUM,
        round=a_round(1, Outcome.FAILURE),
        began=a_round(0, Outcome.FAILURE, **votes),
    )
    return plan_transition(change, MONITOR, a_state(Status.VERIFYING, suspect_slot=FIRST), None, AT)


def open_incident() -> Incident:
    opened = outage().opened
    assert opened is not None
    return opened


def recovery() -> TransitionPlan:
    later = AT + timedelta(minutes=5)
    passing = a_round(4, Outcome.SUCCESS)
    change = StateChange(
        to_status=Status.UP, rule=Rule.RECOVERED, round=a_round(5, Outcome.SUCCESS), began=passing
    )
    incident = open_incident()
    down = a_state(Status.DOWN, incident_id=incident.incident_id, version=5)
    return plan_transition(change, MONITOR, down, incident, later)


def test_an_outage_opens_at_the_start_of_the_first_failing_probe() -> None:
    opened = outage(started_at=FIRST + timedelta(milliseconds=250)).opened
    assert opened is not None
    assert opened.opened_at == FIRST + timedelta(milliseconds=250)
    assert opened.confirmed_at == AT
    assert opened.detection_delay_ms == 61_750


def test_an_incident_names_what_failed_and_where() -> None:
    opened = open_incident()
    assert (opened.cause, opened.cause_detail) == ("connect_refused", "nothing listens there")
    assert opened.regions == tuple(sorted((EU, US)))
    assert (opened.monitor_name, opened.target) == (MONITOR.name, MONITOR.target)
    assert opened.state is IncidentState.OPEN


def test_an_outage_opens_its_incident_into_the_state_and_the_ledger() -> None:
    taken = outage()
    assert taken.opened is not None
    assert taken.state.incident_id == taken.opened.incident_id == taken.transition.incident_id
    assert taken.state.opened_at == taken.opened.opened_at
    assert taken.closed is None


def test_a_prober_with_a_fast_clock_cannot_make_the_detection_take_less_than_nothing() -> None:
    fast = outage(started_at=FIRST + timedelta(minutes=5)).opened
    change = StateChange(
        to_status=Status.DOWN,
        rule=Rule.QUORUM,
        round=a_round(1, Outcome.FAILURE, started_at=SECOND + timedelta(minutes=5)),
        began=a_round(1, Outcome.FAILURE, started_at=SECOND + timedelta(minutes=5)),
    )
    faster = plan_transition(change, MONITOR, a_state(Status.VERIFYING), None, AT).opened
    assert fast is not None
    assert fast.opened_at == FIRST + MONITOR.interval
    assert faster is not None
    assert faster.detection_delay_ms == 0


def test_every_step_moves_the_version_by_one_and_its_ledger_row_carries_it() -> None:
    taken = outage()
    assert taken.state.version == taken.transition.version == 5
    assert (taken.transition.from_status, taken.transition.to_status) == (
        Status.VERIFYING,
        Status.DOWN,
    )
    assert taken.transition.policy == MONITOR.policy
    assert [vote.region for vote in taken.transition.votes] == sorted([EU, US])


def test_an_outage_ends_when_its_first_passing_round_began() -> None:
    closed = recovery().closed
    assert closed is not None
    assert closed.state is IncidentState.RESOLVED
    assert closed.resolved_at == a_slot(MONITOR, 4) + timedelta(milliseconds=120)
    assert closed.duration_seconds == 240


def test_after_a_recovery_the_state_names_no_incident_but_the_ledger_row_does() -> None:
    taken = recovery()
    assert (taken.state.incident_id, taken.state.opened_at) == (None, None)
    assert taken.transition.incident_id == open_incident().incident_id


@pytest.mark.parametrize("rule", [Rule.PAUSED, Rule.DELETED])
def test_pausing_or_deleting_cancels_an_incident_at_that_moment(rule: Rule) -> None:
    incident = open_incident()
    down = a_state(Status.DOWN, incident_id=incident.incident_id)
    monitor = None if rule is Rule.DELETED else replace(MONITOR, paused=True)
    later = AT + timedelta(minutes=3)
    change = StateChange(to_status=Status(rule.value), rule=rule)
    taken = plan_transition(change, monitor, down, incident, later)
    assert taken.closed is not None
    assert taken.closed.state is IncidentState.CANCELLED
    assert taken.closed.resolved_at == later
    assert not needs_channels(taken)
    assert with_alerts(taken, MONITOR, [a_channel()]).alerts == ()


@pytest.mark.parametrize("rule", [Rule.PAUSED, Rule.DELETED, Rule.STABLE])
def test_what_is_not_watched_any_more_or_stable_does_not_flap(rule: Rule) -> None:
    status = {Rule.PAUSED: Status.PAUSED, Rule.DELETED: Status.DELETED}.get(rule, Status.UP)
    slots = tuple(FIRST + timedelta(minutes=count) for count in range(7))
    flapping = a_state(Status.UP, flips=slots, flapping=True)
    later = plan_transition(
        StateChange(to_status=status, rule=rule), MONITOR, flapping, None, AT
    ).state
    assert (later.flips, later.flapping) == ((), False)
    calmer = a_state(Status.VERIFYING, flips=slots[:1], flapping=True)
    up = StateChange(to_status=Status.UP, rule=Rule.DISMISSED, round=a_round(1, Outcome.SUCCESS))
    assert plan_transition(up, MONITOR, calmer, None, AT).state.flapping, "until it is stable"


def test_a_row_of_the_ledger_names_its_slot_and_what_was_superseded_if_anything() -> None:
    ended = recovery().transition
    assert (outage().transition.slot, ended.slot) == (SECOND, a_slot(MONITOR, 5))
    assert ended.superseded is None


def test_an_incident_never_lasts_less_than_nothing() -> None:
    """The prober that saw the recovery may have a slow clock."""
    incident = replace(open_incident(), opened_at=AT + timedelta(days=1))
    down = a_state(Status.DOWN, incident_id=incident.incident_id)
    change = StateChange(
        to_status=Status.UP,
        rule=Rule.RECOVERED,
        round=a_round(4, Outcome.SUCCESS),
        began=a_round(4, Outcome.SUCCESS),
    )
    closed = plan_transition(change, MONITOR, down, incident, AT).closed
    assert closed is not None
    assert closed.duration_seconds == 0


def test_a_suspicion_decides_nothing_yet_so_the_watermark_stays() -> None:
    change = StateChange(
        to_status=Status.VERIFYING, rule=Rule.SUSPECTED, round=a_round(1, Outcome.FAILURE)
    )
    taken = plan_transition(change, MONITOR, a_state(Status.UP), None, AT)
    assert taken.state.watermark == FIRST
    assert taken.state.suspect_slot == SECOND
    assert not needs_channels(taken)


def test_a_decided_round_becomes_the_watermark_and_ends_the_suspicion() -> None:
    taken = outage()
    assert taken.state.watermark == SECOND
    assert taken.state.suspect_slot is None


def test_a_change_without_a_round_keeps_the_watermark() -> None:
    change = StateChange(to_status=Status.PENDING, rule=Rule.EDITED)
    taken = plan_transition(change, MONITOR, a_state(Status.VERIFYING), None, AT)
    assert taken.state.watermark == FIRST
    assert taken.transition.slot is None


def test_the_status_is_as_old_as_its_last_real_change() -> None:
    change = StateChange(
        to_status=Status.UP, rule=Rule.REGION_RECOVERED, round=a_round(1, Outcome.SUCCESS)
    )
    before = a_state(Status.UP)
    assert plan_transition(change, MONITOR, before, None, AT).state.since == before.since
    assert outage().state.since == AT


def test_a_step_adopts_the_revision_of_the_monitor() -> None:
    change = StateChange(to_status=Status.PENDING, rule=Rule.EDITED)
    edited = replace(MONITOR, revision=7)
    taken = plan_transition(change, edited, a_state(Status.VERIFYING), None, AT)
    assert taken.state.revision == taken.transition.revision == 7


def test_one_row_is_written_for_each_channel_that_takes_this_kind() -> None:
    channels = [
        a_channel(id="ch_on"),
        a_channel(id="ch_off", enabled=False),
        a_channel(id="ch_ends_only", events=(AlertKind.RESOLVED,)),
        a_channel(id="ch_beginnings_only", events=(AlertKind.OPENED,)),
    ]
    opened = with_alerts(outage(), MONITOR, channels).alerts
    resolved = with_alerts(recovery(), MONITOR, channels).alerts
    assert [alert.key for alert in opened] == ["opened#ch_on", "opened#ch_beginnings_only"]
    assert [alert.key for alert in resolved] == ["resolved#ch_on", "resolved#ch_ends_only"]


@pytest.mark.parametrize(
    ("chosen", "told"),
    [(None, ["ch_1", "ch_2"]), ((), []), (("ch_2",), ["ch_2"]), (("ch_gone",), [])],
)
def test_a_monitor_chooses_its_channels_and_no_choice_means_all(
    chosen: tuple[str, ...] | None, told: list[str]
) -> None:
    channels = [a_channel(id="ch_1"), a_channel(id="ch_2")]
    monitor = replace(MONITOR, channels=chosen)
    alerts = with_alerts(outage(), monitor, channels).alerts
    assert [alert.channel_id for alert in alerts] == told


def test_the_steps_of_an_escalation_have_rows_that_are_due_later() -> None:
    policy = EscalationPolicy(
        id="esc_1",
        name="Shop",
        steps=(EscalationStep(after_minutes=15, channels=("ch_2",)),),
        created_at=AT,
        updated_at=AT,
    )
    channels = [a_channel(id="ch_1"), a_channel(id="ch_2")]
    monitor = replace(MONITOR, channels=("ch_1",), runbook_url="https://wiki.example/")
    first, second = with_alerts(outage(), monitor, channels, policy).alerts
    assert (first.due_at, first.unless_acknowledged) == (AT, False)
    assert (second.due_at, second.unless_acknowledged) == (AT + timedelta(minutes=15), True)
    assert second.created_at == second.due_at, "the day after which it is given up begins then"
    assert second.content.runbook_url == "https://wiki.example/"
    ends = with_alerts(recovery(), monitor, channels, policy, failed_probes="12").alerts
    assert [(each.key, each.unless_acknowledged) for each in ends] == [
        ("resolved#ch_1", False),
        ("resolved#ch_2", False),
    ]
    assert all(each.due_at == each.created_at <= AT + timedelta(hours=1) for each in ends)
    assert ends[0].content.failed_probes == "12"


def test_a_row_is_due_at_once_and_holds_all_that_a_message_needs() -> None:
    (alert,) = with_alerts(recovery(), MONITOR, [a_channel()]).alerts
    incident = open_incident()
    assert (alert.state, alert.attempts) == (AlertState.PENDING, 0)
    assert alert.due_at == alert.created_at == AT + timedelta(minutes=5)
    assert alert.incident_id == incident.incident_id
    assert alert.content.sentence == recovery().transition.sentence
    assert (alert.content.opened_at, alert.content.confirmed_at) == (
        incident.opened_at,
        incident.confirmed_at,
    )
    assert alert.content.duration_seconds == 240
    assert alert.content.tags == ("shop",)
    assert [vote.outcome for vote in alert.content.votes] == [Outcome.SUCCESS] * 2


def test_a_dismissed_suspicion_tells_nobody() -> None:
    change = StateChange(
        to_status=Status.UP, rule=Rule.DISMISSED, round=a_round(1, Outcome.SUCCESS), began=None
    )
    taken = plan_transition(change, MONITOR, a_state(Status.VERIFYING), None, AT)
    assert not needs_channels(taken)
    assert with_alerts(taken, MONITOR, [a_channel()]) is taken
