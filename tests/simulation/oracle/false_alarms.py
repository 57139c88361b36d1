"""I10, safety: an outage is announced only if the target failed, seen from the target's side.

A recount of what probes met, slot by slot. It knows the promise in `docs/guarantees.md` and none of
the code that keeps it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.oracle.ground_truth import (
    GroundTruth,
    Outage,
    Subject,
    Visit,
    by_slot,
    may_have_worked,
)

Windows = Callable[[Subject], Sequence[tuple[datetime, datetime]]]
SCHEDULED, FAILURE = "scheduled", "failure"
# Instants are stored in milliseconds.
SAME_MOMENT = timedelta(milliseconds=5)
# Rounds in a row that nobody contradicts: they confirm where the quorum cannot be reached.
UNCONTRADICTED_ROUNDS = 3
# How long before its transaction a decision may have read the results, by the weather.
READING, READING_IN_STORM = timedelta(seconds=1), timedelta(seconds=40)


@dataclass(frozen=True, slots=True)
class Look:
    """What the mesh could know of one slot when it decided.

    Args:
        failing: regions whose probe met trouble.
        working: regions whose success was readable.
    """

    slot: datetime
    is_scheduled: bool
    failing: frozenset[str]
    working: frozenset[str]


def find_false_alarms(
    truth: GroundTruth, agreed: Windows, *, is_calm: bool, is_clock_right: bool
) -> Iterator[str]:
    """Yield a sentence for each outage that the truth does not back.

    Args:
        agreed: the announced maintenance of a monitor, as far as it certainly was accepted.
    """
    reading = READING if is_calm else READING_IN_STORM
    for outages in truth.outages.values():
        for outage in outages:
            first = _first_visit(truth, outage)
            if first is None and is_clock_right:
                yield f"I10: {_name(outage)} began at {outage.opened_at}, when no probe failed"
            start = first.slot if first else _slot_before(truth, outage)
            looks = list(_looks(truth, outage, start, reading))
            yield from _unbacked(truth, outage, looks)
            yield from _in_grace(truth, outage)
            for begins, ends in agreed(outage.subject):
                if begins + reading <= outage.decided_at < ends:
                    yield f"I10: {_name(outage)} was opened within maintenance"
            if first is not None:
                yield from _begun_too_late(truth, outage, first, reading)


def _name(outage: Outage) -> str:
    return f"{outage.incident_id} of {outage.subject.monitor_id} ({outage.subject.target})"


def _own_visits(truth: GroundTruth, outage: Outage) -> Iterator[Visit]:
    for each in truth.visits[outage.subject.monitor_id]:
        if each.revision == outage.subject.revision and each.at <= outage.decided_at:
            yield each


def _first_visit(truth: GroundTruth, outage: Outage) -> Visit | None:
    """Return the failing probe with which an outage claims to have begun."""
    for each in _own_visits(truth, outage):
        if each.fails is not False and abs(each.at - outage.opened_at) <= SAME_MOMENT:
            return each
    return None


def _slot_before(truth: GroundTruth, outage: Outage) -> datetime:
    """Return the slot in which an outage began if the clock of its prober was wrong."""
    slots = [each.slot for each in _own_visits(truth, outage)]
    return max((each for each in slots if each <= outage.opened_at), default=outage.opened_at)


def _looks(
    truth: GroundTruth, outage: Outage, start: datetime, reading: timedelta
) -> Iterator[Look]:
    visits = [each for each in _own_visits(truth, outage) if each.slot >= start]
    planned = [each.slot for each in visits if each.purpose == SCHEDULED]
    for slot, group in by_slot(visits):
        regions = {each.region for each in group}
        yield Look(
            slot=slot,
            is_scheduled=_is_planned(slot, planned, outage.subject.interval),
            failing=frozenset(
                each.region
                for each in group
                if each.fails
                or (each.fails is None and _is_stored(truth, outage, slot, each.region, FAILURE))
            ),
            working=frozenset(
                region
                for region in regions
                if _is_stored(truth, outage, slot, region, "success", reading)
            ),
        )


def _is_planned(slot: datetime, planned: Sequence[datetime], interval: timedelta) -> bool:
    """Return True if a slot is one of the timetable, whoever was asked to look at it."""
    return not planned or not (slot - planned[0]) % interval


def _is_stored(
    truth: GroundTruth,
    outage: Outage,
    slot: datetime,
    region: str,
    outcome: str,
    reading: timedelta = timedelta(),
) -> bool:
    """Return True if a result of this outcome was readable when an outage was decided."""
    known = truth.stored.get((outage.subject.monitor_id, slot, region), ())
    return any(at <= outage.decided_at - reading and what == outcome for at, what in known)


def _unbacked(truth: GroundTruth, outage: Outage, looks: Sequence[Look]) -> Iterator[str]:
    """Find an outage that no quorum saw, and that somebody saw working all the while."""
    quorum = truth.quorum_of(outage.subject)
    needed = truth.confirm_after_of(outage.subject)
    if _longest_confirmed(looks, quorum, len(outage.subject.regions)) >= needed:
        return
    if _longest_uncontradicted(looks) >= max(UNCONTRADICTED_ROUNDS, needed):
        return
    seen = "; ".join(
        f"{each.slot:%H:%M:%S} failed from {sorted(each.failing)}, worked from "
        f"{sorted(each.working)}"
        for each in looks[-4:]
    )
    yield f"I10: {_name(outage)} is a false alarm (quorum {quorum} in {needed} rounds): {seen}"


def _longest_confirmed(looks: Sequence[Look], quorum: int, regions: int) -> int:
    longest = run = 0
    for each in looks:
        if len(each.failing) >= quorum:
            run += 1
        elif len(each.working) > regions - quorum:
            run = 0
        longest = max(longest, run)
    return longest


def _longest_uncontradicted(looks: Sequence[Look]) -> int:
    longest = run = 0
    for each in looks:
        if each.is_scheduled and (each.failing or each.working):
            run = 0 if each.working else run + 1
        longest = max(longest, run)
    return longest


def _in_grace(truth: GroundTruth, outage: Outage) -> Iterator[str]:
    """Find an outage of a monitor that never worked, within its grace period."""
    subject = outage.subject
    if outage.decided_at >= subject.enabled_at + subject.grace:
        return
    if not may_have_worked(truth, subject, outage.decided_at):
        yield f"I10: {_name(outage)} was announced in the grace period of {subject.grace}"


def _begun_too_late(
    truth: GroundTruth, outage: Outage, first: Visit, reading: timedelta
) -> Iterator[str]:
    """Find an outage that claims to have begun after the first failing probe of its round.

    Where some region saw it work, one that fails may not have been believed; nor is one that was
    in trouble itself.
    """
    round_ = [each for each in _own_visits(truth, outage) if each.slot == first.slot]
    if not all(each.fails for each in round_):
        return
    for each in round_:
        if each.at >= first.at - SAME_MOMENT or each.region == first.region:
            continue
        if truth.is_doubted(each.region, each.at):
            continue
        if _is_stored(truth, outage, each.slot, each.region, FAILURE, reading):
            yield f"I10: {_name(outage)} began at {first.at}, but {each.region} failed at {each.at}"
