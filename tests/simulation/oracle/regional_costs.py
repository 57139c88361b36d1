"""I10: a region that fails while others see it work is remembered, and asked about only once."""

from collections.abc import Iterator
from datetime import timedelta

from tests.simulation.oracle.conditions import Stretch, find_stretches
from tests.simulation.oracle.ground_truth import GroundTruth, Subject
from tests.simulation.oracle.missed_outages import Terms, find_reigns
from tests.simulation.targets import Target

# Probes that take longer than this may have others asked while they go on.
QUICK_SECONDS = 1.0


def find_forgotten(truth: GroundTruth, terms: Terms) -> Iterator[str]:
    """Yield a sentence for each verification of what was verified before."""
    for monitor_id in list(truth.subjects):
        for subject, start, end in find_reigns(truth, monitor_id, terms):
            target = terms.targets[subject.target]
            if target.answers_after > QUICK_SECONDS:
                continue
            for each in find_stretches(truth, subject, target, start, end):
                yield from _asked_again(truth, subject, target, each)


def _asked_again(
    truth: GroundTruth, subject: Subject, target: Target, stretch: Stretch
) -> Iterator[str]:
    out_of_reach = len(subject.regions) - truth.quorum_of(subject)
    is_plain = not stretch.gone and bool(stretch.failing) and len(stretch.working) > out_of_reach
    is_silent = any(each.silent for each in target.troubles)
    if not is_plain or is_silent or not subject.is_rotating:
        return
    turn = subject.interval * len(subject.regions)
    rounds = 2 + max(truth.recover_after_of(subject), truth.confirm_after_of(subject))
    settled = stretch.begins + rounds * turn + 2 * subject.timeout + timedelta(seconds=60)
    for visit in truth.visits[subject.monitor_id]:
        if visit.purpose == "verification" and settled < visit.at < stretch.ends:
            yield (
                f"I10: {subject.monitor_id} ({subject.target}) was verified at "
                f"{visit.at:%H:%M:%S}, though {sorted(stretch.failing)} failed and others worked "
                f"since {stretch.begins:%H:%M:%S}"
            )
            return
