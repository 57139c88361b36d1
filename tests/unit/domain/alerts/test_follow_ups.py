"""Rows that follow from others: when there are reminders, and who tells what a channel cannot."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.alerts.follow_ups import needs_fallback, reminder
from sentinelmesh.domain.incidents.incident import Incident, IncidentState
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START, a_channel

OPEN = an_incident()
OVER = an_incident(state=IncidentState.RESOLVED, resolved_at=START + timedelta(hours=1))
HOURLY = a_channel(reminder_minutes=60)
TOLD: dict[str, Any] = {"state": AlertState.SENT, "sent_at": START, "finished": True}


@pytest.mark.parametrize("kind", AlertKind)
def test_a_beginning_that_was_told_is_reminded_of(kind: AlertKind) -> None:
    planned = reminder(an_alert(kind=kind, number=2, **TOLD), HOURLY, OPEN)
    reminding = {AlertKind.OPENED, AlertKind.FLAPPING, AlertKind.REMINDER}
    assert (planned is not None) is (kind in reminding)
    if planned is not None:
        assert (planned.kind, planned.number) == (AlertKind.REMINDER, 3)
        assert planned.due_at == START + timedelta(hours=1)
        assert (planned.state, planned.attempts) == (AlertState.PENDING, 0)


@pytest.mark.parametrize("incident", [None, OVER])
def test_what_is_over_is_not_reminded_of(incident: Incident | None) -> None:
    assert reminder(an_alert(**TOLD), HOURLY, incident) is None


def test_nobody_is_reminded_of_what_they_did_not_hear_or_did_not_ask_for() -> None:
    assert reminder(an_alert(), HOURLY, OPEN) is None
    assert reminder(an_alert(combined=True, **TOLD), HOURLY, OPEN) is None
    assert reminder(an_alert(**TOLD), a_channel(), OPEN) is None


def test_the_update_of_a_group_has_no_reminders_of_its_own() -> None:
    update = an_alert(incident_id="grp_1", number=1, **TOLD)
    assert reminder(update, HOURLY, OPEN) is None
    assert reminder(replace(update, number=0), HOURLY, OPEN) is not None


DEAD, SENT = (an_alert(state=each, finished=True) for each in (AlertState.DEAD, AlertState.SENT))


@pytest.mark.parametrize("kind", AlertKind)
def test_what_is_dead_is_told_by_somebody_else(kind: AlertKind) -> None:
    assert needs_fallback(an_alert(kind=kind, state=AlertState.DEAD, finished=True), None)


@pytest.mark.parametrize("kind", AlertKind)
def test_an_end_follows_its_beginning_to_whoever_told_that(kind: AlertKind) -> None:
    row = an_alert(kind=kind, **TOLD)
    assert needs_fallback(row, DEAD) is (kind in {AlertKind.RESOLVED, AlertKind.STABLE})
    assert not needs_fallback(row, SENT)
    assert not needs_fallback(row, None)
    assert not needs_fallback(an_alert(kind=kind), DEAD), "it may still be told"
