"""A target that breaks and works again all the time, on the running mesh."""

import time

import pytest

from tests.scenes.client import Mesh

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]


def test_a_target_that_changes_all_the_time_is_told_as_flapping(mesh: Mesh) -> None:
    heard = mesh.add_channels("flapper")
    monitor_id = mesh.add_monitor("Flapper", mesh.target("flapper"), channels=heard.ids)
    mesh.await_status(monitor_id, "up")
    for _ in range(3):
        for status in ("down", "up"):
            mesh.switch("flapper", status)
            mesh.await_status(monitor_id, status)
    assert mesh.monitor(monitor_id)["flapping"]
    heard.await_counts((3, 3, 3))
    types = [hook["body"]["type"] for hook in heard.hooks()]
    assert types == ["incident.opened", "incident.resolved", "incident.flapping"]

    mesh.switch("flapper", "down")
    mesh.await_status(monitor_id, "down")
    time.sleep(5)
    assert heard.counts() == (3, 3, 3), "what goes on is in the incident"
    newest = mesh.incidents(monitor_id)[0]
    assert (newest["state"], newest["flapping"]) == ("open", True)
    assert [flip["up"] for flip in newest["flips"]] == [True, False]
