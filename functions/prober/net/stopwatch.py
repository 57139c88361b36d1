"""Phases of one probe on the monotonic clock; each attempt carries its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

from functions.prober.evidence import Findings
from sentinelmesh.domain.probing.result import Timings

if TYPE_CHECKING:
    from functions.prober.observation import ProbeFailed


@dataclass(slots=True, kw_only=True)
class Stopwatch:
    """Adds up the time of each phase, over all redirects, and carries the notes of the attempt.

    Args:
        seconds: how long the probe may take.
        met: what was met on the way.
        phase: what is going on: tells a timeout while connecting from one while reading.
        verdict: how the probe will end, known while more is still being found out about it.
        ended: when that was known.
    """

    seconds: float = inf
    began: float = field(default_factory=perf_counter)
    spent: dict[str, float] = field(default_factory=dict)
    phase: str = "request"
    met: Findings = field(default_factory=Findings)
    verdict: "ProbeFailed | None" = None
    ended: float | None = None

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

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Leave out what only the prober takes its time for; the deadline stays where it is."""
        start = perf_counter()
        try:
            yield
        finally:
            away = perf_counter() - start
            self.began += away
            self.seconds -= away

    def first_byte(self) -> None:
        """Note that the answer began."""
        self.spent["ttfb"] = perf_counter() - self.began
        self.phase = "body"

    def stop(self) -> float:
        """End the probe's time and give its milliseconds; what follows is judging."""
        self.ended = perf_counter()
        return _milliseconds(self.ended - self.began)

    def conclude(self, verdict: "ProbeFailed") -> None:
        """Note how the probe ends; what follows is no longer part of its time."""
        self.verdict = verdict
        self.stop()

    def remaining(self) -> float:
        """Return the seconds that the probe may still take."""
        return max(0.0, self.began + self.seconds - perf_counter())

    def timings(self) -> Timings:
        """Return the phases measured so far."""
        measured = {f"{phase}_ms": _milliseconds(spent) for phase, spent in self.spent.items()}
        ended = self.ended or perf_counter()
        return Timings(**measured, total_ms=_milliseconds(ended - self.began))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)
