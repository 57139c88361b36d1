"""Heartbeats: the monitor, its address, and what becomes of each ping."""

from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.heartbeat import Pings
from tests.integration.api.stage import Stage

BLOCK = {"cron": "0 3 * * *", "time_zone": "Europe/Berlin", "grace_seconds": 600}


def a_heartbeat(stage: Stage, **changes: Any) -> dict[str, Any]:
    return stage.add_monitor(kind="heartbeat", target="nightly backup", **changes)


def path_of(stage: Stage, monitor: dict[str, Any]) -> str:
    url: str = monitor["ping_url"]
    return url.removeprefix(stage.backend.settings.public_url)


def heard(stage: Stage, monitor: dict[str, Any]) -> Pings:
    pings = stage.backend.pings.get(monitor["ping_url"].rsplit("/", 1)[1])
    assert pings is not None
    return pings


def test_a_heartbeat_is_looked_at_from_home_and_one_look_is_enough(stage: Stage) -> None:
    made = a_heartbeat(stage, heartbeat=BLOCK)
    assert made["regions"] == [stage.backend.settings.home_region]
    verification = made["verification"]
    assert [verification[name] for name in ("quorum", "confirm_after", "recover_after")] == [1] * 3
    assert made["heartbeat"] == {"period_seconds": 86_400, **BLOCK}
    assert "ping_id" not in made["heartbeat"]
    assert "ping_url" not in stage.add_monitor()
    assert heard(stage, made) == Pings(monitor_id=made["id"], waiting_since=stage.now)


def test_the_address_stays_when_the_monitor_is_edited(stage: Stage) -> None:
    made = a_heartbeat(stage)
    address = f"/v1/monitors/{made['id']}"
    edited = stage.call("PATCH", address, {"heartbeat": {"grace_seconds": 60}}).body
    assert edited["ping_url"] == made["ping_url"]
    assert edited["heartbeat"]["grace_seconds"] == 60


def test_start_and_end_of_a_run_are_noted_with_what_it_says(stage: Stage) -> None:
    made = a_heartbeat(stage)
    path = path_of(stage, made)
    began = stage.now
    assert stage.call("GET", f"{path}/start").text == "OK\n"
    stage.now += timedelta(seconds=90)
    assert stage.call("POST", path).status == 200
    assert heard(stage, made) == Pings(
        monitor_id=made["id"],
        waiting_since=began,
        finished_at=stage.now,
        run_started_at=began,
        note="",
    )


@pytest.mark.parametrize(
    ("suffix", "failed", "code"),
    [
        ("", False, None),
        ("/fail", True, None),
        ("/0", False, 0),
        ("/3", True, 3),
        ("/255", True, 255),
    ],
)
def test_an_end_is_good_or_bad(
    stage: Stage, suffix: str, code: int | None, *, failed: bool
) -> None:
    made = a_heartbeat(stage)
    assert stage.call("HEAD", path_of(stage, made) + suffix).status == 200
    told = heard(stage, made)
    assert (told.failed, told.exit_code, told.finished_at) == (failed, code, stage.now)


def test_a_line_of_log_means_nothing(stage: Stage) -> None:
    made = a_heartbeat(stage)
    assert stage.call("GET", path_of(stage, made) + "/log").status == 200
    assert heard(stage, made).finished_at is None


@pytest.mark.parametrize("code", ["256", "-1", "x", "1000"])
def test_what_is_no_exit_code_is_refused(stage: Stage, code: str) -> None:
    made = a_heartbeat(stage)
    assert stage.call("GET", f"{path_of(stage, made)}/{code}").status == 404
    assert heard(stage, made).finished_at is None


def test_nobody_fills_the_table_with_addresses_of_their_own(stage: Stage) -> None:
    for suffix in ("", "/start", "/fail", "/log", "/1"):
        answer = stage.call("POST", f"/ping/00000000-0000-4000-8000-000000000000{suffix}")
        assert answer.status == 404
    kinds = {item["kind"]["S"] for item in stage.mesh.items("directory")}
    assert not any(kind.startswith("ping#") for kind in kinds)


def test_what_was_told_before_a_pause_does_not_count_after_it(stage: Stage) -> None:
    made = a_heartbeat(stage)
    address = f"/v1/monitors/{made['id']}"
    stage.call("POST", f"{address}/pause", {})
    stage.now += timedelta(days=9)
    stage.call("POST", f"{address}/resume", {})
    assert heard(stage, made).waiting_since == stage.now


def test_a_deleted_heartbeat_hears_nothing(stage: Stage) -> None:
    made = a_heartbeat(stage)
    assert stage.call("DELETE", f"/v1/monitors/{made['id']}").status == 204
    assert stage.call("GET", path_of(stage, made)).status == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"heartbeat": {"cron": "nonsense"}}, "/heartbeat"),
        ({"heartbeat": {"cron": "0 3 * * *", "time_zone": "Mars"}}, "/heartbeat"),
        ({"heartbeat": {"period_seconds": 5}}, "/heartbeat/period_seconds"),
        ({"regions": ["ap-southeast-1"]}, "/regions"),
    ],
)
def test_a_mistake_gets_its_place(stage: Stage, changes: dict[str, Any], pointer: str) -> None:
    wanted = {"name": "B", "kind": "heartbeat", "target": "backup", **changes}
    answer = stage.call("POST", "/v1/monitors", wanted)
    assert answer.status == 422
    assert pointer in answer.errors
