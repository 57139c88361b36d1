"""Results, states and decisions as the other functions leave them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import regions_of, slot_at
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.verification.monitor_state import Rule, State, Transition
from sentinelmesh.storage.dynamodb.items import to_item
from tests.integration.api.stage import Stage
from tests.support.builders import START, a_result


def monitor_of(stage: Stage, monitor_id: str) -> Monitor:
    """Read a monitor as the other functions see it."""
    monitor = stage.backend.monitors.get(monitor_id)
    assert monitor is not None
    return monitor


def slot_before(stage: Stage, monitor: Monitor, count: int = 0) -> datetime:
    """Return the last slot, or one so many slots earlier."""
    return slot_at(monitor.id, monitor.interval_seconds, stage.now) - count * monitor.interval


def planned_result(monitor: Monitor, slot: datetime, **changes: Any) -> Result:
    """Build the result that the timetable has planned for a slot."""
    (region, *_) = regions_of(
        monitor.id, monitor.interval_seconds, monitor.regions, monitor.strategy, slot
    )
    return a_result(monitor, slot, region, **changes)


def put_results(stage: Stage, results: Iterable[Result]) -> None:
    """Record results as a prober does."""
    for result in results:
        stage.backend.results.put(result)


def put_state(stage: Stage, monitor: Monitor, status: Status, **changes: Any) -> State:
    """Write down where a monitor stands, as the verifier does."""
    plain: dict[str, Any] = {
        "monitor_id": monitor.id,
        "revision": monitor.revision,
        "version": 1,
        "status": status,
        "since": stage.now,
        # Whoever is no longer pending has worked from the beginning, if nothing else is given.
        "worked_since": None if status is Status.PENDING else monitor.enabled_at,
    }
    state = State(**{**plain, **changes})
    stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["states"], Item=to_item(state))
    return state


def put_transition(stage: Stage, version: int, **changes: Any) -> Transition:
    """Append a row to the decision ledger, as the verifier does."""
    plain: dict[str, Any] = {
        "monitor_id": "mon_1",
        "version": version,
        "from_status": Status.UP,
        "to_status": Status.VERIFYING,
        "at": START,
        "rule": Rule.SUSPECTED,
        "sentence": "One region failed.",
        "revision": 1,
    }
    row = Transition(**{**plain, **changes})
    stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["transitions"], Item=to_item(row))
    return row
