"""How long an invocation may begin deliveries: of one that is cut off nobody knows its outcome."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Looking up a name, the exchange with the provider, the mark: at worst.
LONGEST_DELIVERY_SECONDS = 25.0
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
    def of(cls, context: Any, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """Read from Lambda's context when the invocation ends."""
        return cls(clock() + context.get_remaining_time_in_millis() / 1000, clock)

    def seconds_left(self) -> float:
        """Say how long the invocation may last."""
        return self.ends_at - self.clock()

    def leaves_time_for_delivery(self) -> bool:
        """Say whether a delivery that begins now will certainly be marked."""
        return self.seconds_left() >= LONGEST_DELIVERY_SECONDS

    def within(self, seconds: float) -> "Deadline":
        """Give a deadline that lets deliveries begin for so long only, if not even shorter."""
        early = self.clock() + seconds + LONGEST_DELIVERY_SECONDS
        return Deadline(min(self.ends_at, early), self.clock)


NO_DEADLINE = Deadline()
