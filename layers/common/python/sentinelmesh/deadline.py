"""The end of an invocation: of work that Lambda cuts off, nobody knows how far it came."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of an invocation, by a clock that is never set.

    Args:
        ends_at: reading of the clock at which the function is stopped, whatever it does.
    """

    ends_at: float = FOREVER
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, context: Any, clock: Callable[[], float] = time.monotonic) -> Self:
        """Read from Lambda's context when the invocation ends."""
        return cls(clock() + context.get_remaining_time_in_millis() / 1000, clock)

    def seconds_left(self) -> float:
        """Return how long the invocation may still last."""
        return self.ends_at - self.clock()


NO_DEADLINE = Deadline()
