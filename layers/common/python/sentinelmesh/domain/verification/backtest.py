"""What another policy would have made of the past, beside what really happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.domain.incidents.incident import OUTAGE, UNKNOWN, Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.values.interval import Interval, intersect, total
from sentinelmesh.domain.verification.explanation import AVOIDING
from sentinelmesh.domain.verification.replay import Replay
from sentinelmesh.domain.verification.transition import with_alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a time went, or would have gone.

    Args:
        alerts: outbox rows: transitions that people are told about times channels.
        detection_delay_ms: the middle one of all incidents; None without any.
    """

    incidents: tuple[Incident, ...]
    alerts: int
    downtime_seconds: int
    detection_delay_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A proposal against the truth.

    Args:
        avoided_alarms: suspicions that the proposal would have dismissed.
        spared: incidents that really were and would not have been.
        added: incidents that would have been and were not.
        missing_votes: votes that the proposal would have asked for and that nobody measured; the
            more there are, the less its figures are worth.
    """

    proposed: Course
    actual: Course
    avoided_alarms: int
    spared: tuple[Incident, ...]
    added: tuple[Incident, ...]
    missing_votes: int


def backtest(
    monitor: Monitor,
    results: Iterable[Result],
    actual: Course,
    *,
    channels: Sequence[Channel],
    within: Interval,
    maintenance: Sequence[Interval] = (),
) -> Backtest:
    """Try a policy on stored results.

    Args:
        monitor: with the proposed policy.
        results: all of `within`; only those of the monitor's own revision vote.
        actual: what really happened in that time.
        channels: as they are now; who would have been told is counted by them.
        maintenance: announced times of the monitor.
    """
    replay = Replay(monitor, maintenance)
    incidents: dict[str, Incident] = {}
    alerts = avoided = 0
    for taken in replay.play(results, within.end):
        alerts += len(with_alerts(taken, monitor, channels).alerts)
        avoided += taken.transition.rule in AVOIDING
        for each in (taken.opened, taken.updated, taken.closed):
            if each is not None:
                incidents[each.incident_id] = each
    proposed = course(incidents.values(), alerts, within)
    return Backtest(
        proposed=proposed,
        actual=actual,
        avoided_alarms=avoided,
        spared=_find_unmatched(actual.incidents, proposed.incidents, within.end),
        added=_find_unmatched(proposed.incidents, actual.incidents, within.end),
        missing_votes=len(replay.missing),
    )


def course(incidents: Iterable[Incident], alerts: int, within: Interval) -> Course:
    """Sum up the incidents of a time, oldest first.

    Times in which nobody could judge the monitor are left out: no policy avoids them.
    """
    decided = (each for each in incidents if each.severity != UNKNOWN)
    ordered = tuple(sorted(decided, key=lambda each: each.opened_at))
    delays = sorted(each.detection_delay_ms for each in ordered)
    spells = (
        spell
        for each in ordered
        if each.severity == OUTAGE
        for spell in each.down_spells(within.end)
    )
    down = intersect(spells, [within])
    return Course(
        incidents=ordered,
        alerts=alerts,
        downtime_seconds=round(total(down).total_seconds()),
        detection_delay_ms=delays[len(delays) // 2] if delays else None,
    )


def _spell(incident: Incident, end: datetime) -> Interval:
    return Interval(incident.opened_at, incident.resolved_at or end)


def _find_unmatched(
    these: Iterable[Incident], those: Sequence[Incident], end: datetime
) -> tuple[Incident, ...]:
    """Return the incidents during which none of the others was open."""
    others = [_spell(each, end) for each in those]
    return tuple(each for each in these if not intersect([_spell(each, end)], others))
