"""Health: regions that have not reported, and monitors that nobody can judge."""

from sentinelmesh.domain.values.instant import text
from tests.integration.api.stage import Stage
from tests.integration.api.test_health import beat, health, put_last_results


def test_a_mesh_whose_regions_have_not_reported_yet_is_starting(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    beat(stage, "scheduler")
    beat(stage, "verifier", lag_ms=80)
    seen = health(stage)
    assert (seen["status"], seen["components"]["regions"]["status"]) == ("starting", "starting")
    assert len(seen["components"]["regions"]["waiting_for"]) == 3
    stage.pass_time(minutes=7)
    beat(stage, "scheduler")
    put_last_results(stage, monitor_id)
    assert health(stage)["components"]["regions"] == {"status": "ok", "waiting_for": []}


def test_a_region_that_does_not_report_any_more_is_degraded(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    stage.pass_time(hours=1)
    beat(stage, "scheduler")
    put_last_results(stage, monitor_id, without="us-east-1")
    assert health(stage)["components"]["regions"] == {
        "status": "degraded",
        "waiting_for": ["us-east-1"],
    }


def test_a_mesh_most_of_which_is_blind_does_not_watch(stage: Stage) -> None:
    beat(stage, "scheduler")
    at = text(stage.now)
    beat(stage, "sight", watched=300, silent=290, mesh_blind_at=at)
    seen = health(stage, 503)
    assert seen["components"]["sight"] == {
        "status": "down", "watched": 300, "silent": 290, "at": at
    }  # fmt: skip
    stage.pass_time(minutes=5)
    beat(stage, "scheduler")
    beat(stage, "sight", watched=300, silent=3, mesh_blind_at=at)
    assert health(stage)["components"]["sight"]["status"] == "ok"
    stage.pass_time(minutes=13)
    beat(stage, "scheduler")
    assert health(stage)["components"]["sight"]["status"] == "degraded"
