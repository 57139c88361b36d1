"""I10, liveness: a true outage is announced in time, and so is its end; its length is the truth."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.oracle.conditions import (
    Spell,
    Stretch,
    bound_for_down,
    bound_for_first_look,
    bound_for_sudden,
    bound_for_up,
    find_stretches,
    join_spells,
)
from tests.simulation.oracle.ground_truth import GroundTruth, Outage, Subject, has_worked
from tests.simulation.targets import Target

# Until a new timetable is followed: that of a minute is made in the one before.
MAX_START = timedelta(minutes=2)
Window = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the mesh has to keep.

    Args:
        windows: the announced maintenance of a monitor.
        begins, ends: between which the weather lets the mesh keep its times.
        patience: what delivery and the functions may take beside the rules.
    """

    targets: Mapping[str, Target]
    windows: Callable[[Subject], Sequence[Window]]
    begins: datetime
    ends: datetime
    patience: timedelta


def find_missed(truth: GroundTruth, terms: Terms) -> Iterator[str]:
    """Yield a sentence for each outage, or end of one, that was not announced in time."""
    for monitor_id in list(truth.subjects):
        outages = truth.outages.get(monitor_id, [])
        for subject, start, end in find_reigns(truth, monitor_id, terms):
            target = terms.targets[subject.target]
            stretches = list(find_stretches(truth, subject, target, start, end))
            for spell in _alerting_spells(truth, subject, stretches, terms):
                yield from _missed(truth, subject, spell, outages, terms.patience)
            for spell in _up_spells(truth, subject, stretches):
                yield from _lingering(subject, spell, outages, terms.patience)


def _missed(
    truth: GroundTruth,
    subject: Subject,
    spell: Spell,
    outages: Sequence[Outage],
    patience: timedelta,
) -> Iterator[str]:
    due = max(spell.begins, _grace_end(truth, subject, spell.begins)) + spell.bound + patience
    if due < spell.ends and not any(each.is_open(due) for each in outages):
        yield (
            f"I10: {subject.monitor_id} ({subject.target}) was down from "
            f"{spell.begins:%H:%M:%S.%f} to {spell.ends:%H:%M:%S}, and no outage was open at "
            f"{due:%H:%M:%S}"
        )


def _lingering(
    subject: Subject, spell: Spell, outages: Sequence[Outage], patience: timedelta
) -> Iterator[str]:
    due = spell.begins + spell.bound + patience
    for each in outages if due < spell.ends else ():
        if each.is_open(due) and not each.is_restless:
            yield (
                f"I10: {subject.monitor_id} ({subject.target}) worked from "
                f"{spell.begins:%H:%M:%S}, and {each.incident_id} was still open at {due:%H:%M:%S}"
            )


def find_reigns(
    truth: GroundTruth, monitor_id: str, terms: Terms
) -> Iterator[tuple[Subject, datetime, datetime]]:
    """Yield each configuration of a monitor that was watched, with the time for which it held."""
    known = truth.subjects[monitor_id]
    for subject, following in zip(known, [*known[1:], None], strict=True):
        start = max(terms.begins, subject.since + MAX_START)
        end = terms.ends if following is None else min(terms.ends, following.since)
        if start < end and not subject.is_paused:
            yield subject, start, end


def _down_spells(
    truth: GroundTruth, subject: Subject, target: Target, stretches: Sequence[Stretch]
) -> Iterator[Spell]:
    """Join the times in which an outage has to be found.

    A region that failed while others saw it work is no news when these others go away.
    """
    known: frozenset[str] = frozenset()
    found: list[Spell] = []
    for before, each in zip([None, *stretches], stretches, strict=False):
        limit = bound_for_down(truth, subject, each)
        if limit is None:
            known = each.failing | (known & each.gone)
        elif each.failing - known:
            sooner = _bound_sooner(truth, subject, target, before, each)
            found.append(Spell(each.begins, each.ends, sooner or limit))
    return join_spells(found)


def _alerting_spells(
    truth: GroundTruth, subject: Subject, stretches: Sequence[Stretch], terms: Terms
) -> Iterator[Spell]:
    """Yield the times in which an outage has to be found, outside of maintenance."""
    target = terms.targets[subject.target]
    for spell in _down_spells(truth, subject, target, stretches):
        yield from _outside(spell, terms.windows(subject))


def _bound_sooner(
    truth: GroundTruth, subject: Subject, target: Target, before: Stretch | None, each: Stretch
) -> timedelta | None:
    """Return how soon an outage has to be found that no earlier trouble can hide."""
    if before is None:
        return bound_for_first_look(truth, subject, target, each)
    if truth.confirm_after_of(subject) > 1:
        return None
    begun = [event.begins for event in target.troubles]
    begun += [event.begins for event in truth.absences]
    is_first = min(begun, default=each.begins) >= each.begins
    return bound_for_sudden(subject, before, each, is_first=is_first)


def _up_spells(
    truth: GroundTruth, subject: Subject, stretches: Sequence[Stretch]
) -> Iterator[Spell]:
    found = ((each, bound_for_up(truth, subject, each)) for each in stretches)
    return join_spells(
        Spell(each.begins, each.ends, limit) for each, limit in found if limit is not None
    )


def _outside(spell: Spell, windows: Sequence[Window]) -> Iterator[Spell]:
    """Cut announced maintenance out of a spell: what is left has its full time again."""
    start = spell.begins
    for begins, ends in sorted(windows):
        if ends <= start or begins >= spell.ends:
            continue
        if begins > start:
            yield Spell(start, begins, spell.bound)
        start = max(start, ends)
    if start < spell.ends:
        yield Spell(start, spell.ends, spell.bound)


def _grace_end(truth: GroundTruth, subject: Subject, before: datetime) -> datetime:
    """Return when a monitor that never worked may be announced; its beginning if it worked."""
    if has_worked(truth, subject, before):
        return subject.enabled_at
    return subject.enabled_at + subject.grace


def find_wrong_lengths(truth: GroundTruth, terms: Terms) -> Iterator[str]:
    """Yield a sentence for each outage whose length is not the truth's, by more than a turn."""
    for monitor_id, outages in truth.outages.items():
        if len(truth.subjects[monitor_id]) > 1:
            continue
        for outage in outages:
            is_over = outage.resolved_at is not None and not outage.is_restless
            if is_over and outage.opened_at >= terms.begins:
                yield from _wrong_length(truth, outage, terms)


def _wrong_length(truth: GroundTruth, outage: Outage, terms: Terms) -> Iterator[str]:
    subject = outage.subject
    since = max(terms.begins, subject.since + MAX_START)
    if outage.opened_at < since:
        return
    target = terms.targets[subject.target]
    stretches = list(find_stretches(truth, subject, target, since, terms.ends))
    told = (outage.resolved_at or terms.ends) - outage.opened_at
    least = _sum_overlapping(_alerting_spells(truth, subject, stretches, terms), outage)
    if not has_worked(truth, subject, outage.opened_at):
        # It may be announced from the end of its grace period on.
        least = timedelta()
    most = _sum_overlapping(_failing_spells(truth, subject, stretches), outage)
    turn = subject.interval * (len(subject.regions) if subject.is_rotating else 1)
    slack = turn + terms.patience
    if not least - slack <= told <= most + slack:
        yield (
            f"I10: {outage.incident_id} of {subject.target} lasted {told}, its target failed for "
            f"{least} to {most}"
        )


def _failing_spells(
    truth: GroundTruth, subject: Subject, stretches: Sequence[Stretch]
) -> Iterator[Spell]:
    """Join the times that may count as down: too short a recovery cannot be verified."""
    found = ((each, bound_for_up(truth, subject, each)) for each in stretches)
    return join_spells(
        Spell(each.begins, each.ends, timedelta())
        for each, limit in found
        if limit is None or each.ends - each.begins < limit
    )


def _sum_overlapping(spells: Iterator[Spell], outage: Outage) -> timedelta:
    """Add up the spells that an outage is about, in their full lengths."""
    end = outage.resolved_at or outage.opened_at
    about = [each for each in spells if each.begins <= end and each.ends >= outage.opened_at]
    return sum((each.ends - each.begins for each in about), timedelta())
