"""A monitor's past lived through again: stored results, met by the very same decision."""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Incident, Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state, window_start
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.domain.verification.expected_result import is_expected
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.domain.verification.round import is_planned
from sentinelmesh.domain.verification.transition import TransitionPlan, plan_transition
from sentinelmesh.domain.verification.vote import began_at


@dataclass
class Replay:
    """Plays results to `decide` in the order in which they must have arrived.

    When a result arrived is not stored: it is taken to be there when its probe ended.

    Args:
        monitor: with the policy to be tried.
        maintenance: announced times of the monitor.
        missing: votes that the policy would have asked for and that nobody ever measured.
    """

    monitor: Monitor
    maintenance: Sequence[Interval] = ()
    missing: set[tuple[datetime, str]] = field(default_factory=set)
    _state: State = field(init=False)
    _incident: Incident | None = None
    _wakes: list[datetime] = field(default_factory=list)
    _window: deque[Result] = field(default_factory=deque)

    def play(self, results: Iterable[Result], until: datetime) -> Iterator[TransitionPlan]:
        """Walk over the transitions that would have come about.

        Args:
            results: in any order.
            until: the end of the time played; what was still to be waited for then stays open.
        """
        self._state = initial_state(self.monitor)
        known = sorted(results, key=lambda each: (self._arrival(each), each.slot))
        measured = {(each.slot, each.region) for each in known}
        for result in known:
            arrived = self._arrival(result)
            yield from self._wake_up(arrived)
            self._window.append(result)
            if not self._is_expected(result):
                yield from self._settle(arrived)
        yield from self._wake_up(until)
        self.missing -= measured

    def _arrival(self, result: Result) -> datetime:
        took = result.latency_ms
        span = self.monitor.timeout if took is None else timedelta(milliseconds=took)
        return began_at(self.monitor, result) + span

    def _is_expected(self, result: Result) -> bool:
        return is_expected(
            self._state.status,
            self._state.failing_regions,
            restless=self._state.is_restless or result.degraded,
            region=result.region,
            outcome=result.outcome,
            is_scheduled=result.purpose is Purpose.SCHEDULED,
        )

    def _wake_up(self, until: datetime) -> Iterator[TransitionPlan]:
        while self._wakes and self._wakes[0] <= until:
            at = heapq.heappop(self._wakes)
            while self._wakes and self._wakes[0] == at:
                heapq.heappop(self._wakes)
            yield from self._settle(at)

    def _settle(self, at: datetime) -> Iterator[TransitionPlan]:
        """Take steps until nothing is left to decide."""
        self._forget(at)
        while True:
            decision = decide(self.monitor, self._state, self._window, at, self.maintenance)
            self._ask(decision.asks)
            for wake_at in (decision.wake_at, decision.recheck_at):
                if wake_at is not None and wake_at > at:
                    heapq.heappush(self._wakes, wake_at)
            if decision.change is None:
                return
            taken = plan_transition(decision.change, self.monitor, self._state, self._incident, at)
            self._state, self._incident = taken.state, taken.current
            yield taken

    def _ask(self, asks: Iterable[VerificationRequest]) -> None:
        """Note who would have been asked; where nobody looks whether it recovers, slots decide."""
        is_down = self._state.status is Status.DOWN
        self.missing |= {
            (each.slot, region)
            for each in asks
            if not is_down or is_planned(self.monitor, each.slot)
            for region in each.regions
        }

    def _forget(self, at: datetime) -> None:
        """Drop what no decision looks at any more."""
        start = window_start(self.monitor, self._state, at)
        while self._window and self._window[0].slot < start:
            self._window.popleft()
