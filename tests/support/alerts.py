"""Incidents and alert rows for tests, with every field that does not matter filled in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sentinelmesh.domain.alerts.alert import Alert, AlertContent, AlertKind
from sentinelmesh.domain.incidents.incident import Incident, IncidentState, Vote, incident_id
from sentinelmesh.domain.probing.result import Outcome, Purpose
from tests.support.builders import REGIONS, START

EU, US, AP = REGIONS


def an_incident(**changes: Any) -> Incident:
    """Build an open incident that began at the tests' first instant."""
    plain = Incident(
        monitor_id="mon_1",
        incident_id=incident_id("mon_1", START, 1),
        state=IncidentState.OPEN,
        opened_at=START,
        confirmed_at=START + timedelta(seconds=2),
        detection_delay_ms=2000,
        cause="connect_refused",
        cause_detail="nothing listens at shop.example:443",
        regions=(EU, US),
        monitor_name="Shop",
        target="https://shop.example/",
    )
    return replace(plain, **changes)


def resolved(incident: Incident, after: timedelta = timedelta(minutes=3)) -> Incident:
    """End an incident."""
    return replace(
        incident,
        state=IncidentState.RESOLVED,
        resolved_at=incident.opened_at + after,
        duration_seconds=round(after.total_seconds()),
    )


def a_vote(region: str, outcome: Outcome, **changes: Any) -> Vote:
    """Build a vote of the round that decided."""
    return replace(
        Vote(region=region, outcome=outcome, purpose=Purpose.VERIFICATION, started_at=START),
        **changes,
    )


def content_of(incident: Incident, **changes: Any) -> AlertContent:
    """Make what a message about an incident says."""
    refused = {"error": incident.cause, "detail": incident.cause_detail}
    plain = AlertContent(
        monitor_name=incident.monitor_name,
        monitor_kind="http",
        target=incident.target,
        sentence="Down: 2 of 3 regions failed (needed: 2).",
        cause=incident.cause,
        cause_detail=incident.cause_detail,
        opened_at=incident.opened_at,
        confirmed_at=incident.confirmed_at,
        detection_delay_ms=incident.detection_delay_ms,
        resolved_at=incident.resolved_at,
        duration_seconds=incident.duration_seconds,
        votes=(
            a_vote(EU, Outcome.FAILURE, **refused),
            a_vote(US, Outcome.FAILURE, **refused),
            a_vote(AP, Outcome.SUCCESS, status_code=200, latency_ms=87.5),
        ),
        tags=("shop", "prod"),
    )
    return replace(plain, **changes)


def an_alert(
    incident: Incident | None = None, kind: AlertKind = AlertKind.OPENED, **changes: Any
) -> Alert:
    """Build a fresh row of an incident's beginning or end, as the verifier creates it."""
    about = incident or an_incident()
    created = about.confirmed_at
    if kind is AlertKind.RESOLVED and about.resolved_at is not None:
        created = about.resolved_at
    plain = Alert(
        incident_id=about.incident_id,
        monitor_id=about.monitor_id,
        channel_id="ch_1",
        channel_kind="slack",
        kind=kind,
        created_at=created,
        due_at=created,
        content=content_of(about),
    )
    return replace(plain, **changes)
