"""Watches the emulator, and starts it again when somebody killed it."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable

from local.emulator_process import EmulatorProcess
from local.errors import StepFailed
from local.progress import Progress

MAX_RESTARTS = 5
WITHIN_SECONDS = 120.0
LOOK_EVERY_SECONDS = 1.0


class Supervisor:
    """Restarts one emulator; gives up when it keeps dying."""

    def __init__(
        self,
        emulator: EmulatorProcess,
        progress: Progress,
        after_restart: Callable[[], Awaitable[None]],
    ) -> None:
        self._emulator = emulator
        self._progress = progress
        self._after_restart = after_restart
        self._restarts: deque[float] = deque(maxlen=MAX_RESTARTS)

    async def watch(self) -> None:
        """Watch until cancelled.

        Raises:
            StepFailed: the emulator dies again and again.
        """
        while True:
            code = await self._emulator.ended()
            if self._dies_too_often(time.monotonic()):
                raise StepFailed(f"The embedded AWS keeps ending: {self._emulator.last_words()}")
            restored = await self._emulator.start()
            self._progress.say(
                f"The embedded AWS ended (code {code}) and was started again: restored its state "
                f"and {restored['replayed']} writes after it."
            )
            await self._after_restart()

    def _dies_too_often(self, now: float) -> bool:
        full = len(self._restarts) == MAX_RESTARTS
        often = full and now - self._restarts[0] < WITHIN_SECONDS
        self._restarts.append(now)
        return often


async def parent_has_ended(pid: int) -> None:
    """Wait until a process is gone."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
