"""Checks what must be there before anything long begins; each lack is one sentence."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local.errors import MissingPrerequisite

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20


def check(
    root: Path,
    python: tuple[int, int] = sys.version_info[:2],
    node_version: Callable[[], str | None] | None = None,
) -> None:
    """Check Python, Node and the installed CDK command line.

    Raises:
        MissingPrerequisite: install what the sentence names.
    """
    if python < OLDEST_PYTHON:
        found = ".".join(map(str, python))
        raise MissingPrerequisite(
            f"Python 3.11 or newer is needed, found {found}: install it from python.org."
        )
    version = (node_version or ask_node)()
    if version is None:
        raise MissingPrerequisite(
            "Node.js 20 or newer is needed and was not found: install it from nodejs.org."
        )
    if major_version(version) < OLDEST_NODE:
        raise MissingPrerequisite(
            f"Node.js 20 or newer is needed, found {version}: install a newer one from nodejs.org."
        )
    if not cdk_program(root).exists():
        raise MissingPrerequisite(
            "The CDK command line is not installed: run `npm ci` (`make run` does it)."
        )


def cdk_program(root: Path) -> Path:
    """The CDK command line that the lock file pins."""
    return root / "node_modules" / ".bin" / "cdk"


def ask_node() -> str | None:
    """Ask Node for its version; None when there is no Node."""
    try:
        answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def major_version(version: str) -> int:
    """Read the major number.

    >>> major_version("v20.20.2")
    20
    """
    match = re.match(r"v?(\d+)", version)
    return int(match[1]) if match else 0
