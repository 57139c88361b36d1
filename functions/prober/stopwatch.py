"""Phases of one probe on the monotonic clock; each probe carries its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from sentinelmesh.domain.result import Timings


@dataclass(slots=True)
class Stopwatch:
    """Adds up the time of each phase, over all redirects.

    Args:
        phase: what is going on: tells a timeout while connecting from one while reading.
    """

    began: float = field(default_factory=perf_counter)
    spent: dict[str, float] = field(default_factory=dict)
    phase: str = "request"
    remote_address: str | None = None
    tls_expires_at: datetime | None = None

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Measure one phase; the phase stays current when it does not end well."""
        self.phase = phase
        start = perf_counter()
        try:
            yield
        finally:
            self.spent[phase] = self.spent.get(phase, 0.0) + perf_counter() - start
        self.phase = "request"

    def first_byte(self) -> None:
        """Note that the answer began."""
        self.spent["ttfb"] = perf_counter() - self.began
        self.phase = "body"

    def total_ms(self) -> float:
        """Give the milliseconds since the probe began."""
        return _milliseconds(perf_counter() - self.began)

    def timings(self) -> Timings:
        """Give the phases measured so far."""
        measured = {f"{phase}_ms": _milliseconds(spent) for phase, spent in self.spent.items()}
        return Timings(**measured, total_ms=self.total_ms())


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


current: ContextVar[Stopwatch] = ContextVar("stopwatch")
