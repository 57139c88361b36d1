"""Uptime over a window, from results and incidents as they are stored."""

from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh import history
from sentinelmesh.domain.incidents.incident import IncidentState
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.values.instant import text
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import planned_result, put_results, slot_before
from tests.support.builders import a_monitor, an_incident

MONITOR = a_monitor()
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def monitor(stage: Stage) -> None:
    stage.backend.monitors.create(MONITOR)


def uptime(stage: Stage, window: str = "24h") -> dict[str, Any]:
    figures: dict[str, Any] = stage.get(f"/v1/monitors/mon_1/uptime?window={window}")
    return figures


def put_minutes(stage: Stage, count: int, **changes: Any) -> None:
    slots = (slot_before(stage, MONITOR, place) for place in range(1, count + 1))
    put_results(stage, (planned_result(MONITOR, slot, **changes) for slot in slots))


def test_nothing_is_said_where_there_is_nothing_to_count(stage: Stage) -> None:
    figures = uptime(stage)
    assert figures["uptime_percent"] is None
    assert figures["success_percent"] is None
    assert figures["latency_ms"] == {}
    assert figures["unknown_seconds"] == 3600
    assert sum(point["planned"] for point in figures["series"]) == 60
    assert not any(point["success"] for point in figures["series"])
    assert figures["coverage_percent"] == 0


def test_an_incident_counts_as_down_and_a_gap_as_not_covered(stage: Stage) -> None:
    """Thirty minutes are known: six minutes down are a fifth of them."""
    put_minutes(stage, 30, latency_ms=40.0)
    began = stage.now - timedelta(minutes=10)
    put_incident(
        stage,
        an_incident(
            opened_at=began,
            state=IncidentState.RESOLVED,
            resolved_at=began + timedelta(minutes=6),
            duration_seconds=360,
        ),
    )
    figures = uptime(stage)
    assert (figures["downtime_seconds"], figures["incidents"]) == (360, 1)
    assert figures["uptime_percent"] == pytest.approx(80, abs=1)
    assert figures["unknown_seconds"] == pytest.approx(1800, abs=60)
    assert figures["success_percent"] == 100
    assert figures["coverage_percent"] == 50
    told = {region: each["p50"] for region, each in figures["latency_ms"].items()}
    assert told == pytest.approx(dict.fromkeys(MONITOR.regions, 40), rel=0.02)
    assert sum(point["success"] for point in figures["series"]) == 30
    assert figures["counted_from"] == text(MONITOR.created_at)


def test_an_open_incident_that_began_before_the_window_fills_it(stage: Stage) -> None:
    stage.pass_time(days=3)
    put_minutes(stage, 3, outcome=Outcome.FAILURE)
    put_incident(stage, an_incident(opened_at=stage.now - timedelta(days=2)))
    figures = uptime(stage)
    assert figures["uptime_percent"] == 0
    known = figures["downtime_seconds"]
    assert known == pytest.approx(180, abs=60), "of what nobody saw nothing is said"
    assert figures["unknown_seconds"] == 86_400 - known


def test_incidents_are_read_only_as_far_back_as_the_window(stage: Stage) -> None:
    stage.pass_time(days=100)
    put_minutes(stage, 1)
    for count in range(60):
        began = stage.now - timedelta(days=count + 1)
        put_incident(
            stage,
            an_incident(
                incident_id=f"inc_{1000 - count:04}",
                opened_at=began,
                state=IncidentState.RESOLVED,
                resolved_at=began + timedelta(hours=1),
            ),
        )
    figures = uptime(stage, "90d")
    assert figures["incidents"] == 30, "without rollups nothing is known of the time before"
    assert figures["counted_from"] == text(stage.now - timedelta(days=30)), "as results are kept"
    stage.calls.made.clear()
    assert uptime(stage, "7d")["incidents"] == 7
    # The token, the monitor; its rollups and the newest of them, its results, its incidents, the
    # maintenance windows.
    assert sorted(stage.calls.made) == ["GetItem"] * 2 + ["Query"] * 5


def test_more_results_than_an_answer_can_wait_for_are_counted_from_a_moment_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_RESULTS", 20)
    put_minutes(stage, 20)
    assert uptime(stage)["counted_from"] == text(MONITOR.created_at)
    older = (slot_before(stage, MONITOR, place) for place in range(21, 40))
    put_results(stage, (planned_result(MONITOR, slot) for slot in older))
    figures = uptime(stage)
    assert figures["counted_from"] == text(slot_before(stage, MONITOR, 21) + SECOND)
    assert sum(point["success"] for point in figures["series"]) == 20
    assert figures["coverage_percent"] == 100


def test_a_monitor_of_this_very_moment_has_no_figures(stage: Stage) -> None:
    made = stage.add_monitor()["id"]
    stage.now -= timedelta(milliseconds=300)
    figures = stage.get(f"/v1/monitors/{made}/uptime?window=90d")
    assert figures["uptime_percent"] is None
    assert figures["coverage_percent"] is None


def test_a_window_is_one_of_five(stage: Stage) -> None:
    assert stage.call("GET", "/v1/monitors/mon_1/uptime?window=1y").status == 400
    assert stage.get("/v1/monitors/mon_1/uptime")["window"] == "24h"


def test_a_window_may_begin_anywhere(stage: Stage) -> None:
    put_minutes(stage, 30)
    since = text(stage.now - timedelta(minutes=10))
    figures: dict[str, Any] = stage.get(f"/v1/monitors/mon_1/uptime?from={since}")
    assert (figures["window"], figures["watched_seconds"]) == ("from", 600)
    assert sum(point["success"] for point in figures["series"]) == 10


def test_a_target_comes_with_its_budget(stage: Stage) -> None:
    assert uptime(stage)["slo"] is None
    changed = {"slo_target_percent": 99.0}
    assert stage.call("PATCH", "/v1/monitors/mon_1", changed).status == 200
    put_minutes(stage, 60)
    began = stage.now - timedelta(minutes=10)
    ended = began + timedelta(seconds=18)
    put_incident(stage, an_incident(opened_at=began, resolved_at=ended))
    assert uptime(stage)["slo"] == {
        "target_percent": 99.0,
        "budget_seconds": 36,
        "spent_seconds": 18,
        "left_percent": 50.0,
        "burn_rate": 0.5,
        "is_met": True,
    }
