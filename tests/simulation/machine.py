"""What of the machine the code uses, over simulated time: sleeping, clocks, threads, an event loop.

Nothing else of a function is replaced than these, the AWS clients, the probes and the senders.
"""

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

from tests.fake_aws.hub import Hub, Task


class SimulatedTime:
    """Stands in for the module `time`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.sleep = hub.sleep

    def monotonic(self) -> float:
        """Tell the simulated time."""
        return self._hub.seconds

    perf_counter = monotonic


class Lanes:
    """Stands in for a pool of threads: each job is a task of the same owner as its caller."""

    def __init__(self, hub: Hub, workers: int = 0) -> None:
        self._hub = hub
        self._workers = workers
        self._busy = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def map(self, run: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Run for each item, as many at once as there are workers; in the order of the items."""
        tasks = [self._start(run, item) for item in items]
        return iter([self._hub.join(task) for task in tasks])

    def _wait_for_worker(self) -> None:
        """Wait until a worker is free; one that has no limit never waits."""
        if self._workers and self._busy >= self._workers:
            self._waiting.append(self._hub.wait_for_wake())
            self._hub.pause()
            return
        self._busy += 1

    def _free_worker(self) -> None:
        """Hand the worker to who waits longest."""
        if self._waiting:
            self._waiting.popleft()()
        else:
            self._busy -= 1

    def _work(self, run: Callable[[], Any]) -> Any:
        self._wait_for_worker()
        try:
            return run()
        finally:
            self._free_worker()

    def submit(self, run: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Run once, and give what the event loop can wait for."""
        future: Future[Any] = Future()

        def carry_out() -> None:
            try:
                future.set_result(self._work(lambda: run(*arguments)))
            except BaseException as error:  # noqa: BLE001 (it belongs to whoever waits)
                future.set_exception(error)

        self._hub.start(carry_out, self._owner)
        return future

    def shutdown(self, *_how: Any, **_more: Any) -> None:
        """End; there is nothing to end."""

    @property
    def _owner(self) -> Any:
        return self._hub.task.owner if self._hub.task else None

    def _start(self, run: Callable[[Any], Any], item: Any) -> Task:
        return self._hub.start(lambda: self._work(lambda: run(item)), self._owner)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End; whoever wanted results has waited for them."""


class _Selector(selectors.BaseSelector):
    """Waits by letting other tasks run; there are no files to watch."""

    def __init__(self) -> None:
        self.wait: Callable[[float | None], None] = lambda _seconds: None

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            self.wait(timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is simulated, and that runs inside a task."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._wake: Callable[[], None] | None = None
        selector = _Selector()
        super().__init__(selector)
        selector.wait = self._wait
        # Instants are kept in microseconds: a timer that is due within ten of them is due.
        self._clock_resolution = 1e-5
        self.set_default_executor(Lanes(hub))

    def time(self) -> float:
        """Tell the simulated time."""
        return self._hub.seconds

    def _wait(self, seconds: float | None) -> None:
        """Let others run until it is time, or until a job of a lane has ended."""
        self._wake = self._hub.wait_for_wake()
        if seconds is not None:
            self._hub.after(seconds, self._wake)
        # Other loops run in other tasks of this thread: each has to find itself the running one.
        asyncio._set_running_loop(None)
        self._hub.pause()
        asyncio._set_running_loop(self)

    def _write_to_self(self) -> None:
        if self._wake is not None:
            self._wake()

    def set_default_executor(self, executor: Any) -> None:
        """Take lanes, although they are no threads."""
        self._default_executor = executor
