"""A transition carried out on paper: everything that one transaction has to write."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sentinelmesh.domain.alert import Alert, AlertContent, AlertKind, Channel
from sentinelmesh.domain.change import Change
from sentinelmesh.domain.escalation import EscalationPolicy
from sentinelmesh.domain.incident import Incident, IncidentState, Status, incident_id
from sentinelmesh.domain.instant import milliseconds
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.rounds import Round, began_at
from sentinelmesh.domain.routing import AT_ONCE, recipients
from sentinelmesh.domain.sentences import explain
from sentinelmesh.domain.state import State, Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next state with its ledger row, and what comes with it; written all or nothing.

    Args:
        state: the new state; status `deleted` means that the stored one is removed.
        opened: an incident that begins with this step.
        closed: an incident that ends with it, as it will be stored.
        alerts: outbox rows, one per channel that takes this kind of alert.
    """

    state: State
    transition: Transition
    opened: Incident | None = None
    closed: Incident | None = None
    alerts: tuple[Alert, ...] = ()


def step(
    change: Change,
    monitor: Monitor | None,
    state: State,
    incident: Incident | None,
    at: datetime,
) -> Step:
    """Work out what a change writes, alerts aside.

    Args:
        monitor: None when it was deleted.
        incident: the open incident of `state`, if it names one.
    """
    version = state.version + 1
    opened = _opened(change, monitor, version, at) if monitor else None
    closed = _closed(change, incident, at)
    current = opened or closed
    next_state = State(
        monitor_id=state.monitor_id,
        revision=monitor.revision if monitor else state.revision,
        version=version,
        status=change.to_status,
        since=_since(change, state, at),
        watermark=_watermark(change, state),
        suspect_slot=_suspect_slot(change),
        failing_regions=change.failing_regions,
        incident_id=opened.incident_id if opened else None,
        opened_at=opened.opened_at if opened else None,
    )
    transition = Transition(
        monitor_id=state.monitor_id,
        version=version,
        from_status=state.status,
        to_status=change.to_status,
        at=at,
        rule=change.rule,
        sentence=explain(change, monitor) if monitor else "The monitor was deleted.",
        revision=next_state.revision,
        slot=change.round.slot if change.round else None,
        votes=change.round.as_votes() if change.round else (),
        policy=monitor.policy if monitor else None,
        failing_regions=change.failing_regions,
        incident_id=current.incident_id if current else None,
    )
    return Step(state=next_state, transition=transition, opened=opened, closed=closed)


def with_alerts(
    planned: Step,
    monitor: Monitor,
    channels: Iterable[Channel],
    policy: EscalationPolicy | None = None,
    failed_probes: str | None = None,
) -> Step:
    """Add the outbox rows: transitions times channels enabled at this moment.

    A cancelled incident is nobody's news; only an outage and its end are. The steps of an
    escalation have their rows from the beginning: they are due later, and then ask themselves
    whether somebody takes care.

    Args:
        failed_probes: how many there were, for an end.
    """
    incident = planned.opened or planned.closed
    if incident is None or incident.state is IncidentState.CANCELLED:
        return planned
    kind = AlertKind.OPENED if planned.opened else AlertKind.RESOLVED
    content = replace(_content(planned, monitor, incident), failed_probes=failed_probes)
    is_beginning = kind is AlertKind.OPENED
    alerts = tuple(
        Alert(
            incident_id=incident.incident_id,
            monitor_id=incident.monitor_id,
            channel_id=channel.id,
            channel_kind=channel.kind,
            kind=kind,
            created_at=planned.transition.at + (after if is_beginning else AT_ONCE),
            due_at=planned.transition.at + (after if is_beginning else AT_ONCE),
            content=content,
            unless_acknowledged=is_beginning and after > AT_ONCE,
        )
        for channel, after in recipients(monitor, kind, incident.severity, channels, policy)
    )
    return replace(planned, alerts=alerts)


def needs_channels(planned: Step) -> bool:
    """Say whether a step tells anybody anything: only then the channels have to be read."""
    told = planned.opened or planned.closed
    return told is not None and told.state is not IncidentState.CANCELLED


def _since(change: Change, state: State, at: datetime) -> datetime:
    return state.since if change.to_status is state.status else at


def _watermark(change: Change, state: State) -> datetime | None:
    """A suspicion decides nothing yet: its own round has still to count."""
    if change.to_status is Status.VERIFYING or change.round is None:
        return state.watermark
    return change.round.slot


def _suspect_slot(change: Change) -> datetime | None:
    if change.to_status is Status.VERIFYING and change.round is not None:
        return change.round.slot
    return None


def _opened(change: Change, monitor: Monitor, version: int, at: datetime) -> Incident | None:
    if change.to_status is not Status.DOWN or change.round is None or change.began is None:
        return None
    first = change.began.first_with(Outcome.FAILURE)
    opened_at = began_at(monitor, first)
    return Incident(
        monitor_id=monitor.id,
        incident_id=incident_id(monitor.id, opened_at, version),
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


def _closed(change: Change, incident: Incident | None, at: datetime) -> Incident | None:
    if incident is None or change.to_status is Status.DOWN:
        return None
    recovered = change.to_status is Status.UP
    ended_at = _recovery_began(change.began) if recovered and change.began else at
    return replace(
        incident,
        state=IncidentState.RESOLVED if recovered else IncidentState.CANCELLED,
        resolved_at=ended_at,
        duration_seconds=max(0, round((ended_at - incident.opened_at).total_seconds())),
    )


def _recovery_began(first_round: Round) -> datetime:
    return began_at(first_round.monitor, first_round.first_with(Outcome.SUCCESS))


def _content(planned: Step, monitor: Monitor, incident: Incident) -> AlertContent:
    return AlertContent(
        monitor_name=monitor.name,
        monitor_kind=monitor.kind,
        target=monitor.target,
        sentence=planned.transition.sentence,
        cause=incident.cause,
        cause_detail=incident.cause_detail,
        opened_at=incident.opened_at,
        confirmed_at=incident.confirmed_at,
        detection_delay_ms=incident.detection_delay_ms,
        resolved_at=incident.resolved_at,
        duration_seconds=incident.duration_seconds,
        votes=planned.transition.votes,
        tags=monitor.tags,
        severity=incident.severity,
        runbook_url=monitor.runbook_url,
        policy=monitor.policy,
    )
