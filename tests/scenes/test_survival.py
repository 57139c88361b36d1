"""A mesh of its own, hurt on purpose: nothing is told twice, and no outage is lost."""

import os
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from local.embedded_aws import EmbeddedAws
from local.mesh_facts import read_facts
from tests.local.mesh import REPOSITORY, LocalMesh
from tests.scenes.client import Mesh, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]


@pytest.fixture
def hurt(private_mesh: LocalMesh) -> tuple[LocalMesh, Mesh]:
    """A mesh that may be killed, and a person in front of it."""
    return private_mesh, Mesh(private_mesh.run)


def workers(mesh: LocalMesh, function: str) -> list[int]:
    """Find the processes in which a function of this mesh runs."""
    listed = subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "pid,args", "--ppid", str(mesh.run["emulator_pid"])],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(row.split()[0]) for row in listed.stdout.splitlines() if f"-{function}-" in row]


def tick_twice(person: Mesh) -> None:
    """Have EventBridge deliver the tick of this minute and of the one before again."""
    aws = EmbeddedAws(person.run["aws_endpoint_url"], read_facts(REPOSITORY))
    for minutes in (1, 0):
        aws.kick_scheduler(datetime.now(UTC) - timedelta(minutes=minutes))


def assert_no_result_twice(person: Mesh, monitor_id: str) -> None:
    """I2: one result for each slot, region and purpose; and one region in turn for each slot."""
    results = person.results(monitor_id)
    seen = Counter((each["slot"], each["region"], each["purpose"]) for each in results)
    assert max(seen.values()) == 1, seen
    turns = Counter(each["slot"] for each in results if each["purpose"] == "scheduled")
    assert max(turns.values()) == 1, turns


def assert_the_silence_is_neither_up_nor_down(person: Mesh, monitor_id: str) -> None:
    """While the mesh was away nobody knew anything: the figures say so."""
    figures = person.get(f"/v1/monitors/{monitor_id}/uptime?window=24h")
    assert figures["coverage_percent"] < 100
    assert figures["unknown_seconds"] > 0
    assert any(point["planned"] > point["success"] for point in figures["series"])


def test_ticks_delivered_twice_kills_and_a_restart_tell_one_outage_once(
    hurt: tuple[LocalMesh, Mesh],
) -> None:
    mesh, person = hurt
    heard = person.add_channels("survivor")
    monitor_id = person.add_monitor("Survivor", person.target("survivor"), channels=heard.ids)
    tick_twice(person)
    person.await_status(monitor_id, "up")
    tick_twice(person)

    # Probers die while a probe hangs in them: their checks are gaps, never failures.
    person.switch("survivor", "hang")
    time.sleep(11)
    probing = workers(mesh, "prober")
    assert probing
    for pid in probing:
        os.kill(pid, signal.SIGKILL)
    person.await_status(monitor_id, "down", 120)
    heard.await_counts((1, 1, 1))

    mesh.await_new_emulator(mesh.kill_emulator())
    time.sleep(25)
    assert heard.counts() == (1, 1, 1), "a restart tells nothing again"
    assert person.monitor(monitor_id)["status"] == "down"

    mesh.kill_everything()
    # A slot speaks for its interval, and two missing ones are bridged: so three have to be missing,
    # however fast a start, which takes more than four intervals of ten seconds.
    time.sleep(45)
    mesh.start(ready_within=90)
    person = Mesh(mesh.run)
    heard = heard.seen_by(person)
    # The targets began anew with the mesh: what hung works again.
    person.await_status(monitor_id, "up", 120)
    until(lambda: len(heard.mails()), lambda count: count == 2, "the mail of the end", 60)
    time.sleep(20)
    assert len(heard.mails()) == 2
    # So did the receivers of Slack and webhook: they heard of the end only.
    assert (len(heard.slack()), len(heard.hooks())) == (1, 1)
    (incident,) = person.incidents(monitor_id)
    assert incident["state"] == "resolved"
    assert_no_result_twice(person, monitor_id)
    assert_the_silence_is_neither_up_nor_down(person, monitor_id)
