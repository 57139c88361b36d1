"""Many monitors of one host fail in the same moment, on the running mesh."""

import pytest

from tests.scenes.client import Mesh

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

MANY = 6


def test_many_that_fail_at_once_are_told_in_one_message(mesh: Mesh) -> None:
    heard = mesh.add_channels("stormy")
    target = mesh.target("stormy")
    monitors = [
        mesh.add_monitor(f"Stormy {number}", target, channels=heard.ids) for number in range(MANY)
    ]
    for each in monitors:
        mesh.await_status(each, "up")
    mesh.switch("stormy", "down")
    for each in monitors:
        mesh.await_status(each, "down")
    heard.await_counts((1, 1, 1))
    (hook,) = heard.hooks()
    group = hook["body"]["data"]["group"]
    assert (group["total"], group["lasting"]) == (MANY, MANY)
    assert group["cause"]["shared_by"] == MANY
    incidents = {mesh.incidents(each)[0]["id"] for each in monitors}
    assert {each["incident_id"] for each in group["members"]} == incidents
    shown = mesh.get(f"/v1/incidents/{min(incidents)}")["group"]
    assert {each["id"] for each in shown["incidents"]} == incidents
    assert shown["cause"]["value"] == group["cause"]["value"]

    mesh.switch("stormy", "up")
    for each in monitors:
        mesh.await_status(each, "up")
    heard.await_counts((2, 2, 2))
    types = [each["body"]["type"] for each in heard.hooks()]
    assert types == ["incident.opened", "incident.resolved"]
    assert heard.hooks()[1]["body"]["data"]["group"]["lasting"] == 0
