"""What a change means for the incident of a monitor: it opens, goes on, flaps, or ends."""

from dataclasses import dataclass, replace
from datetime import datetime

from sentinelmesh.domain.alert import AlertKind
from sentinelmesh.domain.change import Change
from sentinelmesh.domain.incident import Incident, IncidentState, Status, incident_id
from sentinelmesh.domain.instant import milliseconds
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.rounds import Round, began_at
from sentinelmesh.domain.state import Rule, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """An incident's next step; at most one of the three is there.

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
        """Give the incident that the step is about."""
        return self.opened or self.updated or self.closed or self.current


def course_of(
    change: Change,
    monitor: Monitor | None,
    state: State,
    incident: Incident | None,
    at: datetime,
    *,
    flapping: bool,
) -> Course:
    """Work out the next step of an incident.

    Args:
        monitor: None when it was deleted.
        incident: the open incident of `state`, if it names one.
        flapping: whether the monitor flaps after the change.
    """
    if incident is None:
        opened = _opened(change, monitor, state, at) if monitor else None
        if opened is None:
            return Course(at=at)
        opened = replace(opened, flapping=flapping)
        kind = AlertKind.FLAPPING if flapping else AlertKind.OPENED
        return Course(at=at, opened=opened, current=opened, tells=kind)
    if flapping:
        return _flapped(change, state, incident, at)
    if change.to_status is Status.DOWN:
        # It was flapping, and stays down.
        calm = replace(incident, flapping=False)
        return Course(at=at, updated=calm, current=calm, tells=AlertKind.STABLE)
    closed = _closed(change, incident, at)
    return Course(at=at, closed=closed, tells=_end_of(change, closed))


def _flapped(change: Change, state: State, incident: Incident, at: datetime) -> Course:
    """Keep an incident open while its monitor flaps; told once, when it begins to."""
    is_flip = (change.to_status is Status.DOWN) != (state.status is Status.DOWN)
    if not is_flip or change.began is None:
        return Course(at=at, current=incident)
    up = change.to_status is not Status.DOWN
    moment = _began(change.began, Outcome.SUCCESS if up else Outcome.FAILURE)
    updated = replace(incident.with_flip(moment, up=up), flapping=True)
    begins = AlertKind.FLAPPING if not state.flapping else None
    return Course(at=at, updated=updated, current=updated, tells=begins)


def _opened(change: Change, monitor: Monitor, state: State, at: datetime) -> Incident | None:
    if change.to_status is not Status.DOWN or change.round is None or change.began is None:
        return None
    first = change.began.first_with(Outcome.FAILURE)
    opened_at = began_at(monitor, first)
    return Incident(
        monitor_id=monitor.id,
        incident_id=incident_id(monitor.id, opened_at, state.version + 1),
        state=IncidentState.OPEN,
        opened_at=opened_at,
        confirmed_at=at,
        detection_delay_ms=max(0, milliseconds(at - opened_at)),
        cause=first.error or "failure",
        cause_detail=first.detail or "",
        regions=tuple(sorted(change.round.regions_with(Outcome.FAILURE))),
        monitor_name=monitor.name,
        target=monitor.target,
    )


def _closed(change: Change, incident: Incident, at: datetime) -> Incident:
    ended_at = at
    if change.rule is Rule.STABLE:
        ended_at = max((flip.at for flip in incident.flips if flip.up), default=at)
    elif change.to_status is Status.UP and change.began:
        ended_at = _began(change.began, Outcome.SUCCESS)
    recovered = change.to_status is Status.UP
    return replace(
        incident,
        state=IncidentState.RESOLVED if recovered else IncidentState.CANCELLED,
        resolved_at=ended_at,
        duration_seconds=max(0, round((ended_at - incident.opened_at).total_seconds())),
        flapping=False,
    )


def _end_of(change: Change, closed: Incident) -> AlertKind | None:
    """Say how an end is told: a cancelled incident is nobody's news."""
    if closed.state is IncidentState.CANCELLED:
        return None
    return AlertKind.STABLE if change.rule is Rule.STABLE else AlertKind.RESOLVED


def _began(first_round: Round, outcome: Outcome) -> datetime:
    return began_at(first_round.monitor, first_round.first_with(outcome))
