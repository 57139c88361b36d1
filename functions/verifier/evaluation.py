"""Evaluating a monitor: read the recent set, decide, commit; again until nothing changes.

Only what is decided is written here. Asking other regions comes afterwards, for all monitors of a
batch together: a region that is out of reach must not hold up what is decided already.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.verifier.regions import Regions
from functions.verifier.verification import FollowUp, verification_checks
from sentinelmesh.domain.alerts.alert import Alert, Channel
from sentinelmesh.domain.alerts.closing_events import (
    close_cancelled,
    find_open_receivers,
    keeps_state,
)
from sentinelmesh.domain.alerts.escalation import EscalationPolicy
from sentinelmesh.domain.incidents.common_cause import Parent
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.region_trust import abstaining
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state, window_start
from sentinelmesh.domain.verification.decision import StateChange, VerificationRequest
from sentinelmesh.domain.verification.early_verification import speculate
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.domain.verification.transition import (
    TransitionPlan,
    needs_channels,
    plan_transition,
    with_alerts,
)
from sentinelmesh.errors import StaleState
from sentinelmesh.observability import logger
from sentinelmesh.recurrence import list_announced
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions_writer import Ledger

# A monitor moves by few transitions at once; more than this means that we go round in circles.
MAX_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluator:
    """Decides about one monitor at a time; safe to run anywhere, any number of times."""

    monitors: MonitorsRepository
    states: StatesRepository
    results: ResultsRepository
    incidents: IncidentsRepository
    channels: ChannelsRepository
    escalation_policies: EscalationPoliciesRepository
    maintenance: MaintenanceRepository
    ledger: Ledger
    alerts: AlertsRepository
    regions: Regions
    clock: Callable[[], datetime]

    def evaluate(
        self, monitor_id: str, unanswered: Collection[Unanswered] = (), *, swept: bool = False
    ) -> FollowUp:
        """Bring a monitor's state up to date with its results; return what is to be done then.

        Args:
            unanswered: probes of it that are slow: others may be asked before they have ended.
            swept: called by the sweep, in case something was lost: quick checks are left to their
                alarms.

        Cost: monitor, state and results are read once (about 4 read units), where something failed
            the maintenance windows too; each transition is one transaction.

        Raises:
            StaleState: others kept moving the monitor all the time; try again.
            StoreUnavailable: try again.
        """
        for _ in range(MAX_STEPS):
            try:
                return self._settle(monitor_id, unanswered, swept=swept)
            except StaleState:
                continue
        raise StaleState(f"{monitor_id} was moved by others {MAX_STEPS} times in a row")

    def _settle(
        self, monitor_id: str, unanswered: Collection[Unanswered], *, swept: bool
    ) -> FollowUp:
        """Take steps until nothing is left to decide.

        Raises:
            StaleState: far more steps were due than a window of results can hold.
        """
        monitor = self.monitors.get(monitor_id)
        state = self.states.get(monitor_id)
        if state is None:
            if monitor is None:
                return FollowUp(monitor_id=monitor_id)
            state = initial_state(monitor)
        results = self._without_distrusted(self._recent(monitor, state))
        quiet = self._announced(monitor, results, unanswered)
        asks: dict[VerificationRequest, None] = {}
        found = state
        for _ in range(MAX_STEPS):
            at = self.clock()
            decision = decide(monitor, state, results, at, quiet)
            asks |= dict.fromkeys(decision.asks)
            asks |= {decision.recheck: None} if decision.recheck and not swept else {}
            if decision.change is None:
                break
            state = self.take(decision.change, monitor, state, at).state
        else:
            raise StaleState(f"{monitor_id} still moves after {MAX_STEPS} steps")
        if monitor is None:
            return FollowUp(monitor_id=monitor_id)
        for each in unanswered:
            early = speculate(monitor, state, results, each, at=at, maintenance=quiet)
            asks |= {early: None} if early else {}
        checks = verification_checks(monitor, asks, at)
        goes_on = decision.is_recheck_lost if swept else decision.recheck is not None
        is_first = state is not found
        wakes = [decision.wake_at, decision.recheck_at if goes_on or is_first else None]
        wake_at = min((each for each in wakes if each is not None), default=None)
        return FollowUp(monitor_id=monitor_id, checks=checks, wake_at=wake_at)

    def _without_distrusted(self, results: list[Result]) -> list[Result]:
        """Have the failures of distrusted regions abstain; the verdict matters to failures only."""
        if not any(each.outcome is Outcome.FAILURE for each in results):
            return results
        return abstaining(results, self.regions.distrusted)

    def _recent(self, monitor: Monitor | None, state: State) -> list[Result]:
        if monitor is None or monitor.paused:
            return []
        start = window_start(monitor, state, self.clock())
        return self.results.list_since(monitor.id, start)

    def _announced(
        self,
        monitor: Monitor | None,
        results: Sequence[Result],
        unanswered: Collection[Unanswered],
    ) -> Sequence[Interval]:
        """Read the maintenance windows, if there is anything that they could excuse."""
        fails = any(each.outcome is Outcome.FAILURE or each.degraded for each in results)
        if monitor is None or not (fails or unanswered):
            return ()
        slots = [*(each.slot for each in results), *(each.slot for each in unanswered)]
        within = Interval(min(slots), max(*slots, self.clock()) + monitor.interval)
        return list_announced(self.maintenance.list(), monitor, within)

    def take(
        self, change: StateChange, monitor: Monitor | None, state: State, at: datetime
    ) -> TransitionPlan:
        """Commit one transition with everything that belongs to it.

        Raises:
            StaleState: somebody moved or edited the monitor first.
            StoreUnavailable: decide again, it is safe to repeat.
        """
        incident = None
        if state.incident_id is not None:
            incident = self.incidents.get(state.monitor_id, state.incident_id)
        planned = plan_transition(change, monitor, state, incident, at)
        if monitor is not None and needs_channels(planned):
            channels = self.channels.list()
            planned = with_alerts(
                planned,
                monitor,
                channels,
                self._policy_of(monitor),
                self._failed_probes(planned.closed),
                parents=self._parents_of(monitor),
                receivers=self._open_receivers(planned.closed, channels),
            )
        elif planned.closed is not None:
            planned = replace(planned, alerts=self._closing_events(planned, planned.closed))
        self.ledger.commit(planned)
        _log(planned, monitor)
        return planned

    def _closing_events(self, planned: TransitionPlan, cancelled: Incident) -> tuple[Alert, ...]:
        """Build what receivers that keep an alert open are told. Cost: two queries."""
        rows = self.alerts.list_of_incident(cancelled.incident_id)
        if not rows:
            return ()
        sentence = planned.transition.sentence
        return close_cancelled(cancelled, rows, self.channels.list(), sentence)

    def _open_receivers(
        self, closed: Incident | None, channels: Sequence[Channel]
    ) -> tuple[Channel, ...]:
        """Return the channels whose receivers keep an incident open that ends.

        Cost: a query where there is a channel that keeps a state.
        """
        if closed is None or not any(keeps_state(each) for each in channels):
            return ()
        return find_open_receivers(self.alerts.list_of_incident(closed.incident_id), channels)

    def _policy_of(self, monitor: Monitor) -> EscalationPolicy | None:
        name = monitor.escalation_policy
        return self.escalation_policies.find_readable(name) if name else None

    def _parents_of(self, monitor: Monitor) -> tuple[Parent, ...]:
        """Return what a monitor depends on and is not deleted. Cost: 1 read unit each."""
        found = (self.monitors.find_readable(each) for each in monitor.depends_on)
        return tuple(Parent(id=each.id, name=each.name) for each in found if each is not None)

    def _failed_probes(self, closed: Incident | None) -> str | None:
        """Count the failures of an incident that ends. Cost: half a read unit per 4 KB."""
        if closed is None or closed.resolved_at is None:
            return None
        counted = self.results.count_failures(
            closed.monitor_id, closed.opened_at, closed.resolved_at
        )
        return f"over {counted.number}" if counted.is_cut else str(counted.number)


def _log(taken: TransitionPlan, monitor: Monitor | None) -> None:
    transition = taken.transition
    logger().info(
        "transition",
        monitor_id=transition.monitor_id,
        monitor_name=monitor.name if monitor else None,
        version=transition.version,
        from_status=transition.from_status,
        to_status=transition.to_status,
        rule=transition.rule,
        sentence=transition.sentence,
        incident_id=transition.incident_id,
        alerts=len(taken.alerts),
    )
