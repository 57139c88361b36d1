"""One line per long step, with its seconds, so that nobody waits in the dark."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TextIO


class Progress:
    """Prints steps as they begin and end; on a terminal the line is completed in place."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._started = time.monotonic()

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step, and say how long it took."""
        started = time.monotonic()
        on_terminal = self._stream.isatty()
        if on_terminal:
            self._write(f"  {title} ...")
        try:
            yield
        except BaseException:
            self._write(f"\r  {title:<58} failed\n" if on_terminal else f"  {title:<58} failed\n")
            raise
        seconds = f"{time.monotonic() - started:5.1f} s\n"
        self._write(f"\r  {title:<58} {seconds}" if on_terminal else f"  {title:<58} {seconds}")

    def say(self, text: str) -> None:
        """Print a line between steps."""
        self._write(f"  {text}\n")

    def elapsed(self) -> float:
        """Seconds since the mesh was started."""
        return time.monotonic() - self._started

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
