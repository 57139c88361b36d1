"""Functions as Lambda runs them: processes that live on, die, and are replaced."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fake_aws.hub import Hub
from tests.simulation.faults import Crash

Event = Mapping[str, Any]
Function = Callable[[Event], Any]
# What an invocation gives when it did not end well.
FAILED = object()
# How soon the source of an invocation learns that Lambda has no concurrency left for it.
ROOM_SECONDS = 0.05


@dataclass
class Process:
    """One process of a function, with one invocation at a time.

    Args:
        made: the AWS calls of the present invocation, in order.
        left_open: what is to be done about things that were begun, should it end here.
    """

    name: str
    run: Function = field(repr=False, default=lambda _event: None)
    close: Callable[[], None] = field(repr=False, default=lambda: None)
    made: list[str] = field(default_factory=list)
    left_open: dict[str, Callable[[], None]] = field(repr=False, default_factory=dict)
    is_dead: bool = False

    def die(self) -> None:
        """End here and now: whatever it still wants to do is refused."""
        self.is_dead = True
        for give_up in self.left_open.values():
            give_up()
        self.left_open.clear()


@dataclass
class Lambdas:
    """All functions of all regions.

    Args:
        make: gives the handler of a fresh process and what closes it.
        timeouts: seconds after which an invocation is ended, by name of the function.
        spread: how many processes of a function take turns, at least.
        is_full: says whether there is no concurrency left for one more.
    """

    hub: Hub
    make: Callable[[Process], tuple[Function, Callable[[], None]]]
    timeouts: Mapping[str, float]
    tell: Callable[[str], None]
    _idle: dict[str, list[Process]] = field(default_factory=lambda: defaultdict(list))
    _all: list[Process] = field(default_factory=list)
    spread: Mapping[str, int] = field(default_factory=dict)
    is_full: Callable[[], bool] = lambda: False

    def invoke(self, name: str, event: Event, done: Callable[[Any], None]) -> None:
        """Run a function; `done` gets its answer, or FAILED."""
        if self.is_full():
            self.tell(f"{name} was not started: no concurrency is left")
            self.hub.after(ROOM_SECONDS, lambda: done(FAILED))
        else:
            self.start(name, event, done)

    def start(self, name: str, event: Event, done: Callable[[Any], None]) -> None:
        """Run a function for which there is room."""
        process = self._choose(name)
        process.made.clear()
        answered = False

        def finish() -> None:
            nonlocal answered
            if answered:
                return
            answered = True
            if task.error is not None or not task.done or process.is_dead:
                why = task.error if task.done else "timeout"
                self.tell(f"{name} ended: {why!r}")
                process.die()
                done(FAILED)
                return
            self._idle[name].append(process)
            done(task.value)

        def out_of_time() -> None:
            if not answered:
                process.die()
                finish()

        task = self.hub.start(lambda: process.run(event), process)
        task.waiting.append(lambda: self.hub.at(self.hub.now, finish))
        self.hub.after(self.timeouts[name.split("@", maxsplit=1)[0]], out_of_time)

    def _choose(self, name: str) -> Process:
        """Take the process that worked last; where they take turns, the one that rested longest."""
        idle, wanted = self._idle[name], self.spread.get(name, 0)
        if not idle or sum(each.name == name for each in self._all) < wanted:
            return self._fresh(name)
        return idle.pop(0 if wanted else -1)

    def _fresh(self, name: str) -> Process:
        process = Process(name)
        process.run, process.close = self.make(process)
        self._all.append(process)
        return process

    def shut_down(self) -> None:
        """End all processes; what they still wanted to do does not happen."""
        for process in self._all:
            process.die()
            process.close()


def failed_identifiers(answer: Any) -> set[str] | None:
    """Read a partial batch response; None when the whole batch failed."""
    if answer is FAILED:
        return None
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


__all__ = ["FAILED", "Crash", "Event", "Function", "Lambdas", "Process", "failed_identifiers"]
