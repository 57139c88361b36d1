"""One definition, one figure: the overview tells the uptime that rollups and raw results tell."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from functions.verifier.recounting import Recounter
from sentinelmesh.domain.incident import REGIONAL, Flip, IncidentState, Status
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.schedule import planned_slots
from sentinelmesh.messages import RecountMessage
from tests.building import REGIONS, START, a_monitor, a_result, an_incident
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import put_state

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOWS = {"day": "24h", "week": "7d", "month": "30d", "quarter": "90d"}
BORN = START - 12 * DAY
MONITOR = a_monitor(id="mon_shop", interval_seconds=3600, created_at=BORN, scheduled_since=BORN)
NEWS = [
    an_incident(
        monitor_id=MONITOR.id,
        incident_id="inc_1",
        opened_at=START - 3 * DAY,
        resolved_at=START - 3 * DAY + 90 * timedelta(minutes=1),
        state=IncidentState.RESOLVED,
    ),
    # It flaps: down in two of its five hours.
    an_incident(
        monitor_id=MONITOR.id,
        incident_id="inc_2",
        opened_at=START - 9 * HOUR,
        resolved_at=START - 4 * HOUR,
        state=IncidentState.RESOLVED,
        flips=(
            Flip(at=START - 8 * HOUR, up=True),
            Flip(at=START - 6 * HOUR, up=False),
            Flip(at=START - 5 * HOUR, up=True),
        ),
    ),
    an_incident(
        monitor_id=MONITOR.id, incident_id="inc_3", opened_at=START - 2 * HOUR, severity=REGIONAL
    ),
]


def recounter(stage: Stage) -> Recounter:
    history = stage.backend.history
    return Recounter(
        monitors=stage.backend.monitors,
        rollups=history.rollups,
        history=history,
        kept=history.kept,
        clock=lambda: stage.now,
    )


def live(stage: Stage, monitor: Monitor, start: datetime, end: datetime) -> None:
    """Pass each slot; nothing is known of the nights, nor of ten hours ten days ago."""
    for slot in planned_slots(monitor.id, monitor.interval_seconds, start, end):
        if not (START - 10 * DAY <= slot < START - 10 * DAY + 10 * HOUR or 0 <= slot.hour < 5):
            stage.backend.results.put(a_result(monitor, slot, REGIONS[0]))


def count(stage: Stage, monitor: Monitor) -> None:
    recounter(stage).carry_out(RecountMessage(monitor_id=monitor.id, until=stage.now - HOUR))


def shown(stage: Stage) -> tuple[dict[str, float], dict[str, float]]:
    (row,) = stage.get("/v1/overview")["items"]
    exact = {
        name: stage.get(f"/v1/monitors/{MONITOR.id}/uptime?window={window}")["uptime_percent"]
        for name, window in WINDOWS.items()
    }
    return row["uptime_percent"], exact


def a_past(stage: Stage) -> Monitor:
    """Have silence, outages, and a pause of two days that ended three days ago."""
    stage.backend.monitors.create(MONITOR)
    live(stage, MONITOR, BORN, START - 6 * DAY)
    for each in NEWS:
        put_incident(stage, each)
    paused = replace(MONITOR, revision=2, paused=True, updated_at=START - 6 * DAY)
    stage.backend.monitors.replace(paused)
    count(stage, paused)
    resumed = replace(MONITOR, revision=3, scheduled_since=START - 4 * DAY)
    stage.backend.monitors.replace(resumed)
    live(stage, resumed, resumed.scheduled_since, START)
    return resumed


def test_the_overview_and_the_uptime_of_one_monitor_agree(stage: Stage) -> None:
    monitor = a_past(stage)
    put_state(stage, monitor, Status.UP)
    count(stage, monitor)
    listed, exact = shown(stage)
    assert all(50 < figure < 99.5 for figure in exact.values()), exact
    assert listed == pytest.approx(exact, abs=0.001)


def test_failing_probes_of_a_new_monitor_are_no_uptime(stage: Stage) -> None:
    new = replace(MONITOR, created_at=START - 2 * HOUR, scheduled_since=START - 2 * HOUR)
    stage.backend.monitors.create(new)
    put_state(stage, new, Status.PENDING)
    for slot in planned_slots(new.id, 3600, START - 2 * HOUR, START):
        stage.backend.results.put(a_result(new, slot, REGIONS[0], outcome=Outcome.FAILURE))
    listed, exact = shown(stage)
    assert listed == exact == dict.fromkeys(WINDOWS)
