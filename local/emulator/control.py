"""When snapshots are taken, and the launcher's own requests: hold, save, state."""

import asyncio
from dataclasses import asdict
from typing import Any

from local.emulator.guard import Application, Receive, Scope, Send, answer_json
from local.emulator.snapshots import Child, Restored, Snapshots

PREFIX = "/_local/"
LOOK_EVERY_SECONDS = 0.25
# A snapshot costs a fork and a second core for a moment; the journal keeps data writes meanwhile.
DIRTY_EVERY_SECONDS = 3.0
JOURNAL_EVERY_SECONDS = 60.0
IDLE_SHARE = 10.0

# Requests with these targets change nothing, or the journal has them.
JOURNALLED_TARGETS = (b"DynamoDB_20120810.", b"AmazonSQS.", b"AmazonSSM.")
QUIET_PATHS = ("/restapis/", "/_aws/", "/_ministack/", "/v2/email/", "/2015-03-31/functions/")


class SnapshotKeeper:
    """ASGI layer and background task that decide when a snapshot is taken."""

    def __init__(self, inner: Application, snapshots: Snapshots, restored: Restored) -> None:
        self._inner = inner
        self._snapshots = snapshots
        self._restored = restored
        self._held = not restored.found
        self._dirty = False
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve our own paths, and notice changes that only a snapshot can keep."""
        if scope["type"] == "http":
            if scope["path"].startswith(PREFIX):
                command = scope["path"].removeprefix(PREFIX)
                await answer_json(send, 200, await self._control(command))
                return
            self._dirty = self._dirty or not is_quiet(scope)
        await self._inner(scope, receive, send)

    async def _control(self, command: str) -> dict[str, Any]:
        if command == "hold":
            self._held = True
        elif command == "save":
            self._held = False
            return {"saved": await self._save()}
        return asdict(self._restored)

    async def keep(self) -> None:
        """Take snapshots for as long as the emulator runs."""
        clock = asyncio.get_running_loop().time
        last, took = clock(), 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            age = clock() - last
            wait = DIRTY_EVERY_SECONDS if self._dirty else JOURNAL_EVERY_SECONDS
            if self._held or age < max(wait, IDLE_SHARE * took) or not self._has_news():
                continue
            started = clock()
            await self._save()
            last = clock()
            took = last - started

    def _has_news(self) -> bool:
        return self._dirty or self._snapshots.journal.written_bytes > 0

    async def _save(self) -> bool:
        async with self._turn:
            self._dirty = False
            child: Child = self._snapshots.save()
            while (complete := child.finished()) is None:  # noqa: ASYNC110  # waitpid has no event
                await asyncio.sleep(0.02)
            self._dirty = self._dirty or not complete
            return complete

    def may_save_at_the_end(self) -> bool:
        """Whether the state is worth keeping: not in the middle of a deployment."""
        return not self._held


def is_quiet(scope: Scope) -> bool:
    """Return whether a request leaves nothing behind that the journal does not have."""
    if scope["method"] in {"GET", "HEAD"} or scope["path"].startswith(QUIET_PATHS):
        return True
    targets = [value for name, value in scope["headers"] if name.lower() == b"x-amz-target"]
    return any(target.startswith(JOURNALLED_TARGETS) for target in targets)
