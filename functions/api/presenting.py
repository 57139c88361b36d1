"""Domain objects as the JSON that callers see: snake_case, RFC 3339, nothing secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel

from functions.api.schemas.access import AuditOut, PersonOut, TokenOut
from functions.api.schemas.channel import ChannelOut
from functions.api.schemas.incident import AlertOut, IncidentOut
from functions.api.schemas.kinds import HIDDEN, KINDS
from functions.api.schemas.monitor_shown import ResultOut, TransitionOut
from functions.api.secret_headers import hidden
from sentinelmesh.domain import instant
from sentinelmesh.domain.access import ApiToken, AuditEntry, Person
from sentinelmesh.domain.alert import Alert, Channel
from sentinelmesh.domain.incident import Incident, Status
from sentinelmesh.domain.monitor import Monitor, Policy
from sentinelmesh.domain.result import Result
from sentinelmesh.domain.schedule import next_slot
from sentinelmesh.domain.state import State, Transition
from sentinelmesh.storage.newest_results import Newest

UNKNOWN_AFTER = 3


def plain(thing: object) -> dict[str, Any]:
    """Write a dataclass as JSON-ready values."""
    return {
        name: _written(value)
        for name, value in msgspec.to_builtins(thing, builtin_types=(datetime,)).items()
    }


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant.text(value)
    if isinstance(value, Mapping):
        return {name: _written(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_written(each) for each in value]
    return value


def shown(model: type[BaseModel], row: Mapping[str, Any]) -> dict[str, Any]:
    """Show exactly the documented fields: what the domain learns later is not shown by accident."""
    names = (field.alias or name for name, field in model.model_fields.items())
    return {name: row[name] for name in names if name in row}


def monitor_config(monitor: Monitor) -> dict[str, Any]:
    """Write what a person configured, secrets hidden: the form that a merge patch works on."""
    # The store leaves out what is null.
    block = {**KINDS[monitor.kind].block().model_dump(), **monitor.probe}
    secret = hidden(monitor.secret_fields)
    if secret:
        block["headers"] = {**block.get("headers", {}), **secret}
    return {
        "name": monitor.name,
        "kind": monitor.kind,
        "target": monitor.target,
        "interval_seconds": monitor.interval_seconds,
        "timeout_ms": monitor.timeout_ms,
        "regions": list(monitor.regions),
        "strategy": monitor.strategy,
        "verification": plain(monitor.policy),
        "grace_period_seconds": monitor.grace_period_seconds,
        monitor.kind: block,
        "assertions": [
            {name: value for name, value in plain(each).items() if value is not None}
            for each in monitor.assertions
        ],
        "degraded_after_ms": monitor.degraded_after_ms,
        "channels": None if monitor.channels is None else list(monitor.channels),
        "tags": list(monitor.tags),
    }


def chosen_policy(monitor: Monitor) -> dict[str, Any]:
    """Write the policy without what only followed from the number of regions."""
    default = plain(Policy.default_for(len(monitor.regions)))
    return {name: value for name, value in plain(monitor.policy).items() if value != default[name]}


def monitor_out(
    monitor: Monitor, state: State | None, newest: Newest, now: datetime
) -> dict[str, Any]:
    """Write a monitor with where it stands."""
    current = state is not None and state.revision == monitor.revision
    status, since = status_of(monitor, state, newest, now)
    upcoming = None if monitor.paused else next_slot(monitor.id, monitor.interval_seconds, now)
    last = newest.result
    return {
        "id": monitor.id,
        "revision": monitor.revision,
        **monitor_config(monitor),
        "status": status,
        "status_since": instant.text(since),
        "degraded": bool(newest.seen and newest.seen.degraded and not monitor.paused),
        "failing_regions": list(state.failing_regions) if state and current else [],
        "next_check_at": instant.text(upcoming) if upcoming else None,
        "last_checked_at": instant.text(last.started_at) if last else None,
        "created_at": instant.text(monitor.created_at),
        "updated_at": instant.text(monitor.updated_at),
    }


def status_of(
    monitor: Monitor, state: State | None, newest: Newest, now: datetime
) -> tuple[str, datetime]:
    """Say where a monitor stands, and since when.

    Without a result for three intervals nobody knows; an abstention is none, for it says nothing
    about the target.
    """
    if monitor.paused:
        decided = state is not None and state.status is Status.PAUSED
        return Status.PAUSED.value, state.since if state and decided else monitor.updated_at
    silence = UNKNOWN_AFTER * monitor.interval
    began = monitor.scheduled_since
    last = max(newest.seen.slot, began) if newest.seen else began
    if now - last > silence + monitor.timeout:
        return "unknown", last
    if state is None or state.status is Status.PAUSED:
        return Status.PENDING.value, monitor.enabled_at
    return state.status.value, state.since


def result_out(result: Result) -> dict[str, Any]:
    """Write a result."""
    return shown(ResultOut, plain(result))


def transition_out(transition: Transition) -> dict[str, Any]:
    """Write a ledger row; `from` and `to` are its words for the two statuses."""
    row = plain(transition)
    return shown(TransitionOut, {"from": row["from_status"], "to": row["to_status"], **row})


def incident_out(incident: Incident) -> dict[str, Any]:
    """Write an incident."""
    row = plain(incident)
    return shown(IncidentOut, {"id": row["incident_id"], **row})


def alert_out(alert: Alert) -> dict[str, Any]:
    """Write an outbox row without the content that its message was made of."""
    row = plain(alert)
    return shown(AlertOut, {"transition": row["kind"], **row})


def token_out(token: ApiToken) -> dict[str, Any]:
    """Write an API token, neither its secret nor the hash of it."""
    row = plain(token)
    return shown(TokenOut, {"id": row["token_id"], **row})


def person_out(person: Person) -> dict[str, Any]:
    """Write somebody who may sign in."""
    return shown(PersonOut, plain(person))


def audit_out(entry: AuditEntry) -> dict[str, Any]:
    """Write an entry of the audit log."""
    row = plain(entry)
    return shown(AuditOut, {"id": row["entry_id"], **row})


def channel_out(channel: Channel) -> dict[str, Any]:
    """Write a channel, its secrets hidden."""
    row = plain(channel)
    block = {**row["options"], **dict.fromkeys(channel.secret_fields, HIDDEN)}
    return {**shown(ChannelOut, row), channel.kind: block}
