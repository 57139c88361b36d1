"""Domain objects as the JSON that callers see: snake_case, RFC 3339, nothing secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from sentinelmesh.domain import instant
from sentinelmesh.domain.alert import Alert, Channel
from sentinelmesh.domain.incident import Incident, Status
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Result
from sentinelmesh.domain.schedule import next_slot
from sentinelmesh.domain.state import State, Transition

HIDDEN = "***"
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


def monitor_config(monitor: Monitor) -> dict[str, Any]:
    """Write what a person configured, secrets hidden: the form that a merge patch works on."""
    block = dict(monitor.probe)
    hidden = {
        name.removeprefix("headers."): HIDDEN
        for name in monitor.secret_fields
        if name.startswith("headers.")
    }
    if hidden:
        block["headers"] = {**block.get("headers", {}), **hidden}
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


def monitor_out(
    monitor: Monitor, state: State | None, newest: Result | None, now: datetime
) -> dict[str, Any]:
    """Write a monitor with where it stands."""
    current = state is not None and state.revision == monitor.revision
    status, since = status_of(monitor, state, newest, now)
    upcoming = None if monitor.paused else next_slot(monitor.id, monitor.interval_seconds, now)
    return {
        "id": monitor.id,
        "revision": monitor.revision,
        **monitor_config(monitor),
        "status": status,
        "status_since": instant.text(since),
        "degraded": bool(newest and newest.degraded and not monitor.paused),
        "failing_regions": list(state.failing_regions) if state and current else [],
        "next_check_at": instant.text(upcoming) if upcoming else None,
        "last_checked_at": instant.text(newest.started_at) if newest else None,
        "created_at": instant.text(monitor.created_at),
        "updated_at": instant.text(monitor.updated_at),
    }


def status_of(
    monitor: Monitor, state: State | None, newest: Result | None, now: datetime
) -> tuple[str, datetime]:
    """Say where a monitor stands; without results for three intervals nobody knows."""
    if monitor.paused:
        return Status.PAUSED.value, monitor.updated_at
    silence = UNKNOWN_AFTER * monitor.interval
    last = max(newest.slot, monitor.scheduled_since) if newest else monitor.scheduled_since
    if now - last > silence + monitor.timeout:
        return "unknown", last
    if state is None or state.status is Status.PAUSED:
        return Status.PENDING.value, monitor.enabled_at
    return state.status.value, state.since


def result_out(result: Result) -> dict[str, Any]:
    """Write a result."""
    return plain(result)


def transition_out(transition: Transition) -> dict[str, Any]:
    """Write a ledger row; `from` and `to` are its words for the two statuses."""
    row = plain(transition)
    return {"from": row.pop("from_status"), "to": row.pop("to_status"), **row}


def incident_out(incident: Incident) -> dict[str, Any]:
    """Write an incident."""
    row = plain(incident)
    return {"id": row.pop("incident_id"), **row}


def alert_out(alert: Alert) -> dict[str, Any]:
    """Write an outbox row without the content that its message was made of."""
    row = plain(alert)
    row.pop("content")
    return {"transition": row.pop("kind"), **row}


def channel_out(channel: Channel) -> dict[str, Any]:
    """Write a channel, its secrets hidden."""
    row = plain(channel)
    hidden = dict.fromkeys(row.pop("secret_fields"), HIDDEN)
    block = {**row.pop("options"), **hidden}
    return {**row, channel.kind: block}
