"""The fence around foreign code: what a thread may do inside, and that nobody else notices."""

import json as harmless
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from functions.alerter.channels.sandbox import Fenced, Sandbox
from sentinelmesh.target_guard import TargetGuard

pytestmark = pytest.mark.enable_socket


def inside(
    work: Callable[[], object], guard: TargetGuard | None = None, seconds: float = 9
) -> Sandbox:
    fence = Sandbox(guard or TargetGuard(allow_private=True), monotonic() + seconds)
    thread = Fenced(lambda: bool(work()), fence)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    return fence


def a_listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def dial(port: int, host: str = "127.0.0.1") -> None:
    socket.create_connection((host, port), 5).close()


@pytest.mark.parametrize(
    "work",
    [
        lambda: subprocess.run([sys.executable, "-V"], check=False),
        lambda: os.system("true"),  # noqa: S605, S607 (refused)
        lambda: Path("/nowhere/at/all").unlink(),
        pytest.param(
            lambda: threading.Thread(target=len).start(),
            marks=pytest.mark.skipif(
                sys.version_info < (3, 12),
                reason="threads raise no event yet; on Lambda it is Python 3.13",
            ),
        ),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
        lambda: socket.socket().bind(("127.0.0.1", 0)),
        lambda: socket.socket(socket.AF_UNIX).connect("/run/docker.sock"),
        lambda: socket.socket().connect(("localhost", 9)),
        lambda: Path("/proc/self/environ").read_bytes(),
        lambda: Path(harmless.__file__).with_name("written.py").write_text("x"),
        lambda: os.open(str(Path(harmless.__file__).with_name("written.py")), os.O_CREAT),
    ],
)
def test_nothing_leads_out(work: Callable[[], object]) -> None:
    fence = inside(work)
    assert fence.refused is not None
    assert not fence.has_connected


def test_connections_to_judged_addresses_and_the_files_of_packages_are_enough() -> None:
    with a_listener() as listener:
        port = listener.getsockname()[1]
        fence = inside(lambda: dial(port))
        assert (fence.refused, fence.has_connected) == (None, True)
        fence = inside(lambda: dial(port, "localhost"))
        assert (fence.refused, fence.has_connected) == (None, True)
        assert inside(lambda: dial(port), TargetGuard()).refused is not None
    assert inside(lambda: Path(harmless.__file__).read_text()).refused is None


def test_after_its_time_it_reaches_nobody_any_more() -> None:
    with a_listener() as listener:
        port = listener.getsockname()[1]
        fence = inside(lambda: dial(port), seconds=-1)
    assert fence.refused == "the time for the whole exchange is over"
    assert not fence.has_connected


def test_outside_of_the_fence_everything_is_as_before(tmp_path: Path) -> None:
    inside(lambda: True)
    (tmp_path / "note").write_text("free")
    assert subprocess.run([sys.executable, "-V"], check=False, capture_output=True).returncode == 0
