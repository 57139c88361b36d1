"""The regions of the mesh, judged by what came of the slots that were planned for them."""

from datetime import timedelta
from typing import Any

from sentinelmesh import __version__
from sentinelmesh.domain.monitors.schedule import planned_slots, regions_of
from sentinelmesh.domain.probing.result import Outcome
from tests.integration.api.stage import Stage
from tests.integration.api.watched import put_results
from tests.support.builders import REGIONS, START, a_monitor, a_result


def watched(stage: Stage, silent: str = "", **changes: dict[str, Any]) -> None:
    """Have a monitor with ten minutes of results, as its regions answered.

    Args:
        silent: a region without results.
        changes: of the results, by region with underscores.
    """
    monitor = a_monitor()
    stage.backend.monitors.create(monitor)
    begins = START - timedelta(minutes=10)
    for slot in planned_slots(monitor.id, 60, begins, START):
        (region,) = regions_of(monitor.id, 60, monitor.regions, "rotate", slot)
        if region != silent:
            odd = changes.get(region.replace("-", "_"), {})
            put_results(stage, [a_result(monitor, slot, region, **odd)])


def regions(stage: Stage) -> dict[str, dict[str, Any]]:
    return {each["region"]: each for each in stage.get("/v1/mesh")["regions"]}


def test_a_mesh_that_does_its_work(stage: Stage) -> None:
    watched(stage)
    seen = stage.get("/v1/mesh")
    assert (seen["version"], seen["home_region"]) == (__version__, "eu-west-1")
    assert [each["region"] for each in seen["regions"]] == list(REGIONS)
    assert [each["is_home"] for each in seen["regions"]] == [True, False, False]
    for each in seen["regions"]:
        assert (each["status"], each["planned"], each["answered"]) == ("ok", 2, 2)
        assert each["lateness_ms"] == {"p50": 120, "p95": 120, "most": 120}


def test_a_region_that_is_silent_one_that_abstains_and_one_that_is_late(stage: Stage) -> None:
    watched(
        stage,
        silent="us-east-1",
        ap_southeast_1={"outcome": Outcome.UNKNOWN},
        eu_west_1={"lateness_ms": 15_000},
    )
    seen = regions(stage)
    assert {name: each["status"] for name, each in seen.items()} == {
        "eu-west-1": "degraded",
        "us-east-1": "down",
        "ap-southeast-1": "degraded",
    }
    assert seen["us-east-1"]["last_result_at"] is None
    assert seen["us-east-1"]["lateness_ms"] is None
    assert seen["ap-southeast-1"]["abstained"] == 2


def test_without_monitors_nothing_is_known_of_any_region(stage: Stage) -> None:
    stage.backend.monitors.create(a_monitor(paused=True))
    assert {each["status"] for each in regions(stage).values()} == {"unknown"}
