"""A status page as its readers meet it: an outage, a mail about it, and the page without AWS."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.local.mesh import LocalMesh
from tests.scenes.client import Mesh, fetch, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def read(mesh: Mesh, path: str) -> tuple[int, str]:
    answer = fetch("GET", mesh.run["url"] + path, None, {})
    return answer.status, answer.text


def mails_to(mesh: Mesh, address: str) -> list[dict[str, Any]]:
    mails = fetch("GET", mesh.run["mail_url"], None, {}).body
    return [each for each in mails if address in each["to"]]


def press(mesh: Mesh, link: str, way: str) -> int:
    address = mesh.run["url"] + urlsplit(link).path + way
    return fetch("POST", address, b"", FORM).status


def link_in(mail: dict[str, Any], label: str) -> str:
    found = re.search(rf"^{label}: (\S+)$", mail["text"], re.MULTILINE)
    assert found, mail
    return found[1]


def add_page(mesh: Mesh, slug: str, monitor: str) -> str:
    body = {
        "name": f"Status of {slug}",
        "slug": slug,
        "monitors": [{"monitor_id": monitor, "name": f"Public {slug}"}],
    }
    return str(mesh.post("/v1/status-pages", body)["id"])


def test_readers_see_an_outage_and_who_asked_is_mailed(mesh: Mesh) -> None:
    monitor = mesh.add_monitor("Secret name", mesh.target("readers"))
    mesh.await_status(monitor, "up")
    page = add_page(mesh, "readers", monitor)
    until(lambda: read(mesh, "/status/readers")[0], lambda code: code == 200, "the page", 30)

    address = "ann@reader.example"
    asking = mesh.run["url"] + f"/v1/subscriptions/{page}"
    assert fetch("POST", asking, f"email={address}".encode(), FORM).status == 200
    asked = until(lambda: mails_to(mesh, address), bool, "the mail that asks", 60)
    assert len(mesh.items(f"/v1/status-pages/{page}/subscribers")) == 0
    assert press(mesh, link_in(asked[0], "Confirm"), "/confirm") == 200
    assert len(mesh.items(f"/v1/status-pages/{page}/subscribers")) == 1

    mesh.switch("readers", "down")
    mesh.await_status(monitor, "down")
    _, text = until(
        lambda: read(mesh, "/status/readers"), lambda got: "Down since" in got[1], "the outage", 30
    )
    assert "Public readers" in text
    assert "Secret name" not in text
    assert mesh.run["targets_url"] not in text
    mails = until(lambda: mails_to(mesh, address), lambda found: len(found) == 2, "the news", 90)
    assert mails[1]["subject"] == "Status of readers: Down: Public readers"

    assert press(mesh, link_in(mails[1], "Unsubscribe"), "/end") == 200
    assert mesh.items(f"/v1/status-pages/{page}/subscribers") == []
    assert read(mesh, "/feed/readers.xml")[0] == 200
    assert read(mesh, f"/badge/{monitor}.svg")[0] == 200
    mesh.call("DELETE", f"/v1/status-pages/{page}")
    until(lambda: read(mesh, "/status/readers")[0], lambda code: code == 404, "its end", 30)


def test_the_page_is_there_while_api_and_tables_are_not(private_mesh: LocalMesh) -> None:
    mesh = Mesh(private_mesh.run)
    monitor = mesh.add_monitor("Shop", mesh.target("lasting"))
    add_page(mesh, "lasting", monitor)
    until(lambda: read(mesh, "/status/lasting")[0], lambda code: code == 200, "the page", 30)
    killed = private_mesh.kill_emulator()
    assert read(mesh, "/v1/monitors")[0] == 503
    status, text = read(mesh, "/status/lasting")
    assert (status, "Public lasting" in text) == (200, True)
    private_mesh.await_new_emulator(killed)
    until(lambda: read(mesh, "/status/lasting")[0], lambda code: code == 200, "the page", 90)
