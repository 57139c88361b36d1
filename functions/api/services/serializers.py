"""Domain objects as the JSON that callers see: snake_case, RFC 3339, nothing secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from functions.api.http.json_values import to_json
from functions.api.schemas.access import AuditOut, PersonOut, TokenOut
from functions.api.schemas.channel import ChannelOut
from functions.api.schemas.channel_kinds import CHANNEL_KINDS
from functions.api.schemas.incident import AlertOut, IncidentOut
from functions.api.schemas.kinds import KINDS
from functions.api.schemas.monitor_shown import ResultOut, TransitionOut
from functions.api.schemas.web import HIDDEN
from functions.api.services import monitor_secrets
from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.access.audit import AuditEntry
from sentinelmesh.domain.access.user import User
from sentinelmesh.domain.alerts.alert import Alert, Channel
from sentinelmesh.domain.incidents.incident import UNKNOWN, Incident, Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.monitors.schedule import next_slot
from sentinelmesh.domain.probing.pending_status import describe_pending
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.uptime.unknown import silent_since
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.explanation import explanation_of
from sentinelmesh.domain.verification.monitor_state import State, Transition, known_failing
from sentinelmesh.storage.newest_results import Newest

# What a maintenance window does not hide: people were told of it, or asked for it.
UNEXCUSED = {Status.DOWN.value, Status.PAUSED.value}


def select_fields(model: type[BaseModel], row: Mapping[str, Any]) -> dict[str, Any]:
    """Show exactly the documented fields: what the domain learns later is not shown by accident."""
    names = (field.alias or name for name, field in model.model_fields.items())
    return {name: row[name] for name in names if name in row}


def monitor_config(monitor: Monitor) -> dict[str, Any]:
    """Write what a person configured, secrets hidden: the form that a merge patch works on."""
    # The store leaves out what is null.
    model = KINDS[monitor.kind].block
    stored = {name: each for name, each in monitor.probe.items() if name in model.model_fields}
    block = {**model().model_dump(), **stored}
    block = monitor_secrets.mask(block, monitor.secret_fields)
    return {
        "name": monitor.name,
        "kind": monitor.kind,
        "target": monitor.target,
        "interval_seconds": monitor.interval_seconds,
        "timeout_ms": monitor.timeout_ms,
        "regions": list(monitor.regions),
        "strategy": monitor.strategy,
        "verification": to_json(monitor.policy),
        "grace_period_seconds": monitor.grace_period_seconds,
        monitor.kind: block,
        "assertions": [
            {name: value for name, value in to_json(each).items() if value is not None}
            for each in monitor.assertions
        ],
        "degraded_after_ms": monitor.degraded_after_ms,
        "channels": None if monitor.channels is None else list(monitor.channels),
        "escalation_policy": monitor.escalation_policy,
        "depends_on": list(monitor.depends_on),
        "runbook_url": monitor.runbook_url,
        "slo_target_percent": monitor.slo_target_percent,
        "tags": list(monitor.tags),
    }


def serialize_policy(monitor: Monitor) -> dict[str, Any]:
    """Write the policy without what only followed from the number of regions."""
    default = to_json(Policy.default_for(len(monitor.regions)))
    return {
        name: value for name, value in to_json(monitor.policy).items() if value != default[name]
    }


def monitor_out(
    monitor: Monitor,
    state: State | None,
    newest: Newest,
    now: datetime,
    announced: Interval | None = None,
) -> dict[str, Any]:
    """Write a monitor with where it stands.

    Args:
        announced: the maintenance window that it is in.
    """
    current = state is not None and state.revision == monitor.revision
    status, since = status_of(monitor, state, newest, now)
    if announced is not None and status not in UNEXCUSED:
        status, since = "maintenance", announced.start
    upcoming = None if monitor.paused else next_slot(monitor.id, monitor.interval_seconds, now)
    last = newest.result
    return {
        "id": monitor.id,
        "revision": monitor.revision,
        **monitor_config(monitor),
        "status": status,
        "status_since": instant.text(since),
        "pending": _pending(monitor, status, last),
        "maintenance_until": instant.text(announced.end) if announced else None,
        "degraded": bool(state and current and state.degraded and not monitor.paused),
        "flapping": bool(state and state.flapping),
        "failing_regions": sorted(known_failing(monitor, state)) if state else [],
        "next_check_at": instant.text(upcoming) if upcoming else None,
        "last_checked_at": instant.text(last.started_at) if last else None,
        "created_at": instant.text(monitor.created_at),
        "updated_at": instant.text(monitor.updated_at),
    }


def _pending(monitor: Monitor, status: str, newest: Result | None) -> dict[str, Any] | None:
    return to_json(describe_pending(monitor, newest)) if status == Status.PENDING else None


def ping_url(monitor: Monitor, public_url: str) -> dict[str, str]:
    """Write where the job of a heartbeat pings; nothing for other kinds."""
    ping_id = monitor.probe.get("ping_id")
    return {"ping_url": f"{public_url}/ping/{ping_id}"} if ping_id else {}


def status_of(
    monitor: Monitor, state: State | None, newest: Newest, now: datetime
) -> tuple[str, datetime]:
    """Return where a monitor stands, and since when.

    Without a result for three intervals nobody knows; an abstention is none, for it says nothing
    about the target.
    """
    if monitor.paused:
        decided = state is not None and state.status is Status.PAUSED
        return Status.PAUSED.value, state.since if state and decided else monitor.updated_at
    silent = silent_since(monitor, newest.seen.slot if newest.seen else None, now)
    if silent is not None:
        return "unknown", silent
    if state is None or state.status is Status.PAUSED:
        return Status.PENDING.value, monitor.enabled_at
    return state.status.value, state.since


def result_out(result: Result) -> dict[str, Any]:
    """Write a result."""
    return select_fields(ResultOut, {**to_json(result), "ip_version": result.ip_version})


def transition_out(transition: Transition) -> dict[str, Any]:
    """Write a ledger row; `from` and `to` are its words for the two statuses."""
    row = to_json(transition)
    row |= {"from": row["from_status"], "to": row["to_status"]}
    return select_fields(TransitionOut, {**row, "explanation": to_json(explanation_of(transition))})


def incident_out(incident: Incident) -> dict[str, Any]:
    """Write an incident."""
    row = to_json(incident)
    return select_fields(IncidentOut, {"id": row["incident_id"], **row})


def alert_out(alert: Alert) -> dict[str, Any]:
    """Write an outbox row without the content that its message was made of."""
    row = to_json(alert)
    return select_fields(AlertOut, {"transition": row["kind"], **row})


def token_out(token: ApiToken) -> dict[str, Any]:
    """Write an API token, neither its secret nor the hash of it."""
    row = to_json(token)
    return select_fields(TokenOut, {"id": row["token_id"], **row})


def person_out(person: User) -> dict[str, Any]:
    """Write somebody who may sign in."""
    return select_fields(PersonOut, to_json(person))


def audit_out(entry: AuditEntry) -> dict[str, Any]:
    """Write an entry of the audit log."""
    row = to_json(entry)
    return select_fields(AuditOut, {"id": row["entry_id"], **row})


def channel_out(channel: Channel) -> dict[str, Any]:
    """Write a channel, its secrets hidden."""
    row = to_json(channel)
    row["events"] = [*row["events"], *([UNKNOWN] if channel.announces_unknown else [])]
    secret = CHANNEL_KINDS[channel.kind].secret_fields
    hidden_fields = [name for name in channel.secret_fields if name in secret]
    block = {**row["options"], **dict.fromkeys(hidden_fields, HIDDEN)}
    return {**select_fields(ChannelOut, row), channel.kind: block}
