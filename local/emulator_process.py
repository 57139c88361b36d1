"""The embedded AWS as a child process: a clean environment at start, a deadline at stop."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import urllib.request
from pathlib import Path
from typing import Any

from local import emulator_environment
from local.errors import StepFailed
from local.loopback import BINDING_ADDRESS
from local.options import Options

START_SECONDS = 30.0
STOP_SECONDS = 7.0
# Part of the names of queues, never dialled: state must not depend on the port of one run.
NOMINAL_PORT = "4566"


class EmulatorProcess:
    """One run of the emulator on one port and one state folder."""

    def __init__(self, options: Options, port: int, home_region: str, origin: str) -> None:
        self._options = options
        self._port = port
        self._home_region = home_region
        self._origin = origin
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://{BINDING_ADDRESS}:{port}"

    @property
    def pid(self) -> int:
        """The process id of the present run."""
        return self._process.pid if self._process else 0

    async def start(self) -> dict[str, Any]:
        """Start and wait until it answers; tells what was restored.

        Raises:
            StepFailed: with the emulator's last words.
        """
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=self._options.state,
                start_new_session=True,
            )
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if self._process.returncode is not None:
                raise StepFailed(f"The emulator did not start: {self.last_words()}")
            with contextlib.suppress(OSError):
                return await self.control("state")
            await asyncio.sleep(0.05)
        raise StepFailed(f"The emulator did not answer in time: {self.last_words()}")

    @property
    def log_path(self) -> Path:
        """What the emulator writes."""
        return self._options.logs / "emulator.log"

    def last_words(self) -> str:
        """The end of the emulator's log."""
        lines = self.log_path.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"see {self.log_path}"

    async def control(self, command: str) -> dict[str, Any]:
        """Send one of the launcher's own commands: state, hold, save."""
        answer: dict[str, Any] = await asyncio.to_thread(_post, f"{self.url}/_local/{command}")
        return answer

    async def ended(self) -> int:
        """Wait until the process has ended."""
        assert self._process is not None  # noqa: S101  # the caller has started it
        return await self._process.wait()

    async def stop(self) -> None:
        """Let it save and end; after the deadline end it and its workers by force."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        # Workers belong to the emulator's process group: whatever is left of it goes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    def _command(self) -> list[str]:
        options = self._options
        return [
            str(emulator_environment.interpreter(options)),
            "-m",
            "local.emulator",
            *("--port", str(self._port)),
            *("--state", str(options.aws)),
            *("--function-python", sys.executable),
            *("--function-log", str(options.function_log)),
            *("--origin", self._origin),
        ]

    def _environment(self) -> dict[str, str]:
        options = self._options
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(options.root),
            "BIND_HOST": BINDING_ADDRESS,
            "MINISTACK_HOST": BINDING_ADDRESS,
            "GATEWAY_PORT": NOMINAL_PORT,
            "MINISTACK_REGION": self._home_region,
            "STATE_DIR": str(options.aws),
            "S3_DATA_DIR": str(options.state / "s3"),
            "S3_PERSIST": "1",
            # Saving is ours: snapshots while it runs, not one at a clean stop.
            "PERSIST_STATE": "0",
            "TMPDIR": str(options.temporary),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_WARM_TTL_SECONDS": "120",
            "LOG_LEVEL": "WARNING",
        }


def _post(url: str) -> dict[str, Any]:
    request = urllib.request.Request(url, data=b"", method="POST")  # noqa: S310  # our loopback address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=150) as answer:
        content: dict[str, Any] = json.load(answer)
    return content
