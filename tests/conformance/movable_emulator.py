"""The embedded AWS as it is, with a clock that tests can move; run by its own interpreter."""

import mmap
import os
import struct
import threading
import time
from pathlib import Path

from local.emulator.__main__ import main

LOOK_EVERY_SECONDS = 0.5


def _move_clock(path: Path) -> None:
    """Add to the time of day what a file of one number says."""
    with path.open("rb") as file:
        ahead = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    of_day = time.time
    time.time = lambda: of_day() + struct.unpack("d", ahead)[0]


def _end_with(pid: int) -> None:
    """Close standard input, which ends the emulator, when a process is gone."""
    reader, writer = os.pipe()
    os.dup2(reader, 0)

    def watch() -> None:
        while Path(f"/proc/{pid}").exists():
            time.sleep(LOOK_EVERY_SECONDS)
        os.close(writer)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    _move_clock(Path(os.environ["CLOCK_FILE"]))
    _end_with(int(os.environ["TEST_RUN_PID"]))
    main()
