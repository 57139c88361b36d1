"""Flapping is told once and its end once, by a recount of each ledger that knows no state."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.verification.monitor_state import Rule, Transition
from tests.simulation.oracle.remains import Remains

HALF_AN_HOUR = timedelta(minutes=30)
TOO_MANY = 6
SAYING_NOTHING = {Rule.SUSPECTED, Rule.MAINTENANCE, Rule.EDITED}
UNWATCHED = {Status.PAUSED, Status.DELETED}


def told_flapping_once(remains: Remains) -> Iterator[str]:
    """More than five changes in half an hour are flapping; nobody is told of anything in it."""
    for monitor_id, rows in remains.ledger.items():
        verification = _wishes_of(remains, monitor_id).get("verification", {})
        is_announced = bool(verification.get("degraded_incidents"))
        for row, wanted in zip(rows, _expected(rows, announces_degraded=is_announced), strict=True):
            found = (row.flapping, row.tells.value if row.tells else None)
            if found != wanted:
                yield f"flapping: {monitor_id} at version {row.version} is {found}, not {wanted}"


def _wishes_of(remains: Remains, monitor_id: str) -> Mapping[str, Any]:
    """Return what people asked for when they added a monitor, also one that they deleted."""
    people, kept = remains.life.people, remains.monitors.get(monitor_id)
    target = kept.target if kept else people.monitors.get(monitor_id, {}).get("target", "")
    return people.wishes.get(target, {})


def _expected(
    rows: Sequence[Transition], *, announces_degraded: bool
) -> Iterator[tuple[bool, str | None]]:
    """Say of each row whether the monitor flaps from there on, and what people hear.

    Args:
        announces_degraded: people hear of what works, but not as it should, too.
    """
    degraded = False
    flips: list[Transition] = []
    flapping = regional = blind = False
    for row in rows:
        before, was_regional, was_blind = flapping, regional, blind
        regional = (regional or row.rule is Rule.REGIONAL) and bool(row.failing_regions)
        regional = regional and row.to_status in {Status.UP, Status.VERIFYING}
        was_down, is_down = row.from_status is Status.DOWN, row.to_status is Status.DOWN
        if row.to_status in UNWATCHED or row.rule is Rule.STABLE:
            flips, flapping = [], False
        elif was_down != is_down:
            flips = [*flips, row]
            recent = [each for each in flips if _gap(each, row) < HALF_AN_HOUR]
            flapping = before or len(recent) >= TOO_MANY
        told = _told(row, before=before, after=flapping)
        if regional and not flapping and (row.rule is Rule.REGIONAL or before):
            told = "opened"
        elif was_regional and not (before or flapping or regional) and row.to_status is Status.UP:
            told = "resolved"
        blind = row.rule is Rule.BLIND or (blind and row.rule in SAYING_NOTHING)
        if not (before or flapping or was_down or is_down) and blind != was_blind:
            told = "opened" if blind else "resolved" if row.to_status is Status.UP else None
        if announces_degraded:
            is_graver = before or flapping or regional or blind
            degraded, told = _add_degraded(row, told, degraded=degraded, is_graver=is_graver)
        yield flapping, told


def _add_degraded(
    row: Transition, told: str | None, *, degraded: bool, is_graver: bool
) -> tuple[bool, str | None]:
    """Return whether it is degraded after a row, and what people hear of that row then.

    Args:
        is_graver: a graver incident is open; it stays, and says enough.
    """
    if row.to_status not in {Status.UP, Status.VERIFYING}:
        return False, told
    if row.rule in {Rule.DEGRADED, Rule.DEGRADED_OVER}:
        degraded = row.rule is Rule.DEGRADED
        return degraded, told if is_graver else "opened" if degraded else "resolved"
    is_end = told in {"resolved", "stable"}
    return degraded, "opened" if degraded and is_end else told


def _gap(first: Transition, second: Transition) -> timedelta:
    assert first.slot is not None
    assert second.slot is not None
    return second.slot - first.slot


def _told(row: Transition, *, before: bool, after: bool) -> str | None:
    if row.rule is Rule.STABLE:
        return "stable"
    if after:
        return None if before else "flapping"
    was_down, is_down = row.from_status is Status.DOWN, row.to_status is Status.DOWN
    if is_down and not was_down:
        return "opened"
    return "resolved" if was_down and row.to_status is Status.UP else None
