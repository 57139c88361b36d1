"""A circuit breaker: a service that was out of reach a moment ago is not waited for again."""

from collections.abc import Callable
from threading import Lock

# Short enough that a region which is back misses at most one slot of a ten-second monitor.
OPEN_SECONDS = 10.0


class CircuitBreaker:
    """Remembers for some seconds that a service is out of reach; safe to share between threads.

    While it is open nobody calls. Once `OPEN_SECONDS` have passed, one caller at a time may try:
    its success closes the breaker for everybody, and until then the others are still refused.

    Args:
        clock: seconds of a clock that is never set.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._try_again_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Return True if the service was out of reach when it was last called."""
        return self._try_again_at is not None

    def allows_call(self) -> bool:
        """Return True if the caller may call now; while open, that makes it the one that tries."""
        with self._lock:
            if self._try_again_at is None:
                return True
            if self._clock() < self._try_again_at:
                return False
            self._try_again_at = self._clock() + OPEN_SECONDS
            return True

    def record_success(self) -> None:
        """Close: the service answered."""
        with self._lock:
            self._try_again_at = None

    def record_failure(self) -> None:
        """Open: the service was out of reach."""
        with self._lock:
            self._try_again_at = self._clock() + OPEN_SECONDS
