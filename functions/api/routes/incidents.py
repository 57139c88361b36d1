"""Incidents: what was down, why it was said, who was told."""

from functions.api.paging import PageQuery, decode, page
from functions.api.presenting import alert_out, incident_out, transition_out
from functions.api.problems import not_found
from functions.api.route import Answer, Request, Route
from functions.api.schemas.base import Empty
from functions.api.schemas.other import (
    AlertPage,
    IncidentOut,
    IncidentPage,
    IncidentsQuery,
    NoteIn,
)
from sentinelmesh.domain.access import Scope
from sentinelmesh.domain.incident import Incident, IncidentNote, IncidentState

LEDGER_ROWS = 200


def find(request: Request) -> Incident:
    """Read the incident that a path names.

    Raises:
        Problem: 404.
    """
    incident = request.backend.incidents.find(request.path["incident_id"])
    if incident is None:
        raise not_found("incident of this id")
    # The index that finds it lags a little; the item itself does not.
    return request.backend.incidents.get(incident.monitor_id, incident.incident_id) or incident


def list_incidents(request: Request) -> Answer:
    """Show a page of incidents, newest first."""
    query: IncidentsQuery = request.query
    backend, cursor = request.backend, decode(query.cursor)
    found: list[Incident] = []
    while True:
        if query.monitor_id:
            rows = backend.incidents.list_of_monitor(query.monitor_id, query.limit, cursor)
        else:
            only_open = query.status == "open"
            rows = backend.incidents.list_page(query.limit, only_open=only_open, before_id=cursor)
        for row in rows:
            if not _wanted(row, query):
                continue
            if len(found) == query.limit:
                break
            found.append(row)
            cursor = row.incident_id
        if len(found) == query.limit or len(rows) < query.limit:
            more = len(found) == query.limit
            return Answer(
                body=page([incident_out(each) for each in found], cursor if more else None)
            )
        cursor = rows[-1].incident_id


def _wanted(incident: Incident, query: IncidentsQuery) -> bool:
    is_open = incident.state is IncidentState.OPEN
    return query.status is None or is_open == (query.status == "open")


def read(request: Request) -> Answer:
    """Show an incident with its timeline: decisions, alerts and notes in the order of time."""
    incident = find(request)
    backend = request.backend
    rows = backend.transitions.list_page(incident.monitor_id, LEDGER_ROWS)
    # The suspicion that led to it has no incident yet: it is the row before the first one.
    numbers = [row.version for row in rows if row.incident_id == incident.incident_id]
    first = min(numbers, default=0) - 1
    last = max(numbers, default=0)
    events = [
        {"at": row["at"], "what": "decision", **row}
        for row in map(transition_out, rows)
        if first <= row["version"] <= last
    ]
    events += [
        {"at": row.get("sent_at") or row["created_at"], "what": "alert", **row}
        for row in map(alert_out, backend.alerts.list_of_incident(incident.incident_id))
    ]
    shown = incident_out(incident)
    events += [{"what": "note", **note} for note in shown["notes"]]
    if shown["acknowledged_at"]:
        by = shown["acknowledged_by"]
        events.append({"at": shown["acknowledged_at"], "what": "acknowledged", "by": by})
    return Answer(body={**shown, "timeline": sorted(events, key=lambda event: event["at"])})


def acknowledge(request: Request) -> Answer:
    """Note that somebody takes care; the first to say so stays."""
    incident = find(request)
    backend = request.backend
    backend.incidents.acknowledge(incident, backend.clock(), request.caller.name)
    return Answer(body=incident_out(find(request)))


def add_note(request: Request) -> Answer:
    """Write something beside an incident."""
    incident = find(request)
    note = IncidentNote(at=request.backend.clock(), by=request.caller.name, text=request.body.text)
    request.backend.incidents.add_note(incident, note)
    return Answer(body=incident_out(find(request)))


def alerts(request: Request) -> Answer:
    """Show the outbox rows of an incident: who was told, and what the provider said."""
    incident = find(request)
    rows = request.backend.alerts.list_of_incident(incident.incident_id)
    return Answer(body=page([alert_out(row) for row in rows], None))


ONE = "/v1/incidents/<incident_id>"
ROUTES = (
    Route(method="GET", path="/v1/incidents", summary="List incidents", handler=list_incidents,
          scope=Scope.READ, query=IncidentsQuery, answers=IncidentPage),
    Route(method="GET", path=ONE, summary="Show an incident with its timeline", handler=read,
          scope=Scope.READ, answers=IncidentOut),
    Route(method="POST", path=f"{ONE}/acknowledge", summary="Acknowledge an incident",
          handler=acknowledge, scope=Scope.WRITE, body=Empty, answers=IncidentOut),
    Route(method="POST", path=f"{ONE}/notes", summary="Add a note", handler=add_note,
          scope=Scope.WRITE, body=NoteIn, answers=IncidentOut),
    Route(method="GET", path=f"{ONE}/alerts", summary="Who was told", handler=alerts,
          scope=Scope.READ, query=PageQuery, answers=AlertPage),
)  # fmt: skip
