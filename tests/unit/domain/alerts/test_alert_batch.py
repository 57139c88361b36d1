"""Alert rows that do not fit into a transaction: none is lost, none is changed, all fit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.alert_batch import (
    MAX_BATCHES,
    MAX_ROWS_AT_ONCE,
    USUAL_ROWS_PER_BATCH,
    split_rows,
)
from sentinelmesh.domain.alerts.escalation import EscalationPolicy, EscalationStep
from sentinelmesh.domain.incidents.incident import DEGRADED, OUTAGE, IncidentState, Status
from sentinelmesh.domain.verification.monitor_state import Rule, State, Transition
from sentinelmesh.domain.verification.transition import TransitionPlan, with_alerts
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START, a_channel, a_monitor

SIZES = (0, 1, 49, 50, 51, 95, 97, 150, 151, 300, 600, 5_000, 20_000)


def rows_of(count: int, kind: AlertKind = AlertKind.OPENED, incident: str = "inc_1") -> list[Alert]:
    plain = replace(an_alert(), incident_id=incident, kind=kind)
    return [
        replace(plain, channel_id=f"ch_{number}", channel_kind="slack") for number in range(count)
    ]


@pytest.mark.parametrize("count", SIZES)
def test_every_row_is_created_now_or_later_as_it_was_planned(count: int) -> None:
    planned = rows_of(count, AlertKind.RESOLVED, "inc_0") + rows_of(count)
    now, batches = split_rows(planned)
    assert [*now, *(row for batch in batches for row in batch.rows())] == planned
    assert len(now) <= MAX_ROWS_AT_ONCE
    assert len(batches) <= MAX_BATCHES
    names = [(batch.incident_id, batch.key) for batch in batches]
    assert len(set(names)) == len(names)


def test_a_batch_is_small_as_long_as_there_are_not_thousands() -> None:
    _, batches = split_rows(rows_of(1_000))
    assert max(len(batch.recipients) for batch in batches) == USUAL_ROWS_PER_BATCH


def test_a_step_of_an_escalation_stays_due_later() -> None:
    steps = tuple(
        EscalationStep(
            after_minutes=5 * (place + 1),
            channels=tuple(f"ch_{place}_{number}" for number in range(30)),
        )
        for place in range(8)
    )
    policy = EscalationPolicy(
        id="esc_1", name="Night", steps=steps, created_at=START, updated_at=START
    )
    named = [name for each in steps for name in each.channels]
    monitor = a_monitor(channels=("ch_now",))
    channels = [a_channel(id=name) for name in ("ch_now", *named)]
    planned = with_alerts(a_takeover(), monitor, channels, policy).alerts
    now, batches = split_rows(planned)
    created = {row.channel_id: row for row in now if row.kind is AlertKind.OPENED}
    created |= {
        row.channel_id: row
        for batch in batches
        for row in batch.rows()
        if row.kind is AlertKind.OPENED
    }
    assert len(created) == 241
    last = created["ch_7_29"]
    assert last.due_at == START + timedelta(minutes=40)
    assert last.unless_acknowledged
    assert not created["ch_now"].unless_acknowledged


def a_takeover() -> TransitionPlan:
    """An outage takes the place of a degraded incident."""
    lesser = an_incident(incident_id="inc_0", severity=DEGRADED, confirmed_at=START)
    outage = an_incident(incident_id="inc_1", severity=OUTAGE, confirmed_at=START)
    closed = replace(lesser, state=IncidentState.RESOLVED, resolved_at=START, duration_seconds=0)
    state = State(monitor_id="mon_1", revision=1, version=2, status=Status.DOWN, since=START)
    transition = Transition(
        monitor_id="mon_1",
        version=2,
        from_status=Status.UP,
        to_status=Status.DOWN,
        at=START,
        rule=Rule.QUORUM,
        sentence="Because.",
        revision=1,
        tells=AlertKind.OPENED,
    )
    return TransitionPlan(
        state=state, transition=transition, opened=outage, closed=closed, current=outage
    )
