"""The local mesh's embedded AWS, one process for all tests of a run, with a clock that moves.

The first to ask starts it; it ends with the process of the test run. A test has it to itself:
whoever moved the clock while another one waits for a timeout would spoil that.
"""

import fcntl
import json
import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local import emulator_environment, state_folder
from local.emulator_process import EmulatorProcess
from local.options import read_options
from tests.conformance.stand_ins import ClientStandIn
from tests.local.mesh import _test_run_pid
from tests.support.moto_mesh import HOME

PROGRAM = "tests.conformance.movable_emulator"
START_SECONDS = 60.0
RUN_FILE = "run.json"


class EmulatorDidNotStart(Exception):
    """It ended or stayed silent; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator, as the file tells that its starter has left."""

    folder: Path
    url: str

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have it to oneself for a while."""
        with (self.folder / "turn.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def forward(self, seconds: float) -> None:
        """Move its clock."""
        # In place: the emulator reads these very bytes whenever it asks for the time.
        with clock_path(self.folder).open("r+b") as clock:
            (ahead,) = struct.unpack("d", clock.read())
            clock.seek(0)
            clock.write(struct.pack("d", ahead + seconds))


def clock_path(folder: Path) -> Path:
    """Return where an emulator looks for how far its clock is ahead."""
    return folder / "clock"


@contextmanager
def shared_emulator(factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Return the emulator of this run; the first to ask starts it."""
    base = factory.getbasetemp()
    under_xdist = "PYTEST_XDIST_WORKER" in os.environ
    folder = (base.parent if under_xdist else base) / "conformance-emulator"
    folder.mkdir(exist_ok=True)
    process = None
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / RUN_FILE).exists():
            process = _start(folder)
    yield Emulator(folder, json.loads((folder / RUN_FILE).read_text())["url"])
    if process is not None and not under_xdist:
        process.terminate()
        process.wait(START_SECONDS)


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    options = replace(read_options(["--port", "0"], {}), state=folder)
    emulator_environment.build(options)
    state_folder.prepare(options)
    port = state_folder.steady_ports(options, ("emulator",))["emulator"]
    emulator = EmulatorProcess(options, port, HOME, "http://127.0.0.1:1")
    clock_path(folder).write_bytes(struct.pack("d", 0.0))
    command = [PROGRAM if each == "local.emulator" else each for each in emulator._command()]
    environment = {
        **emulator._environment(),
        "CLOCK_FILE": str(clock_path(folder)),
        "TEST_RUN_PID": str(_test_run_pid()),
    }
    with emulator.log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own program
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=folder
        )
    _await_port(emulator, port, process)
    (folder / RUN_FILE).write_text(json.dumps({"url": emulator.url}))
    return process


def _await_port(emulator: EmulatorProcess, port: int, process: "subprocess.Popen[bytes]") -> None:
    # The kernel's own list, for a test may not open sockets before its turn.
    listening = f":{port:04X} 00000000:0000 0A"
    end = time.monotonic() + START_SECONDS
    while listening not in Path("/proc/net/tcp").read_text():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise EmulatorDidNotStart(emulator.last_words())
        time.sleep(0.05)


@cache
def _client(url: str, service: str) -> Any:
    session: Any = boto3.Session(
        aws_access_key_id="000000000000", aws_secret_access_key="x", region_name=HOME
    )
    config = Config(proxies={}, retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=url, config=config)


@contextmanager
def emulated(emulator: Emulator) -> Iterator[ClientStandIn]:
    """Return the emulator for one test."""
    with emulator.alone():
        yield ClientStandIn(
            lambda service: _client(emulator.url, service), f"p{os.getpid()}-", emulator.forward
        )
