"""The state folder of one mesh: its lock, its ports, and what FRESH removes."""

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from local.errors import AlreadyRunning
from local.http_server import bound_socket
from local.options import Options

KEPT_LOG_BYTES = 20_000_000


@contextlib.contextmanager
def owned(options: Options) -> Iterator[None]:
    """Hold the state folder for this process.

    Raises:
        AlreadyRunning: a mesh runs here.
    """
    options.state.mkdir(parents=True, exist_ok=True)
    with (options.state / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(_who_runs(options.run_file)) from None
        yield


def _who_runs(run_file: Path) -> str:
    try:
        run = json.loads(run_file.read_text())
    except (OSError, ValueError):
        return "A local mesh is starting on this state folder: wait for it, or stop it with Ctrl-C."
    return f"A local mesh runs already at {run['url']} (process {run['pid']}): stop it first."


def prepare(options: Options) -> None:
    """Build the folders; with FRESH, forget everything first."""
    options.run_file.unlink(missing_ok=True)
    if options.fresh:
        forget(options)
    wipe_temporary(options)
    for folder in (options.aws, options.logs, options.temporary, options.state / "s3"):
        folder.mkdir(parents=True, exist_ok=True)
    if options.function_log.exists() and options.function_log.stat().st_size > KEPT_LOG_BYTES:
        options.function_log.replace(options.function_log.with_suffix(".old.jsonl"))


def forget(options: Options) -> None:
    """Remove all state of the embedded AWS and the login that belongs to it."""
    for folder in (options.aws, options.state / "s3", options.logs):
        shutil.rmtree(folder, ignore_errors=True)
    (options.state / "login.json").unlink(missing_ok=True)


def wipe_temporary(options: Options) -> None:
    """Remove scratch files, those of a killed predecessor included."""
    shutil.rmtree(options.temporary, ignore_errors=True)


def steady_ports(options: Options, names: Iterable[str]) -> dict[str, int]:
    """Return each name a free port, the same as last time where that is still free.

    Monitors and channels keep these addresses, so they should survive a restart.
    """
    path = options.state / "ports.json"
    ports: dict[str, int] = {}
    for name in names:
        remembered = read_json(path).get(name, 0)
        ports[name] = _free_port(remembered, taken=set(ports.values()))
    write_private_json(path, {**read_json(path), **ports})
    return ports


def _free_port(wanted: int, taken: set[int]) -> int:
    for candidate in (wanted, *[0] * 20):
        with contextlib.suppress(OSError), bound_socket(candidate) as sock:
            port = int(sock.getsockname()[1])
            if port not in taken:
                return port
    raise OSError("no free loopback port")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty when it is missing or torn."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_private_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object that only its owner may read, at once or not at all."""
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content, indent=2) + "\n")
    partial.replace(path)
