"""Many monitors fail in the same moment, on the running mesh."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.local.mesh import LocalMesh
from tests.scenes.client import Mesh, at, fetch, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(600)]

MANY = 6
# Those that were confirmed before another one was suspected.
MAX_ALONE = 2
BEGINNINGS = ("incident.opened", "incident.group_updated")


def test_many_that_fail_at_once_are_told_together(mesh: Mesh) -> None:
    """Each is told once on each channel, and whoever is not alone is told with the others."""
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
    incidents = {mesh.incidents(each)[0]["id"] for each in monitors}
    until(
        lambda: told_by(heard.hooks(), *BEGINNINGS),
        lambda told: told == incidents,
        "the webhook to hear of all",
        120,
    )
    groups = [each["body"]["data"]["group"] for each in heard.hooks() if is_group(each)]
    assert groups
    assert groups[-1]["cause"]["shared_by"] == groups[-1]["total"] > 1
    shown = mesh.get(f"/v1/incidents/{groups[-1]['members'][0]['incident_id']}")["group"]
    assert {each["id"] for each in shown["incidents"]} <= incidents
    assert shown["cause"]["value"] == groups[-1]["cause"]["value"]

    mesh.switch("stormy", "up")
    for each in monitors:
        mesh.await_status(each, "up")
    until(
        lambda: [each for each in heard.hooks() if each["body"]["type"] == "incident.resolved"],
        lambda ended: any(is_group(each) for each in ended),
        "the webhook to hear of the end",
        180,
    )
    last = [each for each in heard.hooks() if is_group(each)][-1]
    assert last["body"]["data"]["group"]["lasting"] == 0


@pytest.mark.parametrize(
    "many",
    [
        13,
        pytest.param(
            100,
            marks=pytest.mark.skipif(
                os.environ.get("SCENES") != "all",
                reason="needs a machine of its own: SCENES=all plays it",
            ),
        ),
    ],
)
def test_many_that_fail_at_once_keep_none_of_four_channels_waiting(
    private_mesh: LocalMesh, many: int, record_property: Callable[[str, object], None]
) -> None:
    """The first message of each leaves with the hold, and nobody is told twice."""
    mesh = Mesh(private_mesh.run)
    inboxes = [f"{mesh.run['targets_url']}/receivers/crowd-{number}" for number in range(4)]
    channels = [add_webhook(mesh, each) for each in inboxes]
    target = mesh.target("crowd")
    for number in range(many):
        mesh.add_monitor(f"Crowd {number}", target, channels=channels)
    until(lambda: count(mesh, "up"), lambda found: found == many, "all to be up", 300)
    mesh.switch("crowd", "down")
    heard = [
        until(
            partial(inbox_of, each),
            lambda hooks: len(told_by(hooks, *BEGINNINGS)) == many,
            f"{each} to hear of all",
            300,
        )
        for each in inboxes
    ]
    incidents = mesh.items("/v1/incidents?status=open")
    assert len(incidents) == many
    confirmed = min(at(each["confirmed_at"]) for each in incidents)
    for number, each in enumerate(heard):
        first = min(at(hook["body"]["timestamp"]) for hook in each)
        record_property(f"seconds of {number}", (first - confirmed).total_seconds())
        record_property(f"messages of {number}", [hook["body"]["type"] for hook in each])
        alone = {name for hook in each if not is_group(hook) for name in told_by([hook])}
        together = {name for hook in each if is_group(hook) for name in told_by([hook])}
        assert len(alone) <= MAX_ALONE
        assert not alone & together
    log = (private_mesh.state / "log" / "functions.jsonl").read_text()
    assert "StaleState" not in log


def add_webhook(mesh: Mesh, url: str) -> str:
    """Have a webhook of one's own."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    webhook = {"url": url, "secret": secret}
    body = {"name": url[-9:], "kind": "webhook", "webhook": webhook}
    channel_id: str = mesh.post("/v1/channels", body)["id"]
    return channel_id


def count(mesh: Mesh, status: str) -> int:
    return sum(each["status"] == status for each in mesh.items("/v1/monitors"))


def inbox_of(url: str) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = fetch("GET", url, None, {}).body
    return taken


def is_group(hook: dict[str, Any]) -> bool:
    return "group" in hook["body"]["data"]


def told_by(hooks: list[dict[str, Any]], *types: str) -> set[str]:
    """Return the incidents of which webhooks told; of these types only, if any are given."""
    found = set()
    for each in hooks:
        data = each["body"]["data"]
        if not types or each["body"]["type"] in types:
            members = data["group"]["members"] if is_group(each) else []
            found |= {one["incident_id"] for one in members} or {data["incident"]["id"]}
    return found
