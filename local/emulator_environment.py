"""Builds the emulator's own virtual environment: it pins an exact botocore that is not ours."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from local.errors import StepFailed
from local.options import Options


def interpreter(options: Options) -> Path:
    """The emulator's Python."""
    return options.emulator_home / "bin" / "python"


def is_current(options: Options) -> bool:
    """Whether the environment was built from the present lock file by the present Python."""
    stamp = options.emulator_home / ".stamp"
    return stamp.exists() and stamp.read_text() == _stamp(options)


def build(options: Options) -> None:
    """Build it from the locked, hashed requirements; meshes that start at once wait for the first.

    Raises:
        StepFailed: the log of uv is in the message.
    """
    home = options.emulator_home
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(options):
            return
        _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(home))
        requirements = str(_requirements(options))
        target = ("--python", str(interpreter(options)))
        _uv("pip", "install", "--quiet", *target, "--require-hashes", "-r", requirements)
        (home / ".stamp").write_text(_stamp(options))


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StepFailed(f"The emulator's environment could not be built: {done.stderr.strip()}")


def _requirements(options: Options) -> Path:
    return options.root / "requirements" / "emulator.txt"


def _stamp(options: Options) -> str:
    content = _requirements(options).read_bytes() + sys.version.encode()
    return hashlib.sha256(content).hexdigest()
