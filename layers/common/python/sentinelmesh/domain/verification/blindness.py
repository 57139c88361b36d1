"""Blindness: a monitor that worked and that nobody can judge any more, or most of the mesh."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import next_slot
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.uptime.unknown import SILENT_INTERVALS
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decision import Blindness, StateChange
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.vote import vote_of

MIN_BLINDNESS = timedelta(minutes=10)
# A mesh of fewer blind monitors is no storm: each is announced on its own.
MIN_BLIND_MONITORS = 5
# The mesh looked, and the job need not have reported yet: that is knowledge.
HEARTBEAT_WAITING = "heartbeat_waiting"
NO_RESULTS = "no_results"
WATCHED = frozenset({Status.UP, Status.VERIFYING, Status.DOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """When a monitor was last judged.

    Args:
        slot: of its newest verdict; None if none is stored.
    """

    monitor: Monitor
    slot: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshSight:
    """How much of the mesh can be judged.

    Args:
        watched: monitors that are probed and once were judged.
        silent: those of them that have missed three intervals.
        is_blind: so many that it is the mesh that is in trouble.
    """

    watched: int
    silent: int
    is_blind: bool = False


def is_verdict(result: Result) -> bool:
    """Return whether a result shows that a region was able to judge its monitor."""
    if result.purpose is Purpose.MANUAL:
        return False
    return result.outcome is not Outcome.UNKNOWN or result.error == HEARTBEAT_WAITING


def is_watched(monitor: Monitor, state: State, at: datetime) -> bool:
    """Return whether verdicts on a monitor are expected: it is probed, and once was judged."""
    if monitor.paused or state.watermark is None:
        return False
    if state.status is Status.PENDING:
        return at >= monitor.grace_ends_at
    return state.status in WATCHED


def can_turn_blind(monitor: Monitor, state: State, at: datetime) -> bool:
    """Return whether blindness of a monitor would be news."""
    return state.blind_since is None and is_watched(monitor, state, at)


def is_overdue(judged: Judged, at: datetime, excused_until: datetime | None = None) -> bool:
    """Return whether the next verdict on a monitor is overdue enough to be announced.

    Args:
        excused_until: until when nobody expected a verdict, for another reason was known.
    """
    monitor = judged.monitor
    patience = max(SILENT_INTERVALS * monitor.interval, MIN_BLINDNESS) + monitor.timeout
    return at - _last_expected(judged, excused_until) > patience


def judge_mesh(watched: Sequence[Judged], at: datetime) -> MeshSight:
    """Return whether most of the mesh is blind: then it is the mesh that is in trouble.

    That is so when more than half of the watched monitors have missed three intervals, or when no
    region has judged anything for ten minutes. A handful of monitors is announced one by one.

    Args:
        watched: all monitors that are being probed and once were judged.
    """
    silent = [each for each in watched if _is_silent(each, at)]
    sight = MeshSight(watched=len(watched), silent=len(silent))
    if len(silent) < MIN_BLIND_MONITORS:
        return sight
    recently = at - MIN_BLINDNESS - max(each.monitor.timeout for each in silent)
    is_any_judged = any(each.slot is not None and each.slot > recently for each in watched)
    return replace(sight, is_blind=2 * len(silent) > len(watched) or not is_any_judged)


def find_blindness(
    monitor: Monitor,
    state: State,
    results: Iterable[Result],
    at: datetime,
    *,
    maintenance: Sequence[Interval] = (),
    mesh_blind_at: datetime | None = None,
) -> StateChange | None:
    """Return the transition by which a monitor becomes blind, if it has.

    Args:
        results: from its newest verdict on, in any order; all that is stored if there is none.
        maintenance: announced times; what is not judged in them is no news, nor is it afterwards
            until as much time has passed again.
        mesh_blind_at: when most of the mesh was last found blind; that excuses in the same way.
    """
    if not can_turn_blind(monitor, state, at) or any(span.holds(at) for span in maintenance):
        return None
    known = list(results)
    judged = Judged(
        monitor=monitor, slot=max((each.slot for each in known if is_verdict(each)), default=None)
    )
    excuses = [span.end for span in maintenance if span.end <= at]
    excuses += [mesh_blind_at] if mesh_blind_at is not None else []
    if not is_overdue(judged, at, max(excuses, default=None)):
        return None
    since = next_slot(monitor.id, monitor.interval_seconds, _last_expected(judged))
    blindness = _blindness(since, [each for each in known if each.slot >= since])
    return StateChange(to_status=state.status, rule=Rule.BLIND, blindness=blindness)


def _last_expected(judged: Judged, excused_until: datetime | None = None) -> datetime:
    """Return the moment from which on the next verdict was waited for."""
    monitor = judged.monitor
    begins = (monitor.scheduled_since, monitor.enabled_at, judged.slot, excused_until)
    return max(each for each in begins if each is not None)


def _is_silent(judged: Judged, at: datetime) -> bool:
    silence = SILENT_INTERVALS * judged.monitor.interval + judged.monitor.timeout
    return at - _last_expected(judged) > silence


def _blindness(since: datetime, results: Iterable[Result]) -> Blindness:
    """Describe a blindness by what the regions said instead of a verdict."""
    unable = [each for each in results if each.purpose is not Purpose.MANUAL]
    newest: dict[str, Result] = {}
    for each in sorted(unable, key=lambda result: (result.slot, result.purpose)):
        newest[each.region] = each
    reasons = Counter((each.error or NO_RESULTS, each.detail or "") for each in unable)
    # Ties are broken by name, so that the order of arrival does not choose.
    reason, detail = min(reasons, key=lambda each: (-reasons[each], each), default=(NO_RESULTS, ""))
    return Blindness(
        since=since,
        reason=reason,
        detail=detail or ("no region has sent a result" if reason == NO_RESULTS else reason),
        votes=tuple(vote_of(newest[region]) for region in sorted(newest)),
    )
