"""Heartbeats: the monitor, its address, and what becomes of each ping."""

from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.monitors.heartbeat import Pings
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
    assert made["heartbeat"] == {"period_seconds": 86_400, "post_only": False, **BLOCK}
    assert "ping_id" not in made["heartbeat"]
    assert "ping_url" not in stage.add_monitor()
    assert heard(stage, made) == Pings(monitor_id=made["id"], waiting_since=stage.now, version=1)


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
        version=3,
    )


def test_runs_with_ids_may_overlap_and_each_has_its_duration(stage: Stage) -> None:
    made = a_heartbeat(stage)
    path = path_of(stage, made)
    first, second = (f"0b5e7d1e-0000-4000-8000-00000000000{each}" for each in "Ab")
    began = stage.now
    stage.call("GET", f"{path}/start?rid={first}")
    stage.now += timedelta(seconds=30)
    stage.call("GET", f"{path}/start?rid={second}")
    stage.now += timedelta(seconds=30)
    stage.call("GET", f"{path}?rid={first.lower()}")
    assert (heard(stage, made).run_started_at, list(heard(stage, made).runs)) == (began, [second])
    stage.call("POST", f"{path}/7?rid={second}")
    told = heard(stage, made)
    assert (told.run_started_at, told.exit_code) == (began + timedelta(seconds=30), 7)
    assert (told.started_at, dict(told.runs)) == (None, {})
    refused = stage.call("GET", f"{path}?rid=nightly")
    assert (refused.status, list(refused.errors)) == (400, ["/rid"])
    assert stage.call("GET", f"{path}?cachebuster=1").status == 200, "what nobody knows is ignored"


@pytest.mark.parametrize(
    ("suffix", "failed", "code"),
    [
        ("", False, None),
        ("/fail", True, None),
        ("/0", False, 0),
        ("/3", True, 3),
        ("/255", True, 255),
        ("/-1", True, -1),
        ("/256", True, 256),
        ("/3221225477", True, 3_221_225_477),
        ("/-1073741819", True, -1_073_741_819),
        ("/-0", False, 0),
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


def test_a_line_of_log_keeps_the_reason_of_a_failure(stage: Stage) -> None:
    made = a_heartbeat(stage)
    path = path_of(stage, made)
    stage.call("POST", f"{path}/fail", raw="disk full")
    stage.call("POST", f"{path}/log", raw="bye")
    assert (heard(stage, made).evidence, heard(stage, made).logged) == ("disk full", "bye")


@pytest.mark.parametrize("code", ["x", "12345678901", "1.5", "--1", "+1", "0x1"])
def test_what_is_no_exit_code_is_refused(stage: Stage, code: str) -> None:
    made = a_heartbeat(stage)
    assert stage.call("GET", f"{path_of(stage, made)}/{code}").status == 404
    assert heard(stage, made).finished_at is None


@pytest.mark.parametrize(
    ("query", "failed", "note", "lasted"),
    [
        ("", False, "", None),
        ("?status=up&msg=OK&ping=", False, "OK", None),
        ("?status=up&msg=done&ping=1250.5", False, "done", 1250.5),
        ("?status=down&msg=disk+full", True, "disk full", None),
        ("?status=&version=2", False, "", None),
    ],
)
def test_pushes_of_uptime_kuma_are_understood(
    stage: Stage, query: str, note: str, lasted: float | None, *, failed: bool
) -> None:
    made = a_heartbeat(stage)
    push = path_of(stage, made).replace("/ping/", "/api/push/")
    for method in ("GET", "POST"):
        answer = stage.call(method, push + query)
        assert (answer.status, answer.body) == (200, {"ok": True})
        told = heard(stage, made)
        assert (told.finished_at, told.failed, told.note) == (stage.now, failed, note)
        assert told.duration_ms == lasted
        stage.now += timedelta(seconds=1)


@pytest.mark.parametrize("ping", ["-1", "soon", "86400001", "nan"])
def test_a_duration_that_cannot_be_is_refused(stage: Stage, ping: str) -> None:
    made = a_heartbeat(stage)
    push = path_of(stage, made).replace("/ping/", "/api/push/")
    assert stage.call("GET", f"{push}?ping={ping}").status == 400
    assert heard(stage, made).finished_at is None


@pytest.mark.parametrize(
    "header",
    [
        {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://google.com/bot.html)"},
        {"user-agent": "facebookexternalhit/1.1"},
        {"user-agent": "Mozilla/5.0", "sec-purpose": "prefetch;prerender"},
        {"user-agent": "Mozilla/5.0", "x-moz": "prefetch"},
    ],
)
def test_link_previews_and_crawlers_are_answered_and_do_not_count(
    stage: Stage, header: dict[str, str]
) -> None:
    made = a_heartbeat(stage)
    for method in ("GET", "HEAD"):
        assert stage.call(method, path_of(stage, made), headers=header).status == 200
    assert heard(stage, made).finished_at is None
    stage.call("POST", path_of(stage, made), headers=header)
    assert heard(stage, made).finished_at == stage.now, "who posts means it"


@pytest.mark.parametrize(
    "agent", ["curl/8.5.0", "Wget/1.21", "backup-bot/2", "python-requests", ""]
)
def test_programs_of_all_names_count(stage: Stage, agent: str) -> None:
    made = a_heartbeat(stage)
    stage.call("GET", path_of(stage, made), headers={"user-agent": agent})
    assert heard(stage, made).finished_at == stage.now


def test_a_heartbeat_may_count_posts_only(stage: Stage) -> None:
    made = a_heartbeat(stage, heartbeat={"post_only": True})
    path = path_of(stage, made)
    for method in ("GET", "HEAD"):
        for each in (path, f"{path}/start", path.replace("/ping/", "/api/push/")):
            refused = stage.call(method, each)
            assert (refused.status, refused.headers["allow"]) == (405, "POST")
    assert heard(stage, made).finished_at is None
    assert stage.call("POST", path).status == 200
    assert heard(stage, made).finished_at == stage.now
    stage.call("PATCH", f"/v1/monitors/{made['id']}", {"heartbeat": {"post_only": False}})
    assert stage.call("GET", path).status == 200


def test_nobody_fills_the_table_with_addresses_of_their_own(stage: Stage) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for suffix in ("", "/start", "/fail", "/log", "/1"):
        for method in ("GET", "POST"):
            assert stage.call(method, f"/ping/{nobody}{suffix}").status == 404
    assert stage.call("GET", f"/api/push/{nobody}").status == 404
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
        ({"heartbeat": {"cron": "0 0 3 * * *"}}, "/heartbeat"),
        ({"heartbeat": {"cron": "*-*-* 03:00:00"}}, "/heartbeat"),
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
