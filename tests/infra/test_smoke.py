"""`make smoke`: what it says about a mesh that works, and about ones that do not."""

import os
import subprocess
from typing import Any

import pytest

from tests.infra.programs import program
from tests.infra.stand_in import TOKEN, StandIn, served
from tests.infra.synthesizing import REPOSITORY

pytestmark = pytest.mark.enable_socket
smoke = program("smoke")


def check(mesh: StandIn, token: str = TOKEN, **changes: Any) -> tuple[bool, list[str]]:
    """Check a mesh without patience; gives whether it works, and what was said."""
    said: list[str] = []
    with served(mesh) as url:
        wanted = {"patience": 0.0, "pause": 0.0, **changes}
        well = smoke.run(smoke.Smoke(url, token, **wanted), said.append)
    return well, said


def failed_step(said: list[str]) -> str:
    (line,) = [each for each in said if each.startswith("FAILED")]
    return line.removeprefix("FAILED").strip()


def test_a_mesh_that_works_is_said_to_work_step_by_step() -> None:
    mesh = StandIn()
    well, said = check(mesh)
    assert well
    assert [line.split(maxsplit=1)[0] for line in said[:-1]] == ["ok"] * 7
    assert said[-1] == "The mesh works."
    assert "eu-west-1 42 ms, us-east-1 42 ms" in said[3]


def test_the_monitor_is_gone_in_the_end() -> None:
    mesh = StandIn()
    check(mesh)
    assert not mesh.monitors
    assert mesh.requests[-2:] == ["DELETE /v1/monitors/mon_smoke", "GET /v1/monitors/mon_smoke"]


def test_the_monitor_is_probed_from_everywhere_and_alerts_nobody() -> None:
    mesh = StandIn(stays=True)
    check(mesh, target="https://shop.example/")
    (made,) = mesh.monitors.values()
    assert made["target"] == "https://shop.example/"
    assert made["strategy"] == "all"
    assert made["channels"] == [], "left out it would be every channel"
    assert made["timeout_ms"] < 1000 * made["interval_seconds"]


def test_results_are_waited_for() -> None:
    mesh = StandIn(unready_polls=3)
    well, _ = check(mesh, patience=60.0)
    assert well
    assert len([each for each in mesh.requests if "/results" in each]) == 4


def test_a_silent_region_is_named() -> None:
    mesh = StandIn(outcomes={"eu-west-1": "success"})
    well, said = check(mesh)
    assert not well
    assert failed_step(said) == "results    nothing within 0 s from us-east-1"
    assert "prober's log" in said[said.index(f"FAILED  {failed_step(said)}") + 1]


def test_a_region_that_sees_the_target_fail_says_why() -> None:
    mesh = StandIn(outcomes={"eu-west-1": "success", "us-east-1": "failure"})
    _, said = check(mesh)
    assert "us-east-1 says failure, connect_timeout: no connection" in failed_step(said)
    assert any("Take a TARGET that answers to everybody" in line for line in said)


def test_results_that_nobody_judges_are_not_enough() -> None:
    well, said = check(StandIn(status="pending"))
    assert not well
    assert failed_step(said) == "verdict    still pending after 0 s"
    assert any("verifier's log" in line for line in said)


def test_a_failed_check_cleans_up_and_fails() -> None:
    mesh = StandIn(outcomes={})
    well, said = check(mesh)
    assert not well
    assert not mesh.monitors
    assert said[-2].startswith("ok      delete")
    assert said[-1] == "The mesh does not work as it should."


def test_a_mesh_that_does_not_watch_is_not_probed() -> None:
    ill = {"status": "down", "components": {"last_tick": {"status": "down"}}}
    mesh = StandIn(health=ill)
    well, said = check(mesh)
    assert not well
    assert failed_step(said) == "health     last_tick is down"
    assert mesh.requests == ["GET /health"]


def test_a_degraded_mesh_is_tried_all_the_same() -> None:
    ill = {"status": "degraded", "components": {"queues": {"status": "degraded"}}}
    well, said = check(StandIn(health=ill))
    assert well
    assert said[0] == "ok      health     degraded (queues is degraded)"


def test_a_wrong_token_is_told_from_a_sick_mesh() -> None:
    well, said = check(StandIn(), token="smk_wrong")
    assert not well
    assert failed_step(said) == "sign in    GET /v1/monitors answered 401"
    assert any("Make an API token" in line for line in said)


def test_what_the_api_does_not_like_is_passed_on() -> None:
    _, said = check(StandIn(refuses_creation=True))
    assert "answered 422: the target is not allowed" in failed_step(said)


def test_a_monitor_that_stays_is_a_failure() -> None:
    well, said = check(StandIn(stays=True))
    assert not well
    assert failed_step(said).startswith("delete     GET /v1/monitors/mon_smoke answered 200")


def test_something_else_at_the_address_is_not_taken_for_a_mesh() -> None:
    _, said = check(StandIn(health={"hello": "world"}))
    assert "does not speak SentinelMesh" in failed_step(said)


def test_an_answer_of_another_version_is_no_crash() -> None:
    well, said = check(StandIn(health={"status": "ok", "components": {"tables": "fine"}}))
    assert not well
    assert "not what this version of the API gives" in failed_step(said)


def test_an_address_where_nobody_listens_is_told() -> None:
    said: list[str] = []
    assert not smoke.run(smoke.Smoke("http://127.0.0.1:9", TOKEN), said.append)
    assert "no answer from http://127.0.0.1:9" in failed_step(said)


def test_the_token_is_not_carried_to_another_address() -> None:
    elsewhere = StandIn()
    with served(elsewhere) as other:
        well, _ = check(StandIn(redirects_to=other))
    assert not well
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("url", "token", "sentence"),
    [
        ("", "", "usage: make smoke"),
        ("https://mesh.example", "", "usage: make smoke"),
        ("mesh.example", "smk_x", "no http or https address"),
        ("ftp://mesh.example", "smk_x", "no http or https address"),
        ("http://mesh.example", "smk_x", "use https"),
    ],
)
def test_unusable_arguments_get_a_sentence(url: str, token: str, sentence: str) -> None:
    said: list[str] = []
    assert smoke.main({"URL": url, "TOKEN": token}, said.append) == 1
    assert sentence in said[0]


def test_it_runs_by_make_and_ends_with_the_right_code() -> None:
    for mesh, code in ((StandIn(), 0), (StandIn(refuses_creation=True), 2)):
        with served(mesh) as url:
            done = subprocess.run(  # noqa: S603 (our own Makefile)
                ["make", "smoke", f"URL={url}/", f"TOKEN={TOKEN}"],  # noqa: S607
                cwd=REPOSITORY,
                env={"PATH": os.environ["PATH"]},
                capture_output=True,
                text=True,
                check=False,
            )
        # make's own code for a failed program is 2.
        assert done.returncode == code, done.stderr
        assert "ok      sign in" in done.stdout
