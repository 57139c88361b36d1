"""A tiny world around the pure decision: a target, slots, and votes that arrive when they like."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from sentinelmesh.domain.incidents.incident import OUTAGE, Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import regions_of, slot_at
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.probing.slow_probe import PATIENCE, Unanswered
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state, window_start
from sentinelmesh.domain.verification.early_verification import speculate
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.verification.transition import TransitionPlan, plan_transition, with_alerts
from tests.support.builders import a_channel, a_result, a_slot

# It works, but not as it should.
SLOW: Literal["slow"] = "slow"
Seen = Outcome | Literal["slow"]
Truth = Sequence[Mapping[str, Seen]]


@dataclass
class World:
    """Plays what the regions would see against the decision, with random delays.

    Args:
        truth: for each slot, what each region's probe would find; a region that is absent never
            answers.
        maintenance: announced times.
        reads_everything: gives the decision all results there are, not just its window.
        early: probers say when an answer is long in coming.
    """

    monitor: Monitor
    truth: Truth
    chance: Random
    reads_everything: bool = False
    maintenance: Sequence[Interval] = ()
    early: bool = False
    results: list[Result] = field(default_factory=list)
    steps: list[TransitionPlan] = field(default_factory=list)
    asked: set[tuple[datetime, str]] = field(default_factory=set)
    wakes: set[datetime] = field(default_factory=set)
    _events: list[tuple[datetime, int, Result | Unanswered | None]] = field(default_factory=list)
    _count: int = 0

    def play(self) -> list[TransitionPlan]:
        """Let all votes arrive, evaluating at each arrival, at each wake-up and at random."""
        self.state = initial_state(self.monitor)
        self.incident: Incident | None = None
        for place, seen in enumerate(self.truth):
            self._schedule(a_slot(self.monitor, place), seen)
        if self.monitor.probed_since is not None:
            self._push(self.monitor.probed_since, None)
        while self._events:
            at, _, event = heapq.heappop(self._events)
            if isinstance(event, Result):
                self.results.append(event)
            self._evaluate(at)
            if isinstance(event, Unanswered):
                self._speculate(event, at)
        return self.steps

    def _schedule(self, slot: datetime, seen: Mapping[str, Seen]) -> None:
        monitor = self.monitor
        for region in regions_of(
            monitor.id, monitor.interval_seconds, monitor.regions, monitor.strategy, slot
        ):
            if region in seen:
                self._arrive(slot, region, seen[region], Purpose.SCHEDULED, slot)
                if self.early:
                    slow = Unanswered(slot=slot, region=region, revision=monitor.revision)
                    self._push(slot + PATIENCE, slow)

    def _arrive(
        self, slot: datetime, region: str, seen: Seen, purpose: Purpose, due: datetime
    ) -> None:
        """Have a vote arrive once or twice, at any time that counts as timely."""
        started = slot + timedelta(milliseconds=120)
        result = a_result(
            self.monitor,
            slot,
            region,
            outcome=Outcome.SUCCESS if seen == SLOW else seen,
            degraded=seen == SLOW,
            purpose=purpose,
            started_at=started,
        )
        patience = (self.monitor.timeout + ARRIVAL_SLACK).total_seconds()
        for _ in range(self.chance.choice((1, 1, 2))):
            self._push(due + timedelta(seconds=self.chance.uniform(0.2, patience - 0.1)), result)

    def _push(self, at: datetime, event: Result | Unanswered | None) -> None:
        self._count += 1
        heapq.heappush(self._events, (at, self._count, event))

    def _speculate(self, slow: Unanswered, at: datetime) -> None:
        ask = speculate(
            self.monitor, self.state, self.results, slow, at=at, maintenance=self.maintenance
        )
        for region in ask.regions if ask else ():
            self._ask(slow.slot, region, at)

    def _evaluate(self, at: datetime) -> None:
        while True:
            start = window_start(self.monitor, self.state, at)
            window = [each for each in self.results if self.reads_everything or each.slot >= start]
            self.chance.shuffle(window)
            decision = decide(self.monitor, self.state, window, at, self.maintenance)
            for ask in (*decision.asks, *([decision.recheck] if decision.recheck else ())):
                for region in ask.regions:
                    self._ask(ask.slot, region, at, ask.purpose)
            for wake_at in (decision.wake_at, decision.recheck_at):
                if wake_at is not None and wake_at not in self.wakes:
                    self.wakes.add(wake_at)
                    self._push(wake_at, None)
            if decision.change is None:
                return
            taken = plan_transition(decision.change, self.monitor, self.state, self.incident, at)
            taken = with_alerts(taken, self.monitor, [a_channel()])
            self.steps.append(taken)
            self.state = taken.state
            self.incident = taken.current

    def _ask(
        self,
        slot: datetime,
        region: str,
        at: datetime,
        purpose: Purpose = Purpose.VERIFICATION,
    ) -> None:
        if (slot, region) in self.asked:
            return
        self.asked.add((slot, region))
        # What is found between slots is what was found at the one before.
        planned = slot_at(self.monitor.id, self.monitor.interval_seconds, slot)
        for place, seen in enumerate(self.truth):
            if a_slot(self.monitor, place) == planned and region in seen:
                self._arrive(slot, region, seen[region], purpose, at)


def ledger_of(steps: Sequence[TransitionPlan]) -> list[tuple[object, ...]]:
    """Reduce steps to what must not depend on the order of arrival."""
    return [
        (
            taken.transition.version,
            taken.transition.from_status,
            taken.transition.to_status,
            taken.transition.rule,
            taken.transition.slot,
            taken.state.failing_regions,
            taken.opened and (taken.opened.incident_id, taken.opened.opened_at),
            taken.closed and (taken.closed.incident_id, taken.closed.resolved_at),
            tuple(alert.key for alert in taken.alerts),
        )
        for taken in steps
    ]


def incidents_of(steps: Sequence[TransitionPlan]) -> Iterator[tuple[str, str]]:
    """Walk over the beginnings and ends of incidents in the order of their decisions."""
    for taken in steps:
        if taken.closed:
            yield "closed", taken.closed.incident_id
        if taken.opened:
            yield "opened", taken.opened.incident_id


def outages_of(steps: Sequence[TransitionPlan]) -> list[tuple[datetime, datetime | None]]:
    """Return when outages began and ended, whatever else the ledger holds."""
    incidents = {
        each.incident_id: each
        for taken in steps
        for each in (taken.opened, taken.closed)
        if each is not None and each.severity == OUTAGE
    }
    return [(each.opened_at, each.resolved_at) for each in incidents.values()]
