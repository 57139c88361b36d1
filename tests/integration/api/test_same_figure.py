"""One definition, one figure: in the list, on the monitor's page, in its SLO, on status pages."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.publisher.reader import Gatherer
from functions.rollup.rebuild import Recounter
from sentinelmesh.domain.incidents.incident import REGIONAL, Flip, IncidentState, Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.status_pages.status_page import ShownMonitor, StatusPage
from sentinelmesh.messages import RecountMessage
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import put_state
from tests.support.builders import REGIONS, START, a_monitor, a_result, an_incident

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOWS = {"day": "24h", "week": "7d", "month": "30d", "quarter": "90d"}
BORN = START - 12 * DAY
TARGET = 98.0
MONITOR = a_monitor(
    id="mon_shop",
    interval_seconds=3600,
    created_at=BORN,
    scheduled_since=BORN,
    slo_target_percent=TARGET,
)
PAGE = StatusPage(
    id="sp_1",
    slug="shop",
    name="Shop status",
    created_at=BORN,
    updated_at=BORN,
    monitors=(ShownMonitor(monitor_id=MONITOR.id, name="Web shop", since=BORN),),
)
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


@pytest.fixture
def publisher(stage: Stage) -> Gatherer:
    """Return what reads for status pages; it keeps what it has read for a while."""
    backend = stage.backend
    return Gatherer(
        monitors=backend.monitors,
        states=backend.states,
        newest=backend.newest,
        incidents=backend.incidents,
        history=backend.history,
        clock=lambda: stage.now,
    )


def shown(stage: Stage, publisher: Gatherer) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of the list and of the monitor's page; a status page shows the longest."""
    (row,) = stage.get("/v1/overview")["items"]
    exact = {}
    for name, window in WINDOWS.items():
        seen = stage.get(f"/v1/monitors/{MONITOR.id}/uptime?window={window}")
        exact[name] = seen["uptime_percent"]
        _check_objective(seen)
    published = publisher.gather([PAGE])[MONITOR.id].quarter.uptime_percent
    assert published == pytest.approx(exact["quarter"], abs=0.002)
    return row["uptime_percent"], exact


def _check_objective(seen: dict[str, Any]) -> None:
    """See that what is left of the budget follows from the uptime that is shown beside it."""
    if seen["uptime_percent"] is None:
        assert seen["slo"] is None
        return
    assert seen["slo"]["spent_seconds"] == seen["downtime_seconds"]
    left = 100 * (1 - (100 - seen["uptime_percent"]) / (100 - TARGET))
    assert seen["slo"]["left_percent"] == pytest.approx(left, abs=0.2)


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


def test_the_overview_and_the_uptime_of_one_monitor_agree(
    stage: Stage, publisher: Gatherer
) -> None:
    monitor = a_past(stage)
    put_state(stage, monitor, Status.UP)
    count(stage, monitor)
    listed, exact = shown(stage, publisher)
    assert all(50 < figure < 99.5 for figure in exact.values()), exact
    assert listed == pytest.approx(exact, abs=0.001)


def test_failing_probes_of_a_new_monitor_are_no_uptime(stage: Stage, publisher: Gatherer) -> None:
    new = replace(MONITOR, created_at=START - 2 * HOUR, scheduled_since=START - 2 * HOUR)
    stage.backend.monitors.create(new)
    put_state(stage, new, Status.PENDING)
    for slot in planned_slots(new.id, 3600, START - 2 * HOUR, START):
        stage.backend.results.put(a_result(new, slot, REGIONS[0], outcome=Outcome.FAILURE))
    listed, exact = shown(stage, publisher)
    assert listed == exact == dict.fromkeys(WINDOWS)


GRACE = timedelta(minutes=5)
QUICK = a_monitor(
    id="mon_shop",
    created_at=START,
    enabled_at=START,
    scheduled_since=START,
    grace_period_seconds=300,
    slo_target_percent=TARGET,
)


@pytest.mark.parametrize("is_counted", [False, True])
@pytest.mark.parametrize("first_pass", [None, 2, 9])
def test_a_new_monitor_has_one_figure_at_every_moment(
    stage: Stage, publisher: Gatherer, first_pass: int | None, *, is_counted: bool
) -> None:
    """It fails until its first pass, if there is one, and is announced as down after the grace."""
    stage.backend.monitors.create(QUICK)
    slots = list(planned_slots(QUICK.id, 60, START, START + timedelta(minutes=80)))
    worked_since, began = None, slots[0] + timedelta(seconds=1)
    for minute, slot in enumerate(slots):
        passes = first_pass is not None and minute >= first_pass
        outcome = Outcome.SUCCESS if passes else Outcome.FAILURE
        stage.backend.results.put(a_result(QUICK, slot, REGIONS[0], outcome=outcome))
        stage.now = slot + timedelta(seconds=30)
        worked_since = worked_since or (slot if passes else None)
        is_over = stage.now >= START + GRACE and worked_since is None
        status = Status.UP if worked_since else Status.DOWN if is_over else Status.PENDING
        put_state(stage, QUICK, status, worked_since=worked_since)
        _follow_outage(stage, began, is_down=is_over, ended_at=worked_since)
        if is_counted and minute % 30 == 29:
            recounter(stage).carry_out(RecountMessage(monitor_id=QUICK.id, until=stage.now))
        if minute in {0, 1, 3, 5, 6, 12, 15, 61, 79}:
            listed, exact = shown(stage, publisher)
            assert listed == pytest.approx(exact, abs=0.002), minute
            if first_pass is None:
                assert set(exact.values()) == {0.0 if is_over else None}
            if first_pass == 2 and minute > 2:
                assert set(exact.values()) == {100.0}


def _follow_outage(
    stage: Stage, began: datetime, *, is_down: bool, ended_at: datetime | None
) -> None:
    """Open the outage of a monitor that never worked, or resolve it; its cache is a minute old."""
    resolved = ended_at if ended_at and ended_at >= START + GRACE else None
    if is_down or resolved:
        state = IncidentState.RESOLVED if resolved else IncidentState.OPEN
        outage = an_incident(
            monitor_id=QUICK.id, opened_at=began, resolved_at=resolved, state=state
        )
        put_incident(stage, outage)
