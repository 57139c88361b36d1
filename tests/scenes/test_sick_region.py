"""A region that sees everything fail, on a mesh of its own: one alarm, and nobody is woken."""

import os

import pytest

from tests.local.mesh import LocalMesh
from tests.scenes.client import Mesh, until

pytestmark = [
    pytest.mark.mesh,
    pytest.mark.enable_socket,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(
        os.environ.get("SCENES") != "all",
        reason="minutes on a mesh of its own: SCENES=all plays it",
    ),
]

SICK = "us-east-1"
# Five have to be contradicted, and half of all that the region sees.
WIDE = [f"wide-{count}" for count in range(6)]
ALONE = "alone"


def test_a_sick_region_wakes_nobody_not_even_where_it_looks_alone(private_mesh: LocalMesh) -> None:
    mesh = Mesh(private_mesh.run)
    heard = mesh.add_channels("sick")
    ids = [mesh.add_monitor(each, mesh.target(each), channels=heard.ids) for each in WIDE]
    alone = mesh.add_monitor(ALONE, mesh.target(ALONE), channels=heard.ids, regions=[SICK])
    for monitor_id in (*ids, alone):
        mesh.await_status(monitor_id, "up")

    for name in WIDE:
        mesh.switch(name, "down", regions=SICK)
    until(
        lambda: mesh.call("GET", "/health").body["components"]["stream"]["distrusted_regions"],
        lambda found: found == [SICK],
        f"{SICK} not to be believed",
        150,
    )
    mesh.switch(ALONE, "down", regions=SICK)
    until(
        lambda: mesh.results(alone, "?outcome=failure"),
        lambda failures: len(failures) >= 4,
        "more failures than it takes to call it down",
        90,
    )
    assert (mesh.items("/v1/incidents"), heard.counts()) == ([], (0, 0, 0))
    assert [mesh.monitor(each)["status"] for each in (*ids, alone)] == ["up"] * 7
    assert private_mesh.output.count("region_distrusted") == 1
