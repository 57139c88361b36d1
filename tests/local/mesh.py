"""Local meshes for tests: one shared by all workers of a run, and private ones to be hurt."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 240.0
STOP_SECONDS = 15.0


class MeshDidNotStart(Exception):
    """The mesh ended or stayed silent; the message holds what it printed."""


@dataclass
class LocalMesh:
    """One `python -m local` on its own state folder and free ports.

    Usable without pytest too. ``start`` after ``kill_everything`` is a restart from the same state.
    """

    state: Path
    arguments: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def run(self) -> dict[str, Any]:
        """The content of run.json."""
        content: dict[str, Any] = json.loads((self.state / "run.json").read_text())
        return content

    @property
    def output(self) -> str:
        """What the mesh has printed."""
        return self._output_path.read_text(errors="replace")

    @property
    def _output_path(self) -> Path:
        return self.state.with_suffix(".out")

    def start(self, ready_within: float = READY_SECONDS) -> "LocalMesh":
        """Start it and wait until it is ready."""
        self.state.mkdir(parents=True, exist_ok=True)
        with self._output_path.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-m", "local", "--state", str(self.state), *self._options()],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._await_ready(ready_within)
        return self

    def _options(self) -> tuple[str, ...]:
        return ("--port", "0", "--parent", str(_test_run_pid()), *self.arguments)

    def _await_ready(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self._process is not None
            if (self.state / "run.json").exists():
                return
            if self._process.poll() is not None:
                raise MeshDidNotStart(self.output)
            time.sleep(0.1)
        self.kill_everything()
        raise MeshDidNotStart(self.output)

    def kill_emulator(self) -> int:
        """Kill the embedded AWS with -9; the launcher starts it again. Gives the killed id."""
        pid: int = self.run["emulator_pid"]
        os.kill(pid, signal.SIGKILL)
        return pid

    def await_new_emulator(self, killed: int, seconds: float = 120.0) -> None:
        """Wait until the emulator that was killed has a successor."""
        end = time.monotonic() + seconds
        while self.run["emulator_pid"] == killed:
            assert time.monotonic() < end, self.output
            time.sleep(0.1)

    def kill_everything(self) -> None:
        """Kill launcher and embedded AWS with -9, as a power failure would."""
        assert self._process is not None
        pids = [self._process.pid]
        if (self.state / "run.json").exists():
            pids.append(self.run["emulator_pid"])
        for pid in pids:
            _kill(pid)
        self._process.wait()
        (self.state / "run.json").unlink(missing_ok=True)

    def stop(self) -> float:
        """Stop it as Ctrl-C does; gives the seconds that it took."""
        assert self._process is not None
        started = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        self._process.wait(STOP_SECONDS)
        return time.monotonic() - started


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _test_run_pid() -> int:
    """The process whose end ends the mesh: under xdist the controller, not one of its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@pytest.fixture(scope="session")
def shared_mesh_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The run.json of the one mesh of this test run: the first to ask starts it.

    It ends with the test run's process, so no worker has to know who is the last.
    """
    base = tmp_path_factory.getbasetemp()
    under_xdist = "PYTEST_XDIST_WORKER" in os.environ
    shared = base.parent if under_xdist else base
    mesh = LocalMesh(shared / "shared-mesh")
    with (shared / "shared-mesh.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mesh.state / "run.json").exists():
            mesh.start()
    yield mesh.run
    if not under_xdist:
        mesh.stop()


@pytest.fixture
def private_mesh(tmp_path: Path) -> Iterator[LocalMesh]:
    """A mesh of one test's own, ready, to be killed and restarted."""
    mesh = LocalMesh(tmp_path / "mesh").start()
    yield mesh
    try:
        mesh.stop()
    except subprocess.TimeoutExpired:
        mesh.kill_everything()
