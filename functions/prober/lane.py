"""A lane: the checks of one invocation, and more of them while slow targets keep it waiting.

A batch of Lambda's ends with its slowest check. Without this module nine healthy checks and one
that hangs keep a whole lane for as long as the hanging one takes, and once every lane holds such a
check, the checks of all other monitors expire in the queue.

See docs/decisions/0135-a-waiting-lane-takes-more-checks.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from functions.prober.check_queue import CheckQueue, Message
from sentinelmesh.domain.probing.result import Result

# Checks that use the processor or the network now: as many as a batch of Lambda's has.
MAX_BUSY = 10
# All checks in hand. One that waits costs a socket and, at worst, one body in memory.
MAX_OPEN = 50
# A check waits when its target has not answered for so long; nearly all answer sooner.
SLOW_AFTER_SECONDS = 0.5
# A queue that had less than was asked for is empty: it is asked again after so long.
POLL_SECONDS = 1.0
TICK_SECONDS = 0.25

Take = Callable[[Message, asyncio.Event], Awaitable[Result | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A check in hand.

    Args:
        answered: set when its probe has ended; what follows is the writing of its result.
        is_ours: received by this lane itself; Lambda knows nothing of it.
    """

    message: Message
    began: float
    is_ours: bool
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def is_waiting(self, now: float) -> bool:
        """Return whether it only waits for a slow target."""
        return not self.answered.is_set() and now - self.began >= SLOW_AFTER_SECONDS


class Lane:
    """Works off a batch; healthy checks of others never wait for its slow ones.

    Args:
        take: carries out one check; returns None when it has to come back.
        queue: where more checks are; read only while a check in hand waits.
        threads: for the calls to the queue.
        receives_until: reading of the event loop's clock; a check received later might outlast
            the invocation.
    """

    def __init__(
        self, take: Take, queue: CheckQueue, threads: Executor, receives_until: float
    ) -> None:
        self._take = take
        self._queue = queue
        self._threads = threads
        self._receives_until = receives_until
        self._open: dict[asyncio.Task[Result | None], _Held] = {}
        self._done: list[_Held] = []
        self.results: list[Result] = []
        self.failed: list[str] = []

    async def work_off(self, messages: Sequence[Message]) -> None:
        """Carry out a batch, and what else comes meanwhile.

        `results` has all results afterwards, and `failed` the ids of those messages of the batch
        that have to come back.
        """
        try:
            self._begin(messages, is_ours=False)
            await self._run(poll_now=len(messages) >= MAX_BUSY)
        finally:
            for task in self._open:
                task.cancel()

    async def _run(self, *, poll_now: bool) -> None:
        loop = asyncio.get_running_loop()
        poll_at = loop.time() + (0 if poll_now else POLL_SECONDS)
        while self._open:
            now = loop.time()
            room = self._count_room(now)
            if room and now >= poll_at:
                found = await self._receive(room)
                self._begin(found, is_ours=True)
                poll_at = loop.time() + (0 if len(found) == room else POLL_SECONDS)
            else:
                done, _ = await asyncio.wait(
                    self._open, timeout=TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                self._put_away(done)
        # Lambda deletes the others itself.
        await self._delete([held for held in self._done if held.is_ours])

    def _count_room(self, now: float) -> int:
        """Return how many checks may come in now; none unless a check in hand waits."""
        waiting = sum(held.is_waiting(now) for held in self._open.values())
        if not waiting or now >= self._receives_until:
            return 0
        busy = len(self._open) - waiting
        return max(0, min(MAX_BUSY - busy, MAX_OPEN - len(self._open)))

    def _begin(self, messages: Sequence[Message], *, is_ours: bool) -> None:
        now = asyncio.get_running_loop().time()
        for message in messages:
            held = _Held(message=message, began=now, is_ours=is_ours)
            self._open[asyncio.ensure_future(self._take(message, held.answered))] = held

    def _put_away(self, tasks: set[asyncio.Task[Result | None]]) -> None:
        for task in tasks:
            held = self._open.pop(task)
            result = task.result()
            if result is not None:
                self.results.append(result)
                self._done.append(held)
            elif not held.is_ours:
                self.failed.append(held.message["messageId"])

    async def _receive(self, room: int) -> Sequence[Message]:
        """Receive checks, after deleting those that are done: none seems to wait for long."""
        await self._delete(self._done)
        self._done = []
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._queue.receive, room)

    async def _delete(self, done: Sequence[_Held]) -> None:
        if done:
            messages = [held.message for held in done]
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._queue.delete, messages)
