"""Monitors through the API: added, read, paused, resumed, deleted."""

from dataclasses import replace
from datetime import timedelta

from sentinelmesh.domain.monitors.monitor import INTERVALS
from sentinelmesh.domain.monitors.schedule import next_slot
from sentinelmesh.domain.values.instant import text
from tests.integration.api.stage import Stage
from tests.support.builders import REGIONS

WANTED = {"name": "Shop", "kind": "http", "target": "https://shop.example/health"}


ASSERTIONS = [
    {"severity": severity, "source": source, "operator": operator, "value": value, **path}
    for severity, source, operator, value, path in (
        ("failure", "body", "contains", " ok ", {}),
        ("failure", "status", "equals", 200, {}),
        ("degraded", "latency_ms", "less_than", 1500.5, {}),
        ("failure", "json", "equals", True, {"path": "$.ready"}),
        ("failure", "header", "equals", "x", {"path": "server"}),
    )
]

CAUTIOUS = {
    "quorum": 2,
    "confirm_after": 1,
    "recover_after": 1,
    "regional_incidents": False,
    "degraded_incidents": False,
    "quick_detection": True,
}

PLAIN_REQUEST: dict[str, object] = {
    "method": "GET",
    "headers": {},
    "body": None,
    "auth": None,
    "version": "1.1",
    "follow_redirects": True,
    "verify_tls": True,
    "server_name": None,
    "client_certificate": None,
    "expected_status": ["200-299"],
}


def test_only_name_kind_and_target_are_needed(stage: Stage) -> None:
    made = stage.call("POST", "/v1/monitors", WANTED)
    assert made.status == 201
    monitor = made.body
    assert made.headers["etag"] == '"1"'
    assert made.headers["location"] == f"/v1/monitors/{monitor['id']}"
    assert monitor == {
        "id": monitor["id"],
        "revision": 1,
        **WANTED,
        "interval_seconds": 60,
        "timeout_ms": 10_000,
        "regions": list(REGIONS),
        "strategy": "rotate",
        "verification": CAUTIOUS,
        "grace_period_seconds": 300,
        "http": PLAIN_REQUEST,
        "assertions": [],
        "degraded_after_ms": None,
        "channels": None,
        "escalation_policy": None,
        "slo_target_percent": None,
        "depends_on": [],
        "runbook_url": None,
        "tags": [],
        "status": "pending",
        "pending": {
            "phase": "first_check_running",
            "alerts_from": text(stage.now + timedelta(minutes=5)),
            "error": None,
            "detail": None,
        },
        "status_since": text(stage.now),
        "degraded": False,
        "flapping": False,
        "failing_regions": [],
        "maintenance_until": None,
        "next_check_at": text(next_slot(monitor["id"], 60, stage.now)),
        "last_checked_at": None,
        "created_at": text(stage.now),
        "updated_at": text(stage.now),
    }
    assert stage.get(f"/v1/monitors/{monitor['id']}") == monitor
    assert stage.get("/v1/monitors")["items"] == [monitor]


def test_what_was_written_is_what_is_read(stage: Stage) -> None:
    channel = stage.add_channel()["id"]
    wanted = {
        "name": "Shop ünïcode",
        "kind": "http",
        "target": "http://shop.example:8080/health?x=1#top",
        "interval_seconds": 30,
        "timeout_ms": 5000,
        "regions": ["us-east-1", "eu-west-1"],
        "strategy": "all",
        "verification": {
            "quorum": 1,
            "confirm_after": 2,
            "recover_after": 3,
            "regional_incidents": True,
            "degraded_incidents": True,
            "quick_detection": True,
        },
        "grace_period_seconds": 0,
        "http": {
            "method": "POST",
            "headers": {"Accept": "text/plain", "X-Trace": "  two spaces "},
            "body": "  a body\n",
            "auth": None,
            "version": "2",
            "follow_redirects": False,
            "verify_tls": False,
            "server_name": "inner.example",
            "client_certificate": None,
            "expected_status": ["200", "300-399"],
        },
        "assertions": ASSERTIONS,
        "degraded_after_ms": 1500,
        "channels": [channel],
        "escalation_policy": None,
        "slo_target_percent": None,
        "runbook_url": "https://wiki.example/shop?a=1",
        "tags": ["shop", "prod"],
    }
    made = stage.post("/v1/monitors", wanted)
    assert {name: made[name] for name in wanted} == wanted
    read = stage.get(f"/v1/monitors/{made['id']}")
    assert {name: read[name] for name in wanted} == wanted
    numbers = [each["value"] for each in read["assertions"][1:3]]
    assert [type(number) for number in numbers] == [int, float]


def test_a_tcp_monitor_has_no_http_block(stage: Stage) -> None:
    made = stage.add_monitor(kind="tcp", target="db.shop.example:5432")
    assert made["tcp"] == {"send": None, "expect": None, "tls": False, "verify_tls": True}
    assert "http" not in made


def test_the_timeout_left_out_is_shorter_than_the_interval(stage: Stage) -> None:
    for interval in INTERVALS:
        made = stage.add_monitor(interval_seconds=interval)
        assert made["timeout_ms"] == min(10_000, interval * 1000 - 1000)


def test_one_region_has_to_fail_three_times(stage: Stage) -> None:
    made = stage.add_monitor(regions=["us-east-1"])
    assert made["verification"] == {
        "quorum": 1,
        "confirm_after": 3,
        "recover_after": 1,
        "regional_incidents": False,
        "degraded_incidents": False,
        "quick_detection": True,
    }


def test_a_paused_monitor_is_checked_no_more_and_says_since_when(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    stage.pass_time(minutes=5)
    paused = stage.call("POST", f"/v1/monitors/{monitor_id}/pause")
    assert paused.headers["etag"] == '"2"'
    assert paused.body["status"] == "paused"
    assert paused.body["status_since"] == text(stage.now)
    assert paused.body["next_check_at"] is None
    assert stage.backend.monitors.get(monitor_id).paused  # type: ignore[union-attr]
    (item,) = stage.mesh.items("monitors")
    assert "due" not in item


def test_pausing_and_resuming_twice_changes_nothing_the_second_time(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    first = [stage.post(f"/v1/monitors/{monitor_id}/{verb}") for verb in ("pause", "pause")]
    assert [each["revision"] for each in first] == [2, 2]
    second = [stage.post(f"/v1/monitors/{monitor_id}/{verb}") for verb in ("resume", "resume")]
    assert [each["revision"] for each in second] == [3, 3]


def test_a_resumed_monitor_begins_with_a_grace_period_and_a_new_timetable(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    stage.post(f"/v1/monitors/{monitor_id}/pause")
    stage.pass_time(hours=3)
    resumed = stage.post(f"/v1/monitors/{monitor_id}/resume")
    assert resumed["status"] == "pending"
    assert resumed["next_check_at"] == text(next_slot(monitor_id, 60, stage.now))
    kept = stage.backend.monitors.get(monitor_id)
    assert kept is not None
    assert (kept.enabled_at, kept.scheduled_since) == (stage.now, stage.now)
    assert kept == replace(kept, paused=False)


def test_a_deleted_monitor_is_gone_and_so_are_its_secrets(stage: Stage) -> None:
    headers = {"Authorization": "Bearer canary"}
    monitor_id = stage.add_monitor(http={"headers": headers})["id"]
    gone = stage.call("DELETE", f"/v1/monitors/{monitor_id}")
    assert (gone.status, gone.text) == (204, "")
    for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("GET", "/uptime")):
        assert stage.call(method, f"/v1/monitors/{monitor_id}{suffix}").status == 404
    assert stage.mesh.client("ssm").describe_parameters()["Parameters"] == []


def test_private_targets_are_taken_where_the_deployment_allows_them(stage: Stage) -> None:
    stage.overrides = {"allow_private_targets": True}
    made = stage.add_monitor(target="http://127.0.0.1:9000/")
    assert made["target"] == "http://127.0.0.1:9000/"
