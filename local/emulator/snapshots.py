"""Saves the emulator's state every few seconds, from a forked child, and restores it at start.

The child has a frozen copy of the memory: every service as it was at one instant, while the parent
goes on serving. Snapshot N and journal segment N begin at that same instant.
"""

import copy
import os
import pickle
import re
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.emulator.journal import Handler, Journal, read, replay, segment_path
from local.emulator.private_names import EXPECTED_VERSION, PrivateModule
from local.emulator.queues import release_leases
from local.emulator.streams import StreamSources

CHILD_DEADLINE_SECONDS = 120
SNAPSHOT = re.compile(r"snapshot-(\d{6})\.pickle")
SEGMENT = re.compile(r"journal-(\d{6})\.jsonl")


class Snapshots:
    """The state folder: the newest complete snapshot and the journal segments since."""

    def __init__(
        self, folder: Path, modules: Mapping[str, PrivateModule], streams: StreamSources
    ) -> None:
        self._folder = folder
        self._modules = modules
        self._streams = streams
        self.journal = Journal(folder, modules["responses"])
        self._number = max(numbers(folder, SNAPSHOT) + numbers(folder, SEGMENT), default=0)

    def begin(self) -> None:
        """Open the first journal segment of this process."""
        self._number += 1
        self.journal.rotate(self._number)

    def save(self) -> "Child":
        """Fork a child that writes the next snapshot; returns at once."""
        self._number += 1
        number = self._number
        with ExitStack() as held:
            for lock in self._locks():
                held.enter_context(lock)
            self.journal.rotate(number)
            pid = os.fork()
            if pid == 0:
                _write_and_exit(self._write)
        return Child(pid, lambda: self._forget_before(number))

    def save_now(self) -> None:
        """Write the next snapshot in this process: for the very end, when nothing runs any more."""
        self._number += 1
        self._write()
        self._forget_before(self._number)
        self.journal.close()

    def _locks(self) -> list[AbstractContextManager[Any]]:
        return [self._modules["sqs"]["_queues_lock"], self._streams.lock]

    def _write(self) -> None:
        self._modules["lambda_svc"]["_prune_orphan_code_blobs"] = lambda _referenced: None
        services = self._modules["app"]["_build_persistence_save_dict"]()
        content = {
            "emulator": EXPECTED_VERSION,
            "services": {key: state() for key, state in services.items()},
            "streams": self._streams.unread(),
            # The emulator's own snapshots leave them out.
            "mails": self._modules["ses"]["_sent_emails"],
        }
        final = self._folder / f"snapshot-{self._number:06d}.pickle"
        partial = final.with_suffix(".partial")
        with partial.open("wb") as file:
            pickle.dump(content, file, protocol=pickle.HIGHEST_PROTOCOL)
        partial.replace(final)

    def _forget_before(self, number: int) -> None:
        for path in self._folder.iterdir():
            found = SNAPSHOT.fullmatch(path.name) or SEGMENT.fullmatch(path.name)
            if path.suffix == ".partial" or (found and int(found[1]) < number):
                path.unlink(missing_ok=True)

    async def restore(self, handlers: Mapping[str, Handler]) -> "Restored":
        """Load the newest snapshot and replay the journal over it."""
        started = time.monotonic()
        found = numbers(self._folder, SNAPSHOT)
        if not found:
            return Restored(found=False, replayed=0, seconds=0.0)
        self._load(self._folder / f"snapshot-{max(found):06d}.pickle")
        replayed = 0
        for number in sorted(n for n in numbers(self._folder, SEGMENT) if n >= max(found)):
            for entry in read(segment_path(self._folder, number)):
                await replay(entry, handlers, self._modules["responses"])
                replayed += 1
        release_leases(dict(self._modules["sqs"]["_queues"].all_items()), time.time())
        return Restored(found=True, replayed=replayed, seconds=time.monotonic() - started)

    def _load(self, path: Path) -> None:
        with path.open("rb") as file:
            content = pickle.load(file)  # noqa: S301  # our own file in the user's own folder
        for key, module_name in self._modules["app"]["_state_map"].items():
            state = content["services"].get(key)
            if state:
                self._modules["app"]["_get_module"](module_name).load_persisted_state(state)
        self._streams.restore(content["streams"])
        self._modules["ses"]["_sent_emails"].update(content.get("mails", {}))


@dataclass(frozen=True)
class Restored:
    """What a start found in the state folder."""

    found: bool
    replayed: int
    seconds: float


class Child:
    """A child that is writing a snapshot."""

    def __init__(self, pid: int, when_complete: Callable[[], None]) -> None:
        self._pid = pid
        self._when_complete = when_complete

    def finished(self) -> bool | None:
        """None while it writes; then whether the snapshot is complete (asked once)."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid == 0:
            return None
        complete = os.waitstatus_to_exitcode(status) == 0
        if complete:
            self._when_complete()
        return complete


def _write_and_exit(write: Callable[[], None]) -> None:
    code = 1
    try:
        signal.alarm(CHILD_DEADLINE_SECONDS)
        # An inherited listening socket would keep the port, an inherited pipe a worker, alive.
        os.closerange(3, 65_536)
        # The memory is our own copy already: another deep copy in Python costs seconds.
        copy.deepcopy = _same  # type: ignore[assignment]
        write()
        code = 0
    finally:
        os._exit(code)


def _same(value: Any, _memo: Any = None) -> Any:
    return value


def numbers(folder: Path, pattern: re.Pattern[str]) -> list[int]:
    """List the numbers of the files in a folder whose names match."""
    matches = (pattern.fullmatch(path.name) for path in folder.iterdir())
    return [int(match[1]) for match in matches if match]
