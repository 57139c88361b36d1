"""Simulated time, and tasks that take turns: one runs at a time, and only a wait lets others in.

Every task is a greenlet. It gives up its turn when it waits for time or for another task, which
is what every call to the stand-in AWS does. So the calls of functions that run at once interleave
in all ways that a seed can choose, and the same seed chooses the same way again.
"""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet


class Turn(greenlet):
    """The running side of a task."""

    task: "Task"


class Task:
    """Something that runs until it returns or fails.

    Args:
        owner: whatever the task belongs to; what it starts belongs to the same.
    """

    def __init__(self, hub: "Hub", run: Callable[[], Any], owner: Any) -> None:
        self.owner = owner
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.waiting: list[Callable[[], None]] = []
        self._hub = hub
        self._run = run
        self.greenlet = Turn(self._main, parent=hub.main)
        self.greenlet.task = self

    def _main(self) -> None:
        try:
            self.value = self._run()
        except BaseException as error:  # noqa: BLE001 (it belongs to whoever waits for the task)
            self.error = error
        self.done = True
        for wake in self.waiting:
            wake()


class Hub:
    """The clock and the queue of what happens next."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self.main = getcurrent()
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = 0

    def clock(self) -> datetime:
        """Tell the simulated time."""
        return self.now

    @property
    def seconds(self) -> float:
        """Tell the simulated time as seconds since 1970."""
        return self.now.timestamp()

    @property
    def task(self) -> Task | None:
        """The running task, if one is."""
        return getattr(getcurrent(), "task", None)

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Have something happen at a moment; never in the past."""
        self._count += 1
        heapq.heappush(self._events, (max(when, self.now), self._count, act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Have something happen after a while."""
        self.at(self.now + timedelta(seconds=seconds), act)

    def start(self, run: Callable[[], Any], owner: Any = None) -> Task:
        """Start a task; its first turn comes when the running one waits."""
        task = Task(self, run, owner)
        self.at(self.now, task.greenlet.switch)
        return task

    def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        self.after(seconds, getcurrent().switch)
        self.main.switch()

    def wait_for_wake(self) -> Callable[[], None]:
        """Return what wakes the running task; it is to call `pause` next."""
        sleeper = getcurrent()
        woken = False

        def wake() -> None:
            nonlocal woken
            if not woken:
                woken = True
                self.at(self.now, sleeper.switch)

        return wake

    def pause(self) -> None:
        """Wait until somebody calls what `wait_for_wake` gave."""
        self.main.switch()

    def join(self, task: Task) -> Any:
        """Wait for a task; give its value or raise its error."""
        if not task.done:
            task.waiting.append(self.wait_for_wake())
            self.pause()
        if task.error is not None:
            raise task.error
        return task.value

    def run_until(self, end: datetime) -> None:
        """Let time pass."""
        while self._events and self._events[0][0] <= end:
            self.now, _, act = heapq.heappop(self._events)
            act()
        self.now = end
