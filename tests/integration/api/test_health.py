"""Health: what each part says, for anybody, cheaply."""

from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.errors import UnreadableRow
from tests.integration.api.stage import Stage
from tests.integration.api.test_incidents import put_row
from tests.integration.api.watched import monitor_of, planned_result, put_results, slot_before
from tests.support.builders import START


def beat(stage: Stage, name: str, **facts: object) -> None:
    stage.backend.heartbeats.beat(name, stage.now, facts)


def health(stage: Stage, status: int = 200) -> dict[str, Any]:
    """Ask after the last answer has become old."""
    stage.pass_time(seconds=6)
    answer = stage.call("GET", "/health", token=None)
    assert answer.status == status, answer
    body: dict[str, Any] = answer.body
    return body


def put_recent_result(stage: Stage, monitor_id: str) -> None:
    monitor = monitor_of(stage, monitor_id)
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor))])


def put_last_results(stage: Stage, monitor_id: str, *, without: str = "") -> None:
    """Record the results of the last slots, those of one region left out."""
    monitor = monitor_of(stage, monitor_id)
    results = (planned_result(monitor, slot_before(stage, monitor, count)) for count in range(8))
    put_results(stage, (each for each in results if each.region != without))


def test_a_region_that_is_not_believed_is_named(stage: Stage) -> None:
    beat(stage, "scheduler", tick_at="2026-01-01T13:00:00Z")
    beat(stage, "verifier", lag_ms=80)
    beat(stage, "regions", distrusted=["us-east-1"])
    told = stage.get("/health")
    assert told["status"] == "degraded"
    assert told["components"]["stream"]["distrusted_regions"] == ["us-east-1"]
    stage.pass_time(minutes=6)
    beat(stage, "scheduler", tick_at="2026-01-01T13:06:00Z")
    assert health(stage)["components"]["stream"]["distrusted_regions"] == [], "nobody judges"


def test_a_mesh_that_does_its_work_is_ok_and_names_no_target(stage: Stage) -> None:
    monitor_id = stage.add_monitor(name="Secret Project", target="https://hidden.example/")["id"]
    stage.pass_time(hours=1)
    put_last_results(stage, monitor_id)
    beat(stage, "scheduler", tick_at="2026-01-01T13:00:00Z")
    beat(stage, "verifier", lag_ms=80)
    beat(stage, "sight", watched=7, silent=1, shortest_interval_seconds=60)
    seen = health(stage)
    assert seen["status"] == "ok"
    assert {part["status"] for part in seen["components"].values()} == {"ok"}
    assert seen["components"]["stream"]["lag_ms"] == 80
    assert "hidden" not in repr(seen)
    assert monitor_id not in repr(seen)


def test_an_empty_mesh_waits_for_its_first_tick(stage: Stage) -> None:
    seen = health(stage)
    assert (seen["status"], seen["components"]["last_tick"]["status"]) == ("degraded", "degraded")
    beat(stage, "scheduler")
    assert health(stage)["status"] == "ok"


def test_without_a_tick_for_three_minutes_nothing_is_watched(stage: Stage) -> None:
    beat(stage, "scheduler")
    stage.pass_time(minutes=2)
    assert health(stage)["status"] == "ok"
    stage.pass_time(minutes=1)
    assert health(stage, 503)["components"]["last_tick"]["status"] == "down"


def test_a_stream_that_lags_is_degraded(stage: Stage) -> None:
    beat(stage, "scheduler")
    beat(stage, "verifier", lag_ms=59_999)
    assert health(stage)["components"]["stream"]["status"] == "ok"
    beat(stage, "verifier", lag_ms=60_000)
    assert health(stage)["components"]["stream"]["status"] == "degraded"


@pytest.mark.parametrize(("lag_ms", "status"), [(9_999, "ok"), (10_000, "degraded")])
def test_a_lag_of_the_shortest_interval_in_use_is_degraded(
    stage: Stage, lag_ms: int, status: str
) -> None:
    stage.add_monitor(interval_seconds=10, timeout_ms=5000)
    stage.add_monitor(interval_seconds=300)
    beat(stage, "scheduler")
    beat(stage, "verifier", lag_ms=lag_ms)
    assert health(stage)["components"]["stream"]["status"] == status


def test_the_shortest_interval_is_that_of_all_monitors(stage: Stage) -> None:
    stage.add_monitor(interval_seconds=300)
    beat(stage, "scheduler")
    beat(stage, "verifier", lag_ms=20_000)
    assert health(stage)["components"]["stream"]["status"] == "ok"
    beat(stage, "sight", watched=900, silent=0, shortest_interval_seconds=20)
    assert health(stage)["components"]["stream"]["status"] == "degraded"


def test_results_that_the_verifier_never_read_mean_that_nobody_decides(stage: Stage) -> None:
    """Its last sign of life was fine; since then results came, and it is silent."""
    monitor_id = stage.add_monitor()["id"]
    stage.pass_time(hours=1)
    beat(stage, "verifier", lag_ms=80)
    put_recent_result(stage, monitor_id)
    stage.pass_time(minutes=4)
    beat(stage, "scheduler")
    put_results(
        stage,
        [
            planned_result(
                monitor_of(stage, monitor_id), slot_before(stage, monitor_of(stage, monitor_id))
            )
        ],
    )
    assert health(stage)["components"]["stream"]["status"] == "ok"
    stage.pass_time(minutes=2)
    beat(stage, "scheduler")
    seen = health(stage, 503)
    assert seen["components"]["stream"]["status"] == "down"


def test_rare_results_that_were_read_are_fine(stage: Stage) -> None:
    monitor_id = stage.add_monitor(interval_seconds=3600)["id"]
    stage.pass_time(hours=5)
    monitor = monitor_of(stage, monitor_id)
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor))])
    now, stage.now = stage.now, slot_before(stage, monitor) + timedelta(seconds=2)
    beat(stage, "verifier", lag_ms=50)
    stage.now = now
    beat(stage, "scheduler")
    assert health(stage)["components"]["stream"]["status"] == "ok"


def test_monitors_that_are_silent_too_long_are_degraded(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    paused = stage.add_monitor()["id"]
    stage.post(f"/v1/monitors/{paused}/pause")
    beat(stage, "scheduler")
    assert health(stage)["components"]["last_result"] == {"status": "ok", "at": None}
    stage.pass_time(minutes=10)
    beat(stage, "scheduler")
    assert health(stage)["components"]["last_result"]["status"] == "degraded"
    put_recent_result(stage, monitor_id)
    beat(stage, "verifier", lag_ms=1)
    seen = health(stage)["components"]["last_result"]
    assert (seen["status"], seen["at"] is None) == ("ok", False)


def test_an_alert_that_waits_too_long_is_degraded(stage: Stage) -> None:
    beat(stage, "scheduler")
    put_row(stage, AlertKind.OPENED)
    assert health(stage)["components"]["queues"]["oldest_due_alert_seconds"] == 4
    stage.pass_time(minutes=6)
    beat(stage, "scheduler")
    seen = health(stage)["components"]["queues"]
    assert (seen["status"], seen["oldest_due_alert_seconds"]) == ("degraded", 370)


def test_messages_that_wait_are_counted(stage: Stage) -> None:
    beat(stage, "scheduler")
    for _ in range(3):
        stage.mesh.sqs().send_message(QueueUrl=stage.mesh.queue_url("evaluations"), MessageBody="x")
    seen = health(stage)["components"]["queues"]
    assert seen["waiting"] == {"ticks": 0, "evaluations": 3, "alert_retries": 0, "recounts": 0}


def test_anybody_may_ask_often_and_pays_for_one_answer(stage: Stage) -> None:
    for _ in range(30):
        stage.add_monitor()
    stage.pass_time(hours=1)
    stage.calls.made.clear()
    first = stage.call("GET", "/health", token=None)
    asked = len(stage.calls.made)
    assert asked <= 38
    stage.pass_time(seconds=4)
    assert stage.call("GET", "/health", token=None).text == first.text
    assert stage.call("HEAD", "/health", token=None).status == first.status
    assert len(stage.calls.made) == asked
    stage.pass_time(seconds=2)
    stage.call("GET", "/health", token=None)
    assert len(stage.calls.made) > asked


def test_a_clock_that_was_set_back_keeps_no_old_answer(stage: Stage) -> None:
    stage.call("GET", "/health", token=None)
    stage.now = START - timedelta(hours=1)
    stage.calls.made.clear()
    stage.call("GET", "/health", token=None)
    assert stage.calls.made


def test_rows_that_this_version_cannot_read_are_named(stage: Stage) -> None:
    beat(stage, "scheduler")
    assert health(stage)["components"]["rows"] == {"status": "ok", "unreadable": []}
    for number in range(25):
        stage.put_odd("directory", {"kind": {"S": "channel"}, "id": {"S": f"ch_odd{number:02}"}})
    stage.pass_time(minutes=1)
    beat(stage, "scheduler")
    seen = health(stage)
    assert seen["status"] == "degraded"
    (channels,) = seen["components"]["rows"]["unreadable"]
    assert (channels["kind"], channels["total"]) == ("channel", 25)
    assert channels["ids"] == [f"ch_odd{number:02}" for number in range(20)]


def test_a_monitor_that_can_be_read_again_is_named_no_more(stage: Stage) -> None:
    beat(stage, "scheduler")
    monitor_id = stage.add_monitor()["id"]
    key = {"monitor_id": {"S": monitor_id}}
    kept = stage.mesh.dynamodb.get_item(TableName=stage.mesh.tables["monitors"], Key=key)["Item"]
    stage.put_odd("monitors", key)
    stage.backend.unreadable.note(UnreadableRow("monitor", monitor_id, "of another version"))
    named = health(stage)["components"]["rows"]["unreadable"]
    assert named == [{"kind": "monitor", "total": 1, "ids": [monitor_id]}]
    stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["monitors"], Item=kept)
    stage.pass_time(minutes=1)
    beat(stage, "scheduler")
    assert health(stage)["components"]["rows"]["unreadable"] == []


@pytest.mark.parametrize(
    ("table", "key", "listing"),
    [
        ("monitors", {"monitor_id": {"S": "mon_odd"}}, "/v1/monitors"),
        ("directory", {"kind": {"S": "channel"}, "id": {"S": "ch_odd"}}, "/v1/channels"),
        (
            "directory",
            {"kind": {"S": "maintenance_window"}, "id": {"S": "mw_odd"}},
            "/v1/maintenance-windows",
        ),
        (
            "directory",
            {"kind": {"S": "escalation_policy"}, "id": {"S": "esc_odd"}},
            "/v1/escalation-policies",
        ),
        ("directory", {"kind": {"S": "status_page"}, "id": {"S": "sp_odd"}}, "/v1/status-pages"),
    ],
)
def test_what_this_version_cannot_read_is_left_out_of_lists_and_explained_by_its_id(
    stage: Stage, table: str, key: dict[str, Any], listing: str
) -> None:
    stage.put_odd(table, {**key})
    assert stage.get(listing)["items"] == []
    odd = [*key.values()][-1]["S"]
    answer = stage.call("GET", f"{listing}/{odd}")
    assert answer.status == 500
    assert odd in answer.body["detail"]
    assert "another version" in answer.body["detail"]
