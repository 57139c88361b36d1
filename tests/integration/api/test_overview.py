"""All monitors at a glance: problems first, figures from incidents, and next to no reading."""

from collections import Counter
from datetime import timedelta
from typing import Any

from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.values import instant
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import planned_result, put_results, put_state, slot_before
from tests.support.builders import START, a_monitor, an_incident

HOUR = timedelta(hours=1)


def watched(stage: Stage, name: str, status: Status = Status.UP, **changes: Any) -> Monitor:
    """Have a monitor whose last slot has passed."""
    monitor = a_monitor(id=f"mon_{name}", name=name, created_at=START - 100 * 24 * HOUR)
    stage.backend.monitors.create(monitor)
    put_state(stage, monitor, status, **changes)
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor))])
    return monitor


def names(overview: dict[str, Any]) -> list[str]:
    return [each["name"] for each in overview["items"]]


def test_what_somebody_should_look_at_comes_first(stage: Stage) -> None:
    watched(stage, "fine")
    watched(stage, "slow", degraded=True)
    watched(stage, "regional", failing_regions=("us-east-1",))
    watched(stage, "suspect", Status.VERIFYING)
    watched(stage, "broken", Status.DOWN)
    stage.backend.monitors.create(a_monitor(id="mon_silent", name="silent"))
    stage.backend.monitors.create(a_monitor(id="mon_paused", name="halted", paused=True))
    seen = stage.get("/v1/overview")
    order = ["broken", "silent", "suspect", "regional", "slow", "fine", "halted"]
    assert names(seen) == order
    assert [each["name"] for each in seen["items"] if each["is_problem"]] == order[:5]
    assert seen["problems"] == 5
    assert seen["counts"] == {
        "down": 1,
        "unknown": 1,
        "verifying": 1,
        "maintenance": 0,
        "pending": 0,
        "up": 3,
        "paused": 1,
    }
    assert seen["complete"] is True


def test_uptime_is_the_time_without_an_open_incident(stage: Stage) -> None:
    monitor = watched(stage, "shop")
    for number, (began, lasted) in enumerate([(2, 6), (48, 24), (24 * 20, 36)]):
        opened = START - began * HOUR
        resolved = opened + lasted / 10 * HOUR
        put_incident(
            stage,
            an_incident(
                monitor_id=monitor.id,
                incident_id=f"inc_{9 - number}",
                opened_at=opened,
                resolved_at=resolved,
                state=IncidentState.RESOLVED,
            ),
        )
    (row,) = stage.get("/v1/overview")["items"]
    assert row["uptime_percent"] == {
        "day": 97.5,
        "week": round(100 - 100 * 3 / (7 * 24), 3),
        # A long window begins with a whole day.
        "month": round(100 - 100 * 6.6 / (30 * 24 + 12), 3),
        "quarter": round(100 - 100 * 6.6 / (90 * 24 + 12), 3),
    }


def test_an_outage_that_began_long_ago_and_is_still_open_counts(stage: Stage) -> None:
    monitor = watched(stage, "shop", Status.DOWN)
    put_incident(stage, an_incident(monitor_id=monitor.id, opened_at=START - 95 * 24 * HOUR))
    (row,) = stage.get("/v1/overview")["items"]
    assert set(row["uptime_percent"].values()) == {0}


def test_announced_maintenance_is_a_status_of_its_own_and_neither_up_nor_down(
    stage: Stage,
) -> None:
    monitor = watched(stage, "shop", Status.VERIFYING)
    window = {
        "name": "Move",
        "starts_at": instant.text(START - 6 * HOUR),
        "ends_at": instant.text(START + HOUR),
        "monitors": [monitor.id],
    }
    stage.post("/v1/maintenance-windows", window)
    opened = START - 9 * HOUR
    put_incident(
        stage,
        an_incident(
            monitor_id=monitor.id,
            opened_at=opened,
            resolved_at=opened + 4 * HOUR,
            state=IncidentState.RESOLVED,
        ),
    )
    overview = stage.get("/v1/overview")
    (row,) = overview["items"]
    assert (row["status"], row["is_problem"]) == ("maintenance", False)
    assert overview["counts"]["maintenance"] == 1
    # Three hours of the outage count, of the eighteen that were not announced.
    assert row["uptime_percent"]["day"] == round(100 * 15 / 18, 3)


def test_nothing_is_said_about_a_monitor_that_nobody_has_seen_yet(stage: Stage) -> None:
    stage.add_monitor()
    (row,) = stage.get("/v1/overview")["items"]
    assert row["status"] == "pending"
    assert set(row["uptime_percent"].values()) == {None}
    assert (row["last_checked_at"], row["latency_ms"], row["is_problem"]) == (None, None, False)


def test_who_looks_at_the_same_time_gets_the_same_answer_for_nothing(stage: Stage) -> None:
    watched(stage, "shop")
    first = stage.get("/v1/overview")
    stage.calls.made.clear()
    stage.pass_time(seconds=4)
    assert stage.get("/v1/overview") == first
    assert stage.calls.made == ["GetItem"]  # the caller's token


def test_looking_again_reads_only_what_is_new(stage: Stage) -> None:
    for number in range(120):
        watched(stage, f"{number:03}")
    assert len(stage.get("/v1/overview")["items"]) == 120
    stage.calls.made.clear()
    # Less than a slot later: some monitors have a new slot, the others are not asked about.
    stage.pass_time(seconds=6)
    stage.get("/v1/overview")
    calls = Counter(stage.calls.made)
    assert (calls["Scan"], calls["GetItem"]) == (1, 1)
    assert calls["BatchGetItem"] <= 1
    # The monitors, and the maintenance windows.
    assert calls["Query"] == 2


def test_a_new_result_an_edit_and_a_new_status_are_seen(stage: Stage) -> None:
    monitor = watched(stage, "shop")
    stage.get("/v1/overview")
    stage.pass_time(seconds=60)
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor), latency_ms=77.5)])
    put_state(stage, monitor, Status.VERIFYING)
    (row,) = stage.get("/v1/overview")["items"]
    assert (row["latency_ms"], row["status"]) == (77.5, "verifying")
    stage.call("PATCH", f"/v1/monitors/{monitor.id}", {"name": "Renamed"})
    stage.pass_time(seconds=6)
    assert names(stage.get("/v1/overview")) == ["Renamed"]
