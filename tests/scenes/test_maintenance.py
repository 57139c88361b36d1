"""Maintenance on the running mesh: silence while it lasts, and no longer."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenes.client import Mesh, at, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

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


def test_an_incident_ends_in_a_window_and_what_heals_in_it_was_never_told(mesh: Mesh) -> None:
    """A window that recurs each night, for whatever has a tag, begins during an incident."""
    heard, unheard = mesh.add_channels("mended"), mesh.add_channels("rebooted")
    mended = mesh.add_monitor("Mended", mesh.target("mended"), channels=heard.ids, tags=["tonight"])
    rebooted = mesh.add_monitor(
        "Rebooted", mesh.target("rebooted"), channels=unheard.ids, tags=["tonight"]
    )
    for monitor_id in (mended, rebooted):
        mesh.await_status(monitor_id, "up")
    mesh.switch("mended", "down")
    mesh.await_status(mended, "down")
    heard.await_counts((1, 1, 1))

    now = datetime.now(UTC)
    window = mesh.post(
        "/v1/maintenance-windows",
        {
            "name": "Each night",
            "starts_at": (now - timedelta(seconds=5)).isoformat(),
            "ends_at": (now + LASTS).isoformat(),
            "recurrence": "FREQ=DAILY",
            "time_zone": "Europe/Berlin",
            "tags": ["tonight"],
        },
    )
    assert len(window["next_occurrences"]) == 5
    mesh.switch("mended", "up")
    mesh.switch("rebooted", "down")
    until(
        lambda: mesh.results(rebooted, "?outcome=failure"),
        bool,
        "a failing probe in the window",
        30,
    )
    mesh.switch("rebooted", "up")
    until(
        lambda: mesh.incidents(mended)[0]["state"],
        lambda state: state == "resolved",
        "the incident to end in the window",
        60,
    )
    (incident,) = mesh.incidents(mended)
    assert at(window["starts_at"]) < at(incident["resolved_at"]) < at(window["ends_at"])
    heard.await_counts((2, 2, 2))
    time.sleep(max(0.0, (at(window["ends_at"]) - datetime.now(UTC)).total_seconds()))
    mesh.await_status(rebooted, "up")
    time.sleep(15)
    assert heard.counts() == (2, 2, 2)
    assert (unheard.counts(), mesh.incidents(rebooted)) == ((0, 0, 0), [])
    mesh.call("DELETE", f"/v1/maintenance-windows/{window['id']}")
