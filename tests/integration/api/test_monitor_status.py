"""Where a monitor stands, as the API tells it from state, newest results and the clock."""

from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.first_check import first_look_slot
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values.instant import text
from tests.integration.api.stage import Stage
from tests.integration.api.watched import (
    monitor_of,
    planned_result,
    put_results,
    put_state,
    slot_before,
)
from tests.support.builders import a_result

UP = Status.UP


def shown(stage: Stage, monitor_id: str) -> dict[str, Any]:
    monitor: dict[str, Any] = stage.get(f"/v1/monitors/{monitor_id}")
    return monitor


def watched(stage: Stage, hours: float = 1, **fields: Any) -> str:
    """Add a monitor some time ago."""
    monitor_id: str = stage.add_monitor(**fields)["id"]
    stage.pass_time(hours=hours)
    return monitor_id


def test_a_new_monitor_says_what_it_is_waiting_for(stage: Stage) -> None:
    monitor = monitor_of(stage, stage.add_monitor()["id"])
    alerts_from = text(monitor.grace_ends_at)
    assert shown(stage, monitor.id)["pending"] == {
        "phase": "first_check_running",
        "alerts_from": alerts_from,
        "error": None,
        "detail": None,
    }
    slot = first_look_slot(monitor)
    assert slot is not None
    stage.now = slot + timedelta(seconds=2)
    refused = a_result(
        monitor,
        slot,
        monitor.regions[0],
        outcome=Outcome.FAILURE,
        purpose=Purpose.FIRST_LOOK,
        error="connect_refused",
        detail="connection refused",
    )
    put_results(stage, [refused])
    seen = shown(stage, monitor.id)
    assert seen["pending"] == {
        "phase": "failing",
        "alerts_from": alerts_from,
        "error": "connect_refused",
        "detail": "connection refused",
    }
    assert stage.get("/v1/overview")["items"][0]["pending"] == seen["pending"]
    put_state(stage, monitor, UP)
    assert shown(stage, monitor.id)["pending"] is None


@pytest.mark.parametrize(
    ("patch", "is_looked_at"),
    [
        ({"target": "https://shop.example/other"}, True),
        ({"assertions": [{"source": "status", "operator": "equals", "value": 201}]}, True),
        ({"http": {"method": "HEAD"}}, True),
        ({"timeout_ms": 1234}, True),
        ({"name": "Another name"}, False),
        ({"interval_seconds": 300}, False),
        ({"tags": ["x"]}, False),
    ],
)
def test_what_is_probed_is_looked_at_at_once_after_an_edit(
    stage: Stage, patch: dict[str, Any], *, is_looked_at: bool
) -> None:
    before = monitor_of(stage, watched(stage))
    assert before.probed_since == before.created_at
    stage.call("PATCH", f"/v1/monitors/{before.id}", patch)
    after = monitor_of(stage, before.id)
    assert after.revision == before.revision + 1
    assert after.probed_since == (stage.now if is_looked_at else before.probed_since)


def test_a_resumed_monitor_is_looked_at_at_once(stage: Stage) -> None:
    monitor_id = watched(stage)
    stage.call("POST", f"/v1/monitors/{monitor_id}/pause", {})
    stage.pass_time(minutes=9)
    stage.call("POST", f"/v1/monitors/{monitor_id}/resume", {})
    assert monitor_of(stage, monitor_id).probed_since == stage.now


@pytest.mark.parametrize("status", [UP, Status.VERIFYING, Status.DOWN, Status.PENDING])
def test_the_status_is_what_the_verifier_says(stage: Stage, status: Status) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor))])
    put_state(stage, monitor, status, failing_regions=("us-east-1",))
    seen = shown(stage, monitor.id)
    assert (seen["status"], seen["status_since"]) == (status.value, text(stage.now))
    assert seen["failing_regions"] == ["us-east-1"]


def test_an_edit_makes_us_forget_which_regions_fail(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_state(stage, monitor, UP, failing_regions=("us-east-1",), revision=0)
    assert shown(stage, monitor.id)["failing_regions"] == []


def test_an_edit_does_not_hide_the_region_of_an_open_regional_incident(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_state(stage, monitor, UP, failing_regions=("us-east-1",), regional=True, revision=0)
    assert shown(stage, monitor.id)["failing_regions"] == ["us-east-1"]


def test_without_results_for_three_intervals_nobody_knows(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_state(stage, monitor, UP)
    last = slot_before(stage, monitor)
    put_results(stage, [planned_result(monitor, last)])
    limit = last + 3 * monitor.interval + monitor.timeout
    for moment, status in ((limit, "up"), (limit + timedelta(seconds=1), "unknown")):
        stage.now = moment
        assert shown(stage, monitor.id)["status"] == status
    assert shown(stage, monitor.id)["status_since"] == text(last)


def test_a_monitor_that_never_had_a_result_is_pending_and_then_unknown(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    assert shown(stage, monitor_id)["status"] == "pending"
    stage.pass_time(minutes=5)
    seen = shown(stage, monitor_id)
    assert (seen["status"], seen["status_since"]) == ("unknown", seen["created_at"])
    assert seen["last_checked_at"] is None


def test_abstentions_are_checks_that_say_nothing_about_the_target(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_state(stage, monitor, UP)
    slots = [slot_before(stage, monitor, count) for count in range(6)]
    silent = [
        planned_result(monitor, slot, outcome=Outcome.UNKNOWN, error="expired")
        for slot in slots[:4]
    ]
    put_results(stage, [*silent, planned_result(monitor, slots[4])])
    seen = shown(stage, monitor.id)
    assert (seen["status"], seen["status_since"]) == ("unknown", text(slots[4]))
    assert seen["last_checked_at"] == text(silent[0].started_at)


def test_a_manual_probe_says_nothing_about_the_timetable(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_state(stage, monitor, UP)
    put_results(stage, [a_result(monitor, stage.now, "us-east-1", purpose=Purpose.MANUAL)])
    seen = shown(stage, monitor.id)
    assert (seen["status"], seen["last_checked_at"]) == ("unknown", None)


def test_degraded_is_what_the_verifier_says_and_not_one_slow_answer(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor), degraded=True)])
    for said in (False, True):
        put_state(stage, monitor, UP, degraded=said)
        assert shown(stage, monitor.id)["degraded"] is said


def test_a_pause_dates_from_the_decision_whatever_is_edited_meanwhile(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor))])
    stage.post(f"/v1/monitors/{monitor.id}/pause")
    put_state(stage, monitor, Status.PAUSED)
    paused_at = text(stage.now)
    stage.pass_time(hours=1)
    stage.call("PATCH", f"/v1/monitors/{monitor.id}", {"name": "Other"})
    seen = shown(stage, monitor.id)
    assert (seen["status"], seen["status_since"]) == ("paused", paused_at)
    assert seen["last_checked_at"] is not None


def test_a_resumed_monitor_is_pending_until_something_is_decided(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    stage.post(f"/v1/monitors/{monitor.id}/pause")
    put_state(stage, monitor, Status.PAUSED)
    stage.pass_time(hours=1)
    seen = stage.post(f"/v1/monitors/{monitor.id}/resume")
    assert (seen["status"], seen["status_since"]) == ("pending", text(stage.now))


@pytest.mark.parametrize("strategy", ["rotate", "all"])
@pytest.mark.parametrize("age", [0, 1, 2, 4, 9, 40])
def test_the_last_check_is_found_however_long_ago_it_was(
    stage: Stage, strategy: str, age: int
) -> None:
    monitor = monitor_of(stage, watched(stage, strategy=strategy))
    region = planned_result(monitor, slot_before(stage, monitor, age)).region
    if strategy == "all" and age > 1:
        region = monitor.regions[-1]
    result = a_result(monitor, slot_before(stage, monitor, age), region)
    put_results(stage, [result])
    assert shown(stage, monitor.id)["last_checked_at"] == text(result.started_at)


def test_the_last_check_before_an_edit_or_a_pause_is_still_the_last(stage: Stage) -> None:
    monitor = monitor_of(stage, watched(stage))
    result = planned_result(monitor, slot_before(stage, monitor, 1))
    put_results(stage, [result])
    edited = stage.call("PATCH", f"/v1/monitors/{monitor.id}", {"name": "Other"}).body
    paused = stage.post(f"/v1/monitors/{monitor.id}/pause")
    stage.pass_time(hours=5)
    later = shown(stage, monitor.id)
    assert {each["last_checked_at"] for each in (edited, paused, later)} == {
        text(result.started_at)
    }
