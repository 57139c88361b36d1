"""The timeline of an incident: decisions, alerts and notes in the order of time."""

from collections.abc import Iterable, Iterator
from typing import Any

from functions.api.backend import Backend
from functions.api.http.json_values import to_json
from functions.api.services.serializers import alert_out, transition_out
from sentinelmesh.domain.alerts.alert import Alert
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.verification.monitor_state import Transition

# Rows of the ledger read at a time, and how often, for an incident of long ago.
PORTION, MAX_PORTIONS = 200, 10


def timeline(backend: Backend, incident: Incident, alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """Tell what happened, oldest first.

    Cost: one query per 200 rows of the ledger that came after the incident.
    """
    events: list[dict[str, Any]] = [
        {"what": "decision", **transition_out(row)}
        for row in reversed(decisions_about(backend, incident))
    ]
    events += [
        {"what": "alert", "at": row["sent_at"] or row["created_at"], **row}
        for row in map(alert_out, alerts)
    ]
    events += [{"what": "note", **to_json(note)} for note in incident.notes]
    written = to_json(incident)
    if written["acknowledged_at"]:
        by = written["acknowledged_by"]
        events.append({"what": "acknowledged", "at": written["acknowledged_at"], "by": by})
    # As instants, not as text: there a fraction would sort before its own second.
    return sorted(events, key=lambda event: instant.parse(event["at"]))


def decisions_about(backend: Backend, incident: Incident) -> list[Transition]:
    """Find the decisions about an incident, newest first.

    The suspicion that led to it has no incident yet: it is the row before the first one.
    """
    found: list[Transition] = []
    for row in _ledger(backend, incident.monitor_id):
        if row.incident_id == incident.incident_id:
            found.append(row)
        elif found or row.at < incident.confirmed_at:
            return [*found, row] if found else []
    return found


def _ledger(backend: Backend, monitor_id: str) -> Iterator[Transition]:
    """Walk back through the decisions about a monitor."""
    before = None
    for _ in range(MAX_PORTIONS):
        rows = backend.transitions.list_page(monitor_id, PORTION, before)
        yield from rows
        if len(rows) < PORTION:
            return
        before = rows[-1].version
