"""Maintenance on the running mesh: silence while it lasts, and no longer."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenes.client import Mesh, at, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(400)]

LASTS = timedelta(seconds=45)


def test_an_outage_in_a_window_is_told_when_the_window_ends(mesh: Mesh) -> None:
    heard = mesh.add_channels("patching")
    monitor_id = mesh.add_monitor("Patching", mesh.target("patching"), channels=heard.ids)
    mesh.await_status(monitor_id, "up")
    now = datetime.now(UTC)
    window = mesh.post(
        "/v1/maintenance-windows",
        {
            "name": "Patching",
            "starts_at": (now - timedelta(seconds=5)).isoformat(),
            "ends_at": (now + LASTS).isoformat(),
            "monitors": [monitor_id],
        },
    )
    mesh.switch("patching", "down")
    until(
        lambda: mesh.results(monitor_id, "?outcome=failure"),
        lambda failures: len(failures) >= 2,
        "two failing probes in the window",
        60,
    )
    assert mesh.monitor(monitor_id)["status"] == "maintenance"
    assert heard.counts() == (0, 0, 0)
    time.sleep(max(0.0, (at(window["ends_at"]) - datetime.now(UTC)).total_seconds()))
    assert heard.counts() == (0, 0, 0)
    mesh.await_status(monitor_id, "down")
    heard.await_counts((1, 1, 1))
    (incident,) = mesh.incidents(monitor_id)
    assert at(incident["opened_at"]) >= at(window["ends_at"])
    figures = mesh.get(f"/v1/monitors/{monitor_id}/uptime")
    assert figures["maintenance_seconds"] >= LASTS.total_seconds()
