"""I10: what the mesh announced, held against what really happened, during the faults and after.

Nothing here asks the rules of the mesh: of its code these checks use none at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tests.simulation.mesh import Simulation
from tests.simulation.oracle.degradation import find_wrong_degradations
from tests.simulation.oracle.downtime import find_wrong_downtime
from tests.simulation.oracle.false_alarms import find_false_alarms
from tests.simulation.oracle.ground_truth import Subject
from tests.simulation.oracle.missed_outages import Terms, find_missed, find_wrong_lengths
from tests.simulation.oracle.regional_costs import find_forgotten

# What functions and queues may take beside the rules, without faults of their own.
PATIENCE = timedelta(seconds=15)
# After a storm: twice the time for which a queue hides what a function died with.
SETTLED = timedelta(minutes=7)
DAY = timedelta(days=1)


def find_untruths(life: Simulation) -> Iterator[str]:
    """Yield a sentence for each announcement that the truth contradicts, and each that is missing.

    Where calls fail and functions die nobody can say how long a decision takes: in such a storm
    nothing may be invented, and from its end on the times have to be kept.
    """
    is_clock_right = not (life.fate.met["clock_skew"] or life.workshop.wrong_clocks)
    is_calm = not life.fate.met
    agreed = partial(_find_windows, life, life.people.agreed)
    yield from find_false_alarms(life.truth, agreed, is_calm=is_calm, is_clock_right=is_clock_right)
    begins = life.began if is_calm and not life.plan.outages else life.calm_since + SETTLED
    terms = Terms(
        targets=life.targets.by_address,
        windows=partial(_find_windows, life, life.people.windows),
        begins=begins,
        ends=life.hub.now,
        patience=PATIENCE,
    )
    yield from find_missed(life.truth, terms)
    if is_calm:
        yield from find_wrong_lengths(life.truth, terms)
        yield from find_forgotten(life.truth, terms)
        yield from find_wrong_degradations(life.truth, terms)
        yield from find_wrong_downtime(life.truth, terms.windows, agreed)


def _find_windows(
    life: Simulation, bodies: Sequence[Mapping[str, Any]], subject: Subject
) -> list[tuple[datetime, datetime]]:
    """Return the announced times of a monitor; a lost answer is no refusal."""
    found = []
    for body in bodies:
        if not (body.get("everything") or subject.monitor_id in body["monitors"]):
            continue
        starts, ends = (datetime.fromisoformat(body[name]) for name in ("starts_at", "ends_at"))
        found.append((starts, ends))
        while "recurrence" in body and starts < life.hub.now:
            starts, ends = starts + DAY, ends + DAY
            found.append((starts, ends))
    return found
