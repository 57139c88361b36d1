"""A day in samples: one result for each half hour, every incident, and nothing invented."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sentinelmesh.domain.incidents.incident import IncidentState
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import planned_slots
from sentinelmesh.domain.probing.result import Outcome, Purpose
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import planned_result, put_results
from tests.support.builders import START, a_monitor, a_result, an_incident

HOUR = timedelta(hours=1)
HALF = timedelta(minutes=30)
BEGAN = START - 3 * HOUR


def watched(stage: Stage, **changes: Any) -> Monitor:
    """Have a monitor that has been there for three hours, with a result for each slot."""
    monitor = a_monitor(created_at=BEGAN, interval_seconds=600, **changes)
    stage.backend.monitors.create(monitor)
    put_results(stage, (planned_result(monitor, slot) for slot in slots(monitor)))
    return monitor


def slots(monitor: Monitor) -> list[Any]:
    return list(planned_slots(monitor.id, monitor.interval_seconds, BEGAN, START))


def trend(stage: Stage, monitor_id: str = "mon_1") -> dict[str, Any]:
    found: dict[str, Any] = stage.get(f"/v1/overview/trends?ids={monitor_id}")
    return found


def test_half_hours_without_a_result_are_empty_and_never_up(stage: Stage) -> None:
    watched(stage)
    seen = trend(stage)
    (item,) = seen["items"]
    assert seen["step_seconds"] == 1800
    assert seen["starts_at"] == "2025-12-31T12:30:00Z"
    # Six half hours were watched; the present one has only just begun.
    assert item["cells"] == ["empty"] * 41 + ["up"] * 6 + ["empty"]
    assert item["latency_ms"] == [None] * 41 + [35.5] * 6 + [None]


def test_any_incident_colours_its_half_hours(stage: Stage) -> None:
    watched(stage)
    opened = START - HOUR + timedelta(minutes=25)
    resolved = opened + timedelta(minutes=10)
    put_incident(
        stage,
        an_incident(opened_at=opened, resolved_at=resolved, state=IncidentState.RESOLVED),
    )
    (item,) = trend(stage)["items"]
    assert item["cells"][-4:] == ["up", "down", "down", "empty"]


def test_a_sample_tells_failure_abstention_and_slowness_apart(stage: Stage) -> None:
    monitor = a_monitor(created_at=BEGAN, interval_seconds=1800)
    stage.backend.monitors.create(monitor)
    kinds: list[dict[str, Any]] = [
        {"outcome": Outcome.FAILURE},
        {"outcome": Outcome.UNKNOWN},
        {"degraded": True},
        {},
    ]
    planned = slots(monitor)
    results = [
        planned_result(monitor, slot, **kind) for slot, kind in zip(planned, kinds, strict=False)
    ]
    put_results(stage, results)
    (item,) = trend(stage)["items"]
    assert [each for each in item["cells"] if each != "empty"] == [
        "failing", "unknown", "degraded", "up",
    ]  # fmt: skip


def test_what_an_earlier_revision_saw_is_found_too(stage: Stage) -> None:
    monitor = watched(stage)
    edited = replace(monitor, revision=2, name="Renamed", updated_at=START)
    stage.backend.monitors.replace(edited)
    (item,) = trend(stage)["items"]
    assert item["cells"].count("up") == 6


def test_other_probes_than_the_scheduled_are_no_samples(stage: Stage) -> None:
    monitor = a_monitor(created_at=BEGAN)
    stage.backend.monitors.create(monitor)
    slot = slots(monitor)[0]
    put_results(stage, [a_result(monitor, slot, "eu-west-1", purpose=Purpose.MANUAL)])
    (item,) = trend(stage)["items"]
    assert set(item["cells"]) == {"empty"}


def test_the_past_is_read_once(stage: Stage) -> None:
    watched(stage)
    trend(stage)
    stage.calls.made.clear()
    stage.pass_time(seconds=30)
    trend(stage)
    # The token, the monitor, and the half hour that is not over: addressed and searched.
    assert len(stage.calls.made) <= 4
    assert stage.calls.made.count("Query") <= 1


def test_monitors_that_are_gone_are_left_out_and_too_many_are_refused(stage: Stage) -> None:
    watched(stage)
    assert [each["id"] for each in trend(stage, "mon_1,mon_none,mon_1")["items"]] == ["mon_1"]
    many = ",".join(f"mon_{number}" for number in range(61))
    assert stage.call("GET", f"/v1/overview/trends?ids={many}").status == 400
    assert stage.call("GET", "/v1/overview/trends").status == 400
