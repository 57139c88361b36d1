"""What a person sees of the probes on the running mesh."""

import time
from collections import Counter
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from tests.scenes.client import Mesh, at, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

HEALTHY = 50


def test_three_regions_take_turns_and_each_result_says_how_it_went(mesh: Mesh) -> None:
    monitor_id = mesh.add_monitor("Turns", mesh.target("turns"))

    def in_turn() -> list[dict[str, Any]]:
        found = mesh.results(monitor_id)[::-1]
        return [each for each in found if each["purpose"] == "scheduled"][-7:]

    def is_served(found: list[dict[str, Any]]) -> bool:
        # On a busy machine a check or two may expire.
        return len(found) == 7 and all(each["outcome"] == "success" for each in found)

    results = until(in_turn, is_served, "seven results in a row", 110)
    for earlier, later in pairwise(results):
        assert (at(later["slot"]) - at(earlier["slot"])).total_seconds() == 10
        assert later["region"] != earlier["region"]
    assert {each["region"] for each in results} == set(mesh.run["regions"])
    for each in results:
        assert each["lateness_ms"] >= 0
        assert each["timings"]["total_ms"] >= each["timings"]["ttfb_ms"] > 0


def test_a_probe_on_demand_answers_from_all_regions(mesh: Mesh) -> None:
    monitor_id = mesh.add_monitor("On demand", mesh.target("on-demand"))
    answer = mesh.post(f"/v1/monitors/{monitor_id}/check")
    assert {each["region"] for each in answer["items"]} == set(mesh.run["regions"])
    assert {each["purpose"] for each in answer["items"]} == {"manual"}


def test_a_port_is_probed_too(mesh: Mesh) -> None:
    port = mesh.run["targets_url"].rsplit(":", 1)[1]
    monitor_id = mesh.add_monitor("Port", f"127.0.0.1:{port}", kind="tcp")
    mesh.await_status(monitor_id, "up")
    (first, *_) = mesh.results(monitor_id)
    assert first["timings"]["connect_ms"] is not None


def test_a_black_hole_makes_no_other_monitor_late(mesh: Mesh) -> None:
    healthy = [
        mesh.add_monitor(f"Healthy {count}", mesh.target(f"healthy-{count}"))
        for count in range(HEALTHY)
    ]
    mesh.await_status(healthy[-1], "up")
    time.sleep(40)
    before = [late for each in healthy for late in _lateness(mesh, each)]
    hole = mesh.add_monitor(
        "Hole", f"{mesh.run['targets_url']}/hang", timeout_ms=9000, grace_period_seconds=0
    )
    mesh.await_status(hole, "down", 120)
    time.sleep(40)
    for monitor_id in healthy:
        mesh.call("POST", f"/v1/monitors/{monitor_id}/pause")
    after = [late for each in healthy for late in _lateness(mesh, each, newest=4)]
    outcomes = Counter(
        each["outcome"] for monitor_id in healthy for each in mesh.results(monitor_id)
    )
    assert outcomes["success"] == outcomes.total(), outcomes
    # A check held up by the hanging one would be late by seconds; the noise of a small machine
    # is not what this is about.
    assert median(after) < median(before) + 2000


def _lateness(mesh: Mesh, monitor_id: str, newest: int = 200) -> list[int]:
    scheduled = [each for each in mesh.results(monitor_id) if each["purpose"] == "scheduled"]
    return [each["lateness_ms"] for each in scheduled[:newest]]
