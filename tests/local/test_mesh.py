"""One real mesh through its whole life: started, killed, restarted, stopped."""

import json
import subprocess
import urllib.request
from typing import Any

import pytest

from tests.local.emulators import until
from tests.local.mesh import LocalMesh

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

PROMISED = {
    "url",
    "email",
    "password",
    "api_token",
    "regions",
    "home_region",
    "mail_url",
    "pid",
    "targets_url",
    "slack_url",
    "webhook_url",
}


def _call(mesh: LocalMesh, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310  # our loopback address
        mesh.run["url"] + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {mesh.run['api_token']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=40) as answer:  # noqa: S310
        return json.load(answer)


def _names(mesh: LocalMesh) -> list[str]:
    return [monitor["name"] for monitor in _call(mesh, "/v1/monitors")["items"]]


def _add(mesh: LocalMesh, name: str) -> None:
    target = f"{mesh.run['targets_url']}/ok"
    _call(mesh, "/v1/monitors", {"name": name, "kind": "http", "target": target})


def _processes_of(mesh: LocalMesh) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)  # noqa: S607
    return [line for line in listed.stdout.splitlines() if str(mesh.state) in line]


def test_a_mesh_is_started_killed_restarted_and_stopped(private_mesh: LocalMesh) -> None:
    mesh = private_mesh
    assert set(mesh.run) >= PROMISED
    first_token = mesh.run["api_token"]
    until(lambda: _call(mesh, "/health")["status"], lambda status: status in {"ok", "degraded"})
    _add(mesh, "before the kill")

    killed = mesh.kill_emulator()
    mesh.await_new_emulator(killed)
    assert _names(mesh) == ["before the kill"]
    _add(mesh, "between the kills")

    mesh.kill_everything()
    mesh.start(ready_within=180)
    assert sorted(_names(mesh)) == ["before the kill", "between the kills"]
    assert mesh.run["api_token"] == first_token
    assert mesh.output.count("Deploying the mesh") == 1

    assert mesh.stop() < 60
    assert not (mesh.state / "run.json").exists()
    assert not (mesh.state / "tmp").exists()
    assert _processes_of(mesh) == []
