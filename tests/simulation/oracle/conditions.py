"""How a target really stood, from which regions, and whether the mesh could have seen that.

Time is cut where anything changed: a trouble of the target, a region that went or came back. In
between, the same regions fail and the same regions are there to look.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tests.simulation.oracle.ground_truth import DOUBTFUL, Absence, GroundTruth, Subject
from tests.simulation.targets import Target


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which nothing changed for a monitor.

    Args:
        failing: regions that are there and see the target fail.
        working: regions that are there and see it work.
        degraded: of the working ones, those that see it work not as it should.
        gone: regions that take no part.
        sick: of these, regions that fail for every target, believed or not.
    """

    begins: datetime
    ends: datetime
    failing: frozenset[str]
    working: frozenset[str]
    gone: frozenset[str]
    sick: frozenset[str]
    degraded: frozenset[str] = frozenset()


def find_stretches(
    truth: GroundTruth, subject: Subject, target: Target, begins: datetime, ends: datetime
) -> Iterator[Stretch]:
    """Yield the stretches of a monitor between two moments."""
    cuts = {begins, ends}
    for trouble in target.troubles:
        cuts |= {trouble.begins, trouble.ends}
    for absence in truth.absences:
        cuts |= {absence.begins, absence.ends}
    ordered = sorted(each for each in cuts if begins <= each <= ends)
    for start, end in pairwise(ordered):
        present = [each for each in truth.absences if each.overlaps(start, end)]
        gone = _regions_of(present) & set(subject.regions)
        sick = _regions_of(each for each in present if each.kind in DOUBTFUL) & gone
        gone |= {each for each in subject.regions if target.abstains(each, start)}
        there = frozenset(subject.regions) - gone
        failing = frozenset(each for each in there if target.sees(each, start).error)
        degraded = frozenset(each for each in there if target.sees(each, start).degraded)
        yield Stretch(start, end, failing, there - failing, gone, sick, degraded)


def _regions_of(absences: Iterable[Absence]) -> frozenset[str]:
    return frozenset(region for each in absences for region in each.regions)


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a target was down, or up, and how soon the mesh has to say so."""

    begins: datetime
    ends: datetime
    bound: timedelta


def join_spells(spells: Iterable[Spell]) -> Iterator[Spell]:
    """Join what follows without a gap; the most patient bound holds for all of it."""
    last: Spell | None = None
    for each in spells:
        if last is not None and each.begins <= last.ends:
            last = Spell(last.begins, each.ends, max(last.bound, each.bound))
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def bound_for_down(truth: GroundTruth, subject: Subject, stretch: Stretch) -> timedelta | None:
    """Return how long an outage may go unannounced; None where the mesh need not see one.

    A quorum that fails is found as soon as one of it has its turn. Where regions are gone, three
    rounds in a row do, as long as nobody saw it work.
    """
    regions, failing = len(subject.regions), len(stretch.failing)
    again = truth.confirm_after_of(subject) - 1
    wait = 2 * subject.timeout + timedelta(seconds=30)
    turn = subject.interval * (regions if subject.is_rotating else 1)
    if failing >= truth.quorum_of(subject):
        return turn + subject.interval + wait + again * (turn + wait)
    if failing and not stretch.working and not stretch.sick:
        rounds = max(3, again + 1)
        return turn + subject.interval + rounds * turn + wait
    return None


def bound_for_sudden(
    subject: Subject, before: Stretch, stretch: Stretch, *, is_first: bool
) -> timedelta | None:
    """Return how soon an outage has to be found that all regions see, out of the blue.

    The next slot meets it, and the others are asked at once: no round is left to wait for.

    Args:
        is_first: nothing had ever happened to the target, nor to any region.
    """
    is_everywhere = len(stretch.failing) == len(subject.regions)
    is_quiet = len(before.working) == len(subject.regions)
    settled = 2 * subject.timeout + timedelta(seconds=30) + subject.interval * len(subject.regions)
    is_settled = is_first or before.ends - before.begins >= settled
    if not is_everywhere or not is_quiet or not is_settled:
        return None
    return subject.interval + 2 * subject.timeout


def bound_for_first_look(
    truth: GroundTruth, subject: Subject, target: Target, stretch: Stretch
) -> timedelta | None:
    """Return how soon an outage has to be found that was there before its monitor.

    All regions look at what is new at once, however long its interval is.
    """
    since = subject.enabled_at
    is_ever_there = any(
        each.regions is None
        and each.abstains is None
        and not each.is_lesser
        and each.begins <= since
        and each.ends >= stretch.ends
        for each in target.troubles
    )
    is_looked_at = subject.revision == 1 and not subject.grace and subject.kind != "heartbeat"
    is_plain = is_looked_at and truth.confirm_after_of(subject) == 1
    is_disturbed = any(each.begins < stretch.ends for each in truth.absences)
    return 2 * subject.timeout if is_ever_there and is_plain and not is_disturbed else None


def bound_for_up(truth: GroundTruth, subject: Subject, stretch: Stretch) -> timedelta | None:
    """Return how long a recovery may go unannounced; None while anybody sees it fail."""
    if stretch.failing or not stretch.working or len(stretch.sick) >= truth.quorum_of(subject):
        return None
    regions = len(subject.regions)
    rounds = max(3, truth.recover_after_of(subject))
    wait = 2 * subject.timeout + timedelta(seconds=30)
    turn = subject.interval * (regions if subject.is_rotating else 1)
    return subject.interval + rounds * turn + wait
