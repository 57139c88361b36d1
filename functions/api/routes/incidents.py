"""Incidents: what was down, why it was said, who was told."""

from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.http.pagination import PageQuery, cursor_of, page, paginate
from functions.api.http.problem import Problem, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.incident import (
    AcknowledgeIn,
    AlertPage,
    IncidentDetail,
    IncidentExplained,
    IncidentOut,
    IncidentPage,
    IncidentsQuery,
    NoteIn,
)
from functions.api.services.audit import audit
from functions.api.services.incident_groups import group_of, list_grouped_with
from functions.api.services.incident_timeline import decisions_about, timeline
from functions.api.services.serializers import alert_out, incident_out, transition_out
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.incidents.incident import Incident, IncidentNote, IncidentState
from sentinelmesh.domain.verification.explanation import story_of
from sentinelmesh.messages import AcknowledgementMessage, encode
from sentinelmesh.observability import logger

MAX_NOTES = 40
# Incidents that one request for a list looks at.
MAX_SCANNED = 2000


def find(request: Request) -> Incident:
    """Read the incident that a path names. Cost: 1.5 read units.

    Raises:
        Problem: 404.
    """
    incident = request.backend.incidents.find(request.path["incident_id"])
    if incident is None:
        raise not_found("incident of this id")
    # The index that finds it lags a little; the item itself does not.
    return request.backend.incidents.get(incident.monitor_id, incident.incident_id) or incident


def list_incidents(request: Request) -> Answer:
    """Show a page of incidents, newest first.

    A page may end early, perhaps empty, after 2,000 incidents that did not match.

    Cost: one query per page of the store, half a read unit per 4 KB passed over.
    """
    limit, before = request.query.limit, cursor_of(request)
    found: list[Incident] = []
    scanned = 0
    while scanned < MAX_SCANNED:
        rows = _rows(request, limit + 1, before)
        for row in rows:
            if _matches(row, request.query):
                if len(found) == limit:
                    return _page(request, found, before)
                found.append(row)
            before = row.incident_id
        if len(rows) <= limit:
            return _page(request, found, None)
        scanned += len(rows)
    return _page(request, found, before)


def _page(request: Request, found: list[Incident], before: str | None) -> Answer:
    return Answer(body=page(request, [incident_out(each) for each in found], before))


def _rows(request: Request, limit: int, before: str | None) -> list[Incident]:
    query, incidents = request.query, request.backend.incidents
    if query.monitor_id:
        return incidents.list_of_monitor(query.monitor_id, limit, before)
    return incidents.list_page(limit, only_open=query.status == "open", before_id=before)


def _matches(incident: Incident, query: IncidentsQuery) -> bool:
    is_open = incident.state is IncidentState.OPEN
    return query.status is None or is_open == (query.status == "open")


def read(request: Request) -> Answer:
    """Show an incident with its timeline: decisions, alerts and notes in the order of time."""
    incident, backend = find(request), request.backend
    rows = backend.alerts.list_of_incident(incident.incident_id)
    shown = {
        **incident_out(incident),
        "group": group_of(backend, rows),
        "timeline": timeline(backend, incident, rows),
    }
    return Answer(body=shown)


def explain(request: Request) -> Answer:
    """Tell an incident as a story: decisions with votes, rule and policy, and who was told."""
    incident = find(request)
    alerts = request.backend.alerts.list_of_incident(incident.incident_id)
    decisions = decisions_about(request.backend, incident)[::-1]
    return Answer(
        body={
            "incident_id": incident.incident_id,
            "decisions": [transition_out(row) for row in decisions],
            "text": story_of(incident, decisions, alerts),
        }
    )


def acknowledge(request: Request) -> Answer:
    """Note that somebody takes care; the first to say so stays."""
    incident = find(request)
    backend = request.backend
    others = list_grouped_with(backend, incident) if request.body.group else []
    with audit(request, "incident.acknowledged", incident.incident_id):
        for each in [*others, incident]:
            backend.incidents.acknowledge(each, backend.clock(), request.caller.name)
    _spread(request, incident)
    return Answer(body=incident_out(find(request)))


def _spread(request: Request, incident: Incident) -> None:
    """Have channels told that somebody takes care; what is noted stays noted if that fails.

    Reminders and escalations read the incident itself: they end whatever happens here.
    """
    message = AcknowledgementMessage(
        incident_id=incident.incident_id, acknowledged_by=request.caller.name
    )
    url = request.backend.settings.alert_retries_queue_url
    try:
        request.backend.home_queues.send_message(QueueUrl=url, MessageBody=encode(message))
    except (ClientError, BotoCoreError) as error:
        reason = type(error).__name__
        logger().error(
            "acknowledgement_not_spread", incident_id=incident.incident_id, reason=reason
        )


def add_note(request: Request) -> Answer:
    """Write something beside an incident; an item of the store has room for 40 notes."""
    incident = find(request)
    if len(incident.notes) >= MAX_NOTES:
        raise Problem(
            HTTPStatus.CONFLICT, f"This incident has {MAX_NOTES} notes, which is all it can have."
        )
    note = IncidentNote(at=request.backend.clock(), by=request.caller.name, text=request.body.text)
    with audit(request, "incident.note_added", incident.incident_id):
        request.backend.incidents.add_note(incident, note)
    return Answer(body=incident_out(find(request)))


def alerts(request: Request) -> Answer:
    """Show the outbox rows of an incident: who was told, and what the provider said."""
    rows = request.backend.alerts.list_of_incident(find(request).incident_id)
    return Answer(body=paginate(request, rows, lambda row: row.key, alert_out))


ONE = "/v1/incidents/<incident_id>"
ROUTES = (
    Route(method="GET", path="/v1/incidents", summary="List incidents", handler=list_incidents,
          scope=Scope.READ, query=IncidentsQuery, answers=IncidentPage),
    Route(method="GET", path=ONE, summary="Show an incident with its timeline", handler=read,
          scope=Scope.READ, answers=IncidentDetail),
    Route(method="GET", path=f"{ONE}/explanation", summary="Why it was said, step by step",
          handler=explain, scope=Scope.READ, answers=IncidentExplained),
    Route(method="POST", path=f"{ONE}/acknowledge", summary="Acknowledge an incident",
          handler=acknowledge, scope=Scope.WRITE, body=AcknowledgeIn, answers=IncidentOut),
    Route(method="POST", path=f"{ONE}/notes", summary="Add a note", handler=add_note,
          scope=Scope.WRITE, body=NoteIn, answers=IncidentOut),
    Route(method="GET", path=f"{ONE}/alerts", summary="Who was told", handler=alerts,
          scope=Scope.READ, query=PageQuery, answers=AlertPage),
)  # fmt: skip
