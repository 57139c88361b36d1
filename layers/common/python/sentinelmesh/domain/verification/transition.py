"""A transition carried out on paper: everything that one transaction has to write."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import Alert, AlertContent, AlertKind, Channel
from sentinelmesh.domain.alerts.escalation import EscalationPolicy
from sentinelmesh.domain.alerts.routing import AT_ONCE, recipients
from sentinelmesh.domain.incidents.common_cause import Parent
from sentinelmesh.domain.incidents.incident import Incident, Status, Vote
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.verification.decision import StateChange
from sentinelmesh.domain.verification.flapping import MAX_FLIPS, flips_after
from sentinelmesh.domain.verification.incident_lifecycle import (
    IncidentChange,
    MonitorConditions,
    next_incident_change,
)
from sentinelmesh.domain.verification.monitor_state import Rule, State, Transition
from sentinelmesh.domain.verification.state_fields import (
    failing_since_after,
    never_up_after,
    since_after,
    suspect_slot_after,
    watermark_after,
)
from sentinelmesh.domain.verification.transition_text import BEGINS_TO_FLAP, explain

UNWATCHED = {Status.PAUSED, Status.DELETED}
# Changes that say nothing about the target: a monitor that is blind stays so.
UNJUDGED = {Rule.FAILING_IN_GRACE, Rule.SUSPECTED, Rule.LAPSED, Rule.MAINTENANCE, Rule.EDITED}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionPlan:
    """The next state with its ledger row, and what comes with it; written all or nothing.

    Args:
        state: the new state; status `deleted` means that the stored one is removed.
        opened: an incident that begins with this step.
        updated: an incident that goes on, otherwise than before.
        closed: an incident that ends with it, as it will be stored.
        current: the incident that is open afterwards.
        alerts: outbox rows, one per channel that takes this kind of alert.
    """

    state: State
    transition: Transition
    opened: Incident | None = None
    updated: Incident | None = None
    closed: Incident | None = None
    current: Incident | None = None
    alerts: tuple[Alert, ...] = ()

    @property
    def closed_as(self) -> AlertKind:
        """Say by what kind of alert an end is told."""
        return AlertKind.STABLE if self.transition.rule is Rule.STABLE else AlertKind.RESOLVED


def plan_transition(
    change: StateChange,
    monitor: Monitor | None,
    state: State,
    incident: Incident | None,
    at: datetime,
) -> TransitionPlan:
    """Work out what a change writes, alerts aside.

    Args:
        monitor: None when it was deleted.
        incident: the open incident of `state`, if it names one.
    """
    slot = change.round.slot if change.round else None
    flips = flips_after(state, change.to_status, slot)
    is_watched = change.to_status not in UNWATCHED and change.rule is not Rule.STABLE
    flapping = is_watched and (state.flapping or len(flips) > MAX_FLIPS)
    blind_since = _blind_since(change, state)
    standing = _standing(change, state, flapping=flapping, blind=blind_since is not None)
    course = next_incident_change(change, monitor, state, incident, at, standing=standing)
    next_state = State(
        monitor_id=state.monitor_id,
        revision=monitor.revision if monitor else state.revision,
        version=state.version + 1,
        status=change.to_status,
        since=since_after(change, state, at),
        watermark=watermark_after(change, state),
        suspect_slot=suspect_slot_after(change),
        failing_since=failing_since_after(change, state),
        never_up=never_up_after(change, state),
        failing_regions=change.failing_regions,
        incident_id=course.current.incident_id if course.current else None,
        opened_at=course.current.opened_at if course.current else None,
        # What flaps again after it was stable begins anew.
        flips=flips if is_watched else (),
        flapping=flapping,
        regional=standing.regional,
        degraded=standing.degraded,
        blind_since=blind_since,
        worked_since=_worked_since(change, state),
    )
    return TransitionPlan(
        state=next_state,
        transition=_transition(change, monitor, state, next_state, course),
        opened=course.opened,
        updated=course.updated,
        closed=course.closed,
        current=course.current,
    )


def _standing(
    change: StateChange, state: State, *, flapping: bool, blind: bool
) -> MonitorConditions:
    """Return what is left of the lesser troubles of a monitor.

    An outage supersedes them, and of a monitor that nobody can judge they are not known any more.
    """
    is_up = change.to_status in {Status.UP, Status.VERIFYING} and not blind
    regional = state.regional or change.rule is Rule.REGIONAL
    degraded = state.degraded or change.rule is Rule.DEGRADED
    return MonitorConditions(
        flapping=flapping,
        regional=is_up and regional and bool(change.failing_regions),
        degraded=is_up and degraded and change.rule is not Rule.DEGRADED_OVER,
        blind=blind,
    )


def _blind_since(change: StateChange, state: State) -> datetime | None:
    if change.blindness is not None:
        return change.blindness.since
    return state.blind_since if change.rule in UNJUDGED else None


def _transition(
    change: StateChange,
    monitor: Monitor | None,
    before: State,
    after: State,
    course: IncidentChange,
) -> Transition:
    """Write the ledger row."""
    return Transition(
        monitor_id=after.monitor_id,
        version=after.version,
        from_status=before.status,
        to_status=after.status,
        at=course.at,
        rule=change.rule,
        sentence=_sentence(change, monitor, course.tells),
        revision=after.revision,
        slot=change.round.slot if change.round else None,
        votes=_votes(change),
        policy=monitor.policy if monitor and change.blindness is None else None,
        failing_regions=change.failing_regions,
        incident_id=course.told.incident_id if course.told else None,
        superseded=course.closed.incident_id if course.closed and course.opened else None,
        flapping=after.flapping,
        tells=course.tells,
    )


def with_alerts(
    planned: TransitionPlan,
    monitor: Monitor,
    channels: Iterable[Channel],
    policy: EscalationPolicy | None = None,
    failed_probes: str | None = None,
    *,
    parents: tuple[Parent, ...] = (),
    receivers: Iterable[Channel] = (),
) -> TransitionPlan:
    """Add the outbox rows: transitions times channels enabled at this moment.

    Where an incident takes another one's place, the end of that is told as well.

    Args:
        failed_probes: how many there were, for an end.
        parents: what the monitor depends on.
        receivers: channels whose receivers keep the incident open that ends.
    """
    kind, began = planned.transition.tells, planned.opened or planned.updated
    if kind is None:
        return planned
    news: list[tuple[Incident, AlertKind, AlertContent]] = []
    if planned.closed is not None:
        end = _end(planned, monitor, planned.closed, failed_probes)
        news.append((planned.closed, kind if began is None else planned.closed_as, end))
    if began is not None:
        news.append((began, kind, _content(planned, monitor, began)))
    known, rows = list(channels), list[Alert]()
    for incident, what, said in news:
        content = replace(said, parents=parents)
        told = list(recipients(monitor, what, incident.severity, known, policy))
        if incident is planned.closed:
            routed = {channel.id for channel, _ in told}
            told += [(each, AT_ONCE) for each in receivers if each.id not in routed]
        rows += _rows(incident, what, content, planned.transition.at, told)
    return replace(planned, alerts=tuple(rows))


def _end(
    planned: TransitionPlan, monitor: Monitor, closed: Incident, failed_probes: str | None
) -> AlertContent:
    content = _content(planned, monitor, closed)
    instead = planned.opened.severity if planned.opened else None
    return replace(content, failed_probes=failed_probes, superseded_by=instead)


def _rows(
    incident: Incident,
    kind: AlertKind,
    content: AlertContent,
    at: datetime,
    told: Iterable[tuple[Channel, timedelta]],
) -> Iterator[Alert]:
    """Write a row for each channel.

    The steps of an escalation have their rows from the beginning: they are due later, and then ask
    themselves whether somebody takes care.
    """
    for channel, after in told:
        is_beginning = kind.event is AlertKind.OPENED
        due_at = max(at, incident.confirmed_at + after) if is_beginning else at
        yield Alert(
            incident_id=incident.incident_id,
            monitor_id=incident.monitor_id,
            channel_id=channel.id,
            channel_kind=channel.kind,
            kind=kind,
            created_at=due_at,
            due_at=due_at,
            content=content,
            unless_acknowledged=due_at > at,
        )


def needs_channels(planned: TransitionPlan) -> bool:
    """Return whether a step tells anybody anything: only then the channels have to be read."""
    return planned.transition.tells is not None


def _sentence(change: StateChange, monitor: Monitor | None, tells: AlertKind | None) -> str:
    if monitor is None:
        return "The monitor was deleted."
    sentence = explain(change, monitor)
    return f"{BEGINS_TO_FLAP} {sentence}" if tells is AlertKind.FLAPPING else sentence


def _votes(change: StateChange) -> tuple[Vote, ...]:
    if change.blindness is not None:
        return change.blindness.votes
    return change.round.as_votes() if change.round else ()


def _worked_since(change: StateChange, state: State) -> datetime | None:
    """Return since when the monitor has been seen to work; resuming it begins anew."""
    if change.rule is Rule.RESUMED:
        return None
    if change.to_status is Status.UP and state.worked_since is None and change.round is not None:
        return change.round.slot
    return state.worked_since


def _content(planned: TransitionPlan, monitor: Monitor, incident: Incident) -> AlertContent:
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
        flips=max(len(planned.state.flips), len(incident.flips)),
    )
