"""I10: what works, but not as it should, is announced as degraded: in time, and never without it.

That it is no downtime needs no check of its own: no probe failed, so an outage is a false alarm.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.simulation.oracle.conditions import (
    Spell,
    Stretch,
    bound_for_up,
    find_stretches,
    join_spells,
)
from tests.simulation.oracle.ground_truth import GroundTruth, Outage, Subject, by_slot
from tests.simulation.oracle.missed_outages import Terms, find_reigns

# It takes two slow rounds in a row, and one more may have been under way when it began.
ROUNDS = 3


def find_wrong_degradations(truth: GroundTruth, terms: Terms) -> Iterator[str]:
    """Yield a sentence for each degraded incident that is untrue, missing, or goes on for long."""
    for incidents in truth.degradations.values():
        for each in incidents:
            yield from _unbacked(truth, each)
    for monitor_id in list(truth.subjects):
        for subject, start, end in find_reigns(truth, monitor_id, terms):
            if not terms.windows(subject) and truth.announces_degraded(subject):
                yield from _late(truth, subject, start, end, terms)


def _unbacked(truth: GroundTruth, incident: Outage) -> Iterator[str]:
    """Find an incident for which no round had a quorum that met a degraded target."""
    subject = incident.subject
    visits = [
        each
        for each in truth.visits[subject.monitor_id]
        if each.revision == subject.revision and each.at <= incident.decided_at
    ]
    votes = (len({each.region for each in of if each.is_degraded}) for _, of in by_slot(visits))
    if max(votes, default=0) < truth.quorum_of(subject):
        yield f"I10: {incident.incident_id} of {subject.target} is degraded, no quorum saw that"


def _late(
    truth: GroundTruth, subject: Subject, start: datetime, end: datetime, terms: Terms
) -> Iterator[str]:
    stretches = list(find_stretches(truth, subject, terms.targets[subject.target], start, end))
    incidents = truth.degradations.get(subject.monitor_id, [])
    if any(each.is_restless for each in truth.outages.get(subject.monitor_id, [])):
        return
    for is_degraded in (True, False):
        for spell in _find_spells(truth, subject, stretches, is_degraded=is_degraded):
            due = spell.begins + spell.bound + terms.patience
            is_open = any(each.is_open(due) for each in incidents)
            if due < spell.ends and is_open is not is_degraded:
                yield (
                    f"I10: {subject.monitor_id} ({subject.target}) was "
                    f"{'degraded' if is_degraded else 'well'} from {spell.begins:%H:%M:%S}, at "
                    f"{due:%H:%M:%S} its degraded incident was {'open' if is_open else 'not open'}"
                )


def _find_spells(
    truth: GroundTruth, subject: Subject, stretches: list[Stretch], *, is_degraded: bool
) -> Iterator[Spell]:
    """Join the times in which all regions agree that a target is degraded, or that it is not."""
    regions = len(subject.regions)
    turn = subject.interval * (regions if subject.is_rotating else 1)
    wait = 2 * subject.timeout + timedelta(seconds=30)
    found = []
    for each in stretches:
        # What was down or failed in one region has to be over first.
        limit = bound_for_up(truth, subject, each)
        agreeing = len(each.degraded) if is_degraded else len(each.working - each.degraded)
        if limit is not None and agreeing == regions:
            found.append(Spell(each.begins, each.ends, limit + ROUNDS * turn + wait))
    return join_spells(found)
