"""What is less than an outage, on the running mesh: told as what it is, where that is asked for."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.scenes.client import Listeners, Mesh, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

FAILING = "us-east-1"


def await_incident(mesh: Mesh, monitor_id: str, state: str) -> None:
    """Wait until a monitor's only incident has come to a state."""
    until(
        lambda: [each["state"] for each in mesh.incidents(monitor_id)],
        lambda states: states == [state],
        f"the incident of {monitor_id} to be {state}",
        150,
    )


def titles(heard: Listeners) -> list[str]:
    """Return what the mails are about, without how long it lasted."""
    return [mail["subject"].partition(" after ")[0] for mail in heard.mails()]


def test_a_regional_trouble_and_a_slow_target_are_told_only_where_that_is_asked_for(
    mesh: Mesh,
) -> None:
    heard = {each: mesh.add_channels(each) for each in ("one-region", "sluggish", "unasked")}
    slow = {"degraded_after_ms": 1500, "timeout_ms": 9000}

    def watch(target: str, listener: str, **fields: Any) -> str:
        return mesh.add_monitor(target, mesh.target(target), channels=heard[listener].ids, **fields)

    regional = watch("one-region", "one-region", verification={"regional_incidents": True})
    degraded = watch("sluggish", "sluggish", verification={"degraded_incidents": True}, **slow)
    untold = [watch("one-region", "unasked"), watch("sluggish", "unasked", **slow)]
    for monitor_id in (regional, degraded, *untold):
        mesh.await_status(monitor_id, "up")

    mesh.switch("one-region", "down", regions=FAILING)
    mesh.switch("sluggish", "slow")
    for monitor_id, severity in ((regional, "regional"), (degraded, "degraded")):
        await_incident(mesh, monitor_id, "open")
        assert [each["severity"] for each in mesh.incidents(monitor_id)] == [severity]
        assert mesh.monitor(monitor_id)["status"] == "up", "it works all the same"
    _await_told(heard, 1)
    assert titles(heard["one-region"]) == ["REGIONAL: one-region"]
    assert titles(heard["sluggish"]) == ["DEGRADED: sluggish"]
    until(lambda: mesh.monitor(untold[0])["failing_regions"], lambda seen: seen == [FAILING],
          "the failing region to be named", 60)  # fmt: skip
    until(lambda: mesh.monitor(untold[1])["degraded"], bool, "it to be degraded", 60)

    for name in ("one-region", "sluggish"):
        mesh.switch(name, "up")
    for monitor_id in (regional, degraded):
        await_incident(mesh, monitor_id, "resolved")
    _await_told(heard, 2)
    assert titles(heard["one-region"])[-1] == "Regional problem over: one-region"
    assert titles(heard["sluggish"])[-1] == "Well again: sluggish"
    time.sleep(5)
    _await_told(heard, 2)
    for monitor_id in (regional, degraded, *untold):
        figures = mesh.get(f"/v1/monitors/{monitor_id}/uptime?window=24h")
        assert figures["uptime_percent"] == 100, "neither counts as downtime"


def _await_told(heard: Mapping[str, Listeners], messages: int) -> None:
    """Wait for so many messages to each channel that asked, and none to who did not."""
    for name in ("one-region", "sluggish"):
        heard[name].await_counts((messages, messages, messages))
    assert heard["unasked"].counts() == (0, 0, 0)
