"""The incidents that were told in one message."""

from collections.abc import Iterable
from typing import Any

from functions.api.backend import Backend
from functions.api.http.json_values import to_json
from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.incidents.incident import Incident, IncidentState


def group_of(backend: Backend, rows: Iterable[Alert]) -> dict[str, Any] | None:
    """Show the group in whose message a channel was told of an incident first, if there was one.

    Args:
        rows: of the incident.

    Cost: a query where there is a group.
    """
    told = min(_members(rows), key=lambda row: (row.created_at, row.key), default=None)
    if told is None or told.group is None:
        return None
    found = backend.alerts.list_of_incident(told.group)
    begun = [row for row in found if row.kind is AlertKind.OPENED]
    # What joined later stands in the last of its messages, with all that were told before.
    group = max(begun, key=lambda row: row.number).content.group if begun else None
    if group is None:
        return None
    cause = group.cause
    return {
        "id": told.group,
        "total": group.total,
        "cause": None if cause is None else {**to_json(cause), "sentence": cause.sentence},
        "incidents": [
            {
                "id": each.incident_id,
                "monitor_id": each.monitor_id,
                "monitor_name": each.monitor_name,
            }
            for each in group.members
        ],
    }


def list_grouped_with(backend: Backend, incident: Incident) -> list[Incident]:
    """Return the open incidents that any channel was told of in one message with this one.

    Cost: a query per channel, and 1 read unit for each incident.
    """
    rows = backend.alerts.list_of_incident(incident.incident_id)
    groups = {row.group for row in _members(rows) if row.group is not None}
    others = {
        (each.monitor_id, each.incident_id)
        for group in sorted(groups)
        for each in backend.gatherings.members(group)
        if each.incident_id != incident.incident_id
    }
    found = backend.incidents.get_many(sorted(others)) if others else {}
    return [each for each in found.values() if each.state is IncidentState.OPEN]


def _members(rows: Iterable[Alert]) -> list[Alert]:
    return [row for row in rows if row.group is not None and row.kind is AlertKind.OPENED]
