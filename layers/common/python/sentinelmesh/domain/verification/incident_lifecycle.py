"""What a change means for the incident of a monitor: it opens, goes on, flaps, or ends."""

from dataclasses import dataclass, replace
from datetime import datetime

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import (
    DEGRADED,
    OUTAGE,
    REGIONAL,
    UNKNOWN,
    Incident,
    IncidentState,
    Status,
    incident_id,
)
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.domain.values.instant import milliseconds
from sentinelmesh.domain.verification.decision import Blindness, StateChange
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.round import Round
from sentinelmesh.domain.verification.vote import began_at


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChange:
    """An incident's next step; one may end and another begin.

    Args:
        at: when it was decided.
        opened: it begins.
        updated: it goes on, otherwise than before.
        closed: it ends, as it will be stored.
        current: the one that is open afterwards.
        tells: what people are told.
    """

    at: datetime
    opened: Incident | None = None
    updated: Incident | None = None
    closed: Incident | None = None
    current: Incident | None = None
    tells: AlertKind | None = None

    @property
    def told(self) -> Incident | None:
        """Return the incident that the step is about: while a monitor flaps that is every one."""
        flapping = self.current if self.current and self.current.flapping else None
        return self.opened or self.updated or self.closed or flapping


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorConditions:
    """The troubles of a monitor after a change, apart from being down."""

    flapping: bool = False
    regional: bool = False
    degraded: bool = False
    blind: bool = False


def next_incident_change(
    change: StateChange,
    monitor: Monitor | None,
    state: State,
    incident: Incident | None,
    at: datetime,
    *,
    standing: MonitorConditions,
) -> IncidentChange:
    """Work out the next step of an incident.

    Args:
        monitor: None when it was deleted.
        incident: the open incident of `state`, if it names one.
    """
    severity = _severity(change, monitor, standing)
    if incident is not None and incident.severity == severity:
        return _going_on(change, state, incident, at, standing)
    opened = None
    if monitor is not None and severity is not None:
        opened = _open(change, monitor, state, at, severity)
    ended_at = opened.opened_at if opened else _ended_at(change, incident, at)
    closed = None if incident is None else _close(change, incident, ended_at)
    if opened is not None:
        opened = replace(opened, flapping=standing.flapping)
        kind = AlertKind.FLAPPING if standing.flapping else AlertKind.OPENED
        # Who hears of the new one needs no word about the old one.
        return IncidentChange(at=at, opened=opened, closed=closed, current=opened, tells=kind)
    if closed is None:
        return IncidentChange(at=at)
    return IncidentChange(at=at, closed=closed, tells=_end_of(change, closed))


def _severity(
    change: StateChange, monitor: Monitor | None, standing: MonitorConditions
) -> str | None:
    """Return how grave an incident there has to be; None for none."""
    if monitor is None or change.to_status in {Status.PAUSED, Status.DELETED}:
        return None
    if change.to_status is Status.DOWN or standing.flapping:
        return OUTAGE
    if standing.blind:
        return UNKNOWN
    if standing.regional:
        return REGIONAL
    return DEGRADED if standing.degraded and monitor.policy.degraded_incidents else None


def _going_on(
    change: StateChange, state: State, incident: Incident, at: datetime, standing: MonitorConditions
) -> IncidentChange:
    if standing.flapping:
        return _record_flip(change, state, incident, at)
    if not incident.flapping:
        # The ledger of an outage says from when to when nobody could judge it.
        named = incident if change.rule in {Rule.BLIND, Rule.JUDGED_AGAIN} else None
        return IncidentChange(at=at, updated=named, current=incident)
    calm = replace(incident, flapping=False)
    return IncidentChange(at=at, updated=calm, current=calm, tells=AlertKind.STABLE)


def _record_flip(
    change: StateChange, state: State, incident: Incident, at: datetime
) -> IncidentChange:
    """Keep an incident open while its monitor flaps; told once, when it begins to."""
    is_flip = (change.to_status is Status.DOWN) != (state.status is Status.DOWN)
    if not is_flip or change.began is None:
        return IncidentChange(at=at, current=incident)
    up = change.to_status is not Status.DOWN
    moment = _began(change.began, Outcome.SUCCESS if up else Outcome.FAILURE)
    updated = replace(incident.with_flip(moment, up=up), flapping=True)
    begins = AlertKind.FLAPPING if not state.flapping else None
    return IncidentChange(at=at, updated=updated, current=updated, tells=begins)


def _open(
    change: StateChange, monitor: Monitor, state: State, at: datetime, severity: str
) -> Incident | None:
    if change.blindness is not None:
        return _open_blind(change.blindness, monitor, state, at)
    first_round = change.began or change.round
    if first_round is None or change.round is None:
        return None
    first = _first_of(first_round, severity)
    if first is None and severity == DEGRADED:
        # It has been so for a while; what was graver ends with a round that does not ask for that.
        first = min(first_round.votes.values(), key=lambda vote: vote.started_at, default=None)
    if first is None:
        return None
    opened_at = began_at(monitor, first)
    if severity == OUTAGE and state.failing_since is not None:
        opened_at = min(opened_at, state.failing_since)
    return Incident(
        monitor_id=monitor.id,
        incident_id=incident_id(monitor.id, opened_at, state.version + 1),
        state=IncidentState.OPEN,
        opened_at=opened_at,
        confirmed_at=at,
        detection_delay_ms=max(0, milliseconds(at - opened_at)),
        cause=first.error or ("degraded" if severity == DEGRADED else "failure"),
        cause_detail=first.detail or "",
        regions=tuple(sorted(each.region for each in _seeing(change.round, severity))),
        monitor_name=monitor.name,
        target=monitor.target,
        severity=severity,
    )


def _open_blind(blindness: Blindness, monitor: Monitor, state: State, at: datetime) -> Incident:
    return Incident(
        monitor_id=monitor.id,
        incident_id=incident_id(monitor.id, blindness.since, state.version + 1),
        state=IncidentState.OPEN,
        opened_at=blindness.since,
        confirmed_at=at,
        detection_delay_ms=max(0, milliseconds(at - blindness.since)),
        cause=blindness.reason,
        cause_detail=blindness.detail,
        regions=tuple(vote.region for vote in blindness.votes),
        monitor_name=monitor.name,
        target=monitor.target,
        severity=UNKNOWN,
    )


def _seeing(each: Round, severity: str) -> list[Result]:
    """Return the votes that say what an incident of this severity says."""
    if severity == DEGRADED:
        return [vote for vote in each.votes.values() if vote.degraded]
    return [vote for vote in each.votes.values() if vote.outcome is Outcome.FAILURE]


def _first_of(each: Round, severity: str) -> Result | None:
    votes = _seeing(each, severity)
    return min(votes, key=lambda vote: (began_at(each.monitor, vote), vote.region), default=None)


def _close(change: StateChange, incident: Incident, ended_at: datetime) -> Incident:
    """End an incident: when its target worked again, or when a graver one takes its place."""
    is_watched = change.to_status in {Status.UP, Status.VERIFYING, Status.DOWN}
    ended_at = max(ended_at, incident.opened_at)
    return replace(
        incident,
        state=IncidentState.RESOLVED if is_watched else IncidentState.CANCELLED,
        resolved_at=ended_at,
        duration_seconds=round((ended_at - incident.opened_at).total_seconds()),
        flapping=False,
    )


def _ended_at(change: StateChange, incident: Incident | None, at: datetime) -> datetime:
    """Return when an incident ended, which does not depend on when that was decided."""
    if change.rule is Rule.STABLE and incident is not None:
        return max((flip.at for flip in incident.flips if flip.up), default=at)
    first = change.began or change.round
    if change.to_status is Status.UP and first and first.regions_with(Outcome.SUCCESS):
        return _began(first, Outcome.SUCCESS)
    return change.round.slot if change.round else at


def _end_of(change: StateChange, closed: Incident) -> AlertKind | None:
    """Return how an end is told: a cancelled incident is nobody's news."""
    if closed.state is IncidentState.CANCELLED:
        return None
    return AlertKind.STABLE if change.rule is Rule.STABLE else AlertKind.RESOLVED


def _began(first_round: Round, outcome: Outcome) -> datetime:
    return began_at(first_round.monitor, first_round.first_with(outcome))
