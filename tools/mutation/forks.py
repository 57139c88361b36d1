"""Work in a process of its own that is gone afterwards, with all that it changed."""

import ctypes
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MAX_MEMORY = 6 * 2**30
DIE_WITH_PARENT = 1  # Source: PR_SET_PDEATHSIG of prctl(2)


class NeverEnded(Exception):
    """The work took far more computing time, or memory, than it may."""


def forked(work: Callable[[Callable[[Any], None]], None], cpu_seconds: float) -> Any:
    """Do some work in a copy of this process.

    Args:
        work: is given a function that hands over the answer (JSON) and ends the process at once.
        cpu_seconds: computing time, not time on the clock: the machine may be busy.

    Returns:
        What it handed over, or None.

    Raises:
        NeverEnded: it was ended from outside.
    """
    with TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        child = os.fork()
        if child == 0:
            _work(work, answer, cpu_seconds)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            raise NeverEnded(signal.Signals(os.WTERMSIG(status)).name)
        return json.loads(answer.read_text()) if answer.exists() else None


def _work(work: Callable[[Callable[[Any], None]], None], answer: Path, cpu_seconds: float) -> None:
    def hand_over(found: Any) -> None:
        answer.write_text(json.dumps(found))
        os._exit(0)

    try:
        with suppress(AttributeError):  # Linux only; elsewhere a copy may outlive us for a while
            ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds) + 1, int(cpu_seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        work(hand_over)
    except BaseException:  # noqa: BLE001 (nothing of the copy may go on as if it were the original)
        traceback.print_exc(file=sys.stderr)
        os._exit(1)
    os._exit(0)
