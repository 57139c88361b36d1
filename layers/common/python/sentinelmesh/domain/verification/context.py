"""What a decision looks at: configuration, state, rounds and the present."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.deadlines import verified_within
from sentinelmesh.domain.monitors.first_check import MAX_FIRST_LOOK_DELAY, first_look_slot
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import next_slot, planned_slots, regions_of
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decision import Decision, StateChange, VerificationRequest
from sentinelmesh.domain.verification.flapping import is_stable
from sentinelmesh.domain.verification.monitor_state import Rule, State, known_failing
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK, RecoveryCheck
from sentinelmesh.domain.verification.round import (
    Round,
    awaited_until,
    can_be_verified,
    gap_end,
    late_before,
)

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationContext:
    """Everything a decision looks at.

    Args:
        start: rounds of earlier slots are settled and not among `rounds`.
        rechecks: slots between those of the timetable in which all regions look at once, in order.
        recovery: those in which one region looks at what is down.
    """

    monitor: Monitor
    state: State
    start: datetime
    rounds: Sequence[Round]
    at: datetime
    maintenance: Sequence[Interval] = ()
    rechecks: Sequence[datetime] = ()
    recovery: Mapping[datetime, RecoveryCheck] = field(default_factory=dict)

    @property
    def status_before(self) -> Status:
        """The status that a monitor returns to when a suspicion is given up."""
        return Status.PENDING if self.state.never_up else Status.UP

    @property
    def known_failing(self) -> frozenset[str]:
        """Regions known to fail."""
        return known_failing(self.monitor, self.state)

    def unmoved(
        self, rule: Rule, each: Round, recovered: frozenset[str] = frozenset()
    ) -> StateChange:
        """Build a change that leaves the status as it is.

        Args:
            recovered: regions that do not fail any more.
        """
        return StateChange(
            to_status=self.state.status,
            rule=rule,
            round=each,
            failing_regions=tuple(sorted(self.known_failing - recovered)),
        )

    @property
    def is_blind(self) -> bool:
        """Whether nobody could judge the monitor until these rounds."""
        return self.state.blind_since is not None

    def is_late(self, each: Round) -> bool:
        """Return whether a round is too old to open or resolve anything."""
        return each.slot < late_before(self.monitor, self.at)

    def is_excused(self, slot: datetime) -> bool:
        """Return whether maintenance has begun since a slot: it then raises and confirms nothing.

        That goes for a slot before the window too: nothing opens once the window has begun.
        """
        return any(span.end > slot and span.start <= self.at for span in self.maintenance)

    def _is_quiet(self, slot: datetime) -> bool:
        return any(span.holds(slot) for span in self.maintenance)

    def is_stable(self, each: Round) -> bool:
        """Return whether a round ends the flapping of its monitor."""
        return is_stable(self.state, each.slot)

    def has_later(self, each: Round) -> bool:
        """Return whether other rounds have to wait for this one."""
        return self.rounds[-1] is not each

    def awaited(self, each: Round, in_doubt_after: datetime | None = None) -> datetime | None:
        """Return until when an earlier round may still arrive.

        Args:
            in_doubt_after: behind this slot all regions were asked about each slot.
        """
        known = (other.slot for other in self.rounds)
        timeout = self.monitor.timeout
        between = {slot: slot + timeout + ARRIVAL_SLACK for slot in self.rechecks}
        between |= {slot: check.given_up_at(timeout) for slot, check in self.recovery.items()}
        return awaited_until(
            self.monitor,
            known,
            self.start,
            each.slot,
            self.at,
            between=between,
            in_doubt_after=in_doubt_after if can_be_verified(self.monitor) else None,
        )

    def is_after_gap(self, each: Round, before: Round | None) -> bool:
        """Return whether so many slots are missing before a round that it begins a new run.

        Args:
            before: the last round in which anybody saw anything.
        """
        return before is not None and each.slot >= gap_end(self.monitor, before.slot)

    def verify_from(self, since: datetime, waiting: Decision) -> Decision:
        """Ask all regions about each slot behind `since`, also if the region in turn is away.

        The region in turn is asked by the timetable.
        """
        if not can_be_verified(self.monitor):
            return waiting
        plan = (self.monitor.id, self.monitor.interval_seconds)
        planned = {each.slot: each for each in self.rounds if each.scheduled}
        start = max(since, self.at - verified_within(self.monitor)) + MOMENT
        voted = {each.slot: each.votes for each in self.rounds}
        asks = tuple(
            VerificationRequest(slot=slot, regions=others)
            for slot in planned_slots(*plan, start, self.at + MOMENT)
            if slot not in planned and not self._is_quiet(slot)
            if (others := self._without({*voted.get(slot, ()), *self._in_turn(slot)}))
        )
        wakes = [next_slot(*plan, self.at), *([waiting.wake_at] if waiting.wake_at else [])]
        return Decision(asks=waiting.asks + asks, wake_at=min(wakes))

    def _in_turn(self, slot: datetime) -> tuple[str, ...]:
        monitor = self.monitor
        return regions_of(
            monitor.id, monitor.interval_seconds, monitor.regions, monitor.strategy, slot
        )

    def asks(self, rounds: Iterable[Round]) -> tuple[VerificationRequest, ...]:
        """Ask the regions that have not voted; with strategy `all` they are on their way."""
        asks_others = self.monitor.strategy == "rotate"
        return tuple(
            VerificationRequest(slot=each.slot, regions=each.missing)
            for each in rounds
            if asks_others or each.is_recovery
            if not each.between and not each.is_final(self.at)
        )

    def look_between(self, waiting: Decision) -> Decision:
        """Ask all regions at once, between two slots, when it is time; and wake up for it.

        Whoever comes too late for one leaves it out: its result would not be waited for.
        """
        voted = {each.slot: each.votes for each in self.rounds}
        due = tuple(
            VerificationRequest(slot=slot, regions=regions, purpose=self._purpose_of(slot))
            for slot in self.rechecks
            if self._is_due(slot) and (regions := self._without(voted.get(slot, ())))
        )
        later = [slot for slot in self.rechecks if slot > self.at and not self._is_due(slot)]
        wakes = [*later[:1], *([waiting.wake_at] if waiting.wake_at else [])]
        return replace(waiting, asks=waiting.asks + due, wake_at=min(wakes, default=None))

    def _is_due(self, slot: datetime) -> bool:
        """Return True if it is time for a look between slots; a first look does not wait."""
        if self._purpose_of(slot) is Purpose.FIRST_LOOK:
            return self._is_first_look_due(slot)
        return slot <= self.at < slot + ARRIVAL_SLACK and not self._is_quiet(slot)

    def _is_first_look_due(self, slot: datetime) -> bool:
        """Return True until the timetable looks itself: nothing else brings a late one back."""
        monitor = self.monitor
        end = min(
            next_slot(monitor.id, monitor.interval_seconds, slot), slot + MAX_FIRST_LOOK_DELAY
        )
        return monitor.probed_since is not None and monitor.probed_since <= self.at < end

    def _purpose_of(self, slot: datetime) -> Purpose:
        is_first = slot == first_look_slot(self.monitor)
        return Purpose.FIRST_LOOK if is_first else Purpose.VERIFICATION

    def check_recovery(self, waiting: Decision) -> Decision:
        """Have one region look again at what is down when it is time, and name the next time."""
        quick = {slot: check for slot, check in self.recovery.items() if check.has_alarm}
        later = {slot: check for slot, check in self.recovery.items() if not check.has_alarm}
        return replace(
            waiting,
            asks=waiting.asks + self._due_of(later),
            recheck=next(iter(self._due_of(quick)), None),
            recheck_at=min((slot for slot in quick if slot > self.at), default=None),
            is_recheck_lost=self._is_lost(quick),
        )

    def _due_of(self, checks: Mapping[datetime, RecoveryCheck]) -> tuple[VerificationRequest, ...]:
        return tuple(
            VerificationRequest(slot=slot, regions=(check.region,))
            for slot, check in checks.items()
            if slot <= self.at < check.asked_until and not self._is_answered(slot, check)
        )

    def _is_lost(self, quick: Mapping[datetime, RecoveryCheck]) -> bool:
        """Return True if no region answered in its last turn: the alarm for these checks is gone.

        Where some regions are away, the others still take their turns.
        """
        timeout, turns = self.monitor.timeout, max(2, len(self.monitor.regions))
        past = [each for each in quick.items() if self.at >= each[1].given_up_at(timeout)]
        return bool(past) and not any(self._is_answered(*each) for each in past[-turns:])

    def _is_answered(self, slot: datetime, check: RecoveryCheck) -> bool:
        return any(each.slot == slot and check.region in each.votes for each in self.rounds)

    def _without(self, voted: Container[str]) -> tuple[str, ...]:
        return tuple(each for each in self.monitor.regions if each not in voted)

    def failing_after(self, rounds: Iterable[Round]) -> tuple[str, ...]:
        """Return the regions known to fail once these rounds, oldest first, have counted."""
        failing = self.known_failing
        for each in rounds:
            failing = failing - each.regions_with(Outcome.SUCCESS)
            failing |= each.regions_with(Outcome.FAILURE)
        return tuple(sorted(failing))
