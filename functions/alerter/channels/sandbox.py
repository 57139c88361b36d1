"""A fence around code that is not ours: one thread, a few seconds, checked addresses, nothing else.

What such code does cannot be seen from outside, and addresses that people write steer it. So the
interpreter's own audit events are judged, at the last moment before something happens: the address
that is checked is the one that is connected to, whatever names and redirections led there.

Source: https://docs.python.org/3/library/audit_events.html
"""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Any

from sentinelmesh.errors import ForbiddenTarget
from sentinelmesh.target_guard import TargetGuard

# Everything by which code could leave the fence, or reach somebody past it.
REFUSED = (
    "socket.bind",
    "socket.sendto",
    "socket.sendmsg",
    "subprocess.",
    "os.",
    "pty.",
    "shutil.",
    "syslog.",
    "sqlite3.",
    "_thread.start",
)
HARMLESS = frozenset({"os.listdir", "os.scandir"})  # Python looks for modules by these
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_here = threading.local()


class ForbiddenFile(PermissionError):
    """A file that is none of a package's own; code that can do without it goes on."""


@dataclass
class Sandbox:
    """What a thread may do, and what it tried.

    Args:
        ends_at: reading of the clock after which it may connect to nobody any more.
        refused: the first thing that it tried and may not do.
        has_connected: whether anything can have left.
    """

    guard: TargetGuard
    ends_at: float
    clock: Callable[[], float] = monotonic
    refused: str | None = None
    has_connected: bool = False

    def judge(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Let an event pass.

        Raises:
            ForbiddenTarget: it must not happen.
            ForbiddenFile: likewise.
        """
        try:
            if event == "socket.connect":
                self._judge_address(arguments[1])
            elif event == "open":
                _judge_file(arguments[0], arguments[2])
            else:
                _judge_other(event)
        except (ForbiddenTarget, ForbiddenFile) as error:
            self.refused = self.refused or str(error)
            raise

    def _judge_address(self, address: object) -> None:
        if not isinstance(address, tuple) or not _is_numeric(str(address[0])):
            raise ForbiddenTarget("only addresses of the internet may be called")
        self.guard.addresses(str(address[0]), int(address[1]))
        if self.clock() >= self.ends_at:
            raise ForbiddenTarget("the time for the whole exchange is over")
        self.has_connected = True


class Fenced(threading.Thread):
    """Works inside a fence; nobody has to wait for it longer than he likes."""

    def __init__(self, work: Callable[[], bool], fence: Sandbox) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._fence = fence
        self.result = False
        self.error: Exception | None = None
        _listen()

    def run(self) -> None:
        """Work until the end, good or bad."""
        _here.fence = self._fence
        try:
            self.result = self._work()
        except Exception as error:  # noqa: BLE001 (who waits for it tells it)
            self.error = error


@cache
def _listen() -> None:
    """Listen to the interpreter: that cannot be taken back, and costs other threads a look-up."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    fence: Sandbox | None = getattr(_here, "fence", None)
    if fence is not None:
        fence.judge(event, arguments)


def _is_numeric(host: str) -> bool:
    """Return whether nobody will look it up once more: what is judged is what is called."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _judge_other(event: str) -> None:
    if event.startswith(REFUSED) and event not in HARMLESS:
        raise ForbiddenTarget(f"a message needs no {event}")


def _judge_file(path: object, flags: object) -> None:
    """Let modules and their data be read: no secrets of the process, and nothing be written."""
    if isinstance(path, int):  # a descriptor that is open already
        return
    written = path.decode(errors="replace") if isinstance(path, bytes) else str(path)
    is_writing = not isinstance(flags, int) or bool(flags & WRITING)
    if is_writing or not _is_of_a_package(Path(written)):
        raise ForbiddenFile("a message needs no files")


def _is_of_a_package(path: Path) -> bool:
    places = {Path(place or ".").resolve() for place in (*sys.path, sys.prefix, sys.base_prefix)}
    return not places.isdisjoint(path.resolve().parents)
