"""What the ledger of a monitor should say, worked out afterwards from its results, slot by slot.

I6 says that the order in which results arrive changes nothing. So wherever everything arrived in
the time that the mesh waits for it, the ledger written on the way equals the one written here, by
a reader who sees each round only when it is complete.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from sentinelmesh.domain.monitors.deadlines import VERIFICATION_GRACE
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import slot_at
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.monitor_state import Transition
from sentinelmesh.domain.verification.recheck import ARRIVAL_SLACK
from sentinelmesh.domain.verification.transition import plan_transition
from tests.fake_aws.streams import PROMPT

Row = tuple[object, ...]
MAX_STEPS = 12
MOMENT = timedelta(microseconds=1)


def row_of(transition: Transition) -> Row:
    """Keep of a ledger row what must not depend on time."""
    return (
        transition.from_status.value,
        transition.to_status.value,
        transition.rule.value,
        transition.slot,
        transition.failing_regions,
    )


def reference_ledger(
    monitor: Monitor, results: Sequence[Result], maintenance: Sequence[Interval] = ()
) -> list[Transition]:
    """Decide about one round after the other, each seen when its last vote must be in.

    It is looked at before as well, when its first vote must be in: a suspicion that is raised only
    when its round was given up has other regions asked anew.
    """
    state, incident = initial_state(monitor), None
    rows = []
    first = monitor.timeout + ARRIVAL_SLACK
    last = waited(monitor)
    for slot, wait in product(sorted({each.slot for each in results}), (first, last)):
        seen = [each for each in results if each.slot <= slot]
        at = _before_next(maintenance, slot, slot + wait)
        for _ in range(MAX_STEPS):
            decision = decide(monitor, state, seen, at, maintenance)
            if decision.change is None:
                break
            taken = plan_transition(decision.change, monitor, state, incident, at)
            state, incident = taken.state, taken.current
            rows.append(taken.transition)
    return rows


def waited(monitor: Monitor) -> timedelta:
    """Return how long after its slot the last vote of a round may come."""
    return 3 * monitor.timeout + VERIFICATION_GRACE + ARRIVAL_SLACK


def _before_next(windows: Sequence[Interval], slot: datetime, at: datetime) -> datetime:
    """Return the latest moment to decide about a slot: maintenance puts an end to suspicions."""
    begins = (each.start for each in windows if slot < each.start <= at)
    return min((each - MOMENT for each in begins), default=at)


def exact_until(
    monitor: Monitor,
    results: Sequence[Result],
    arrived: Mapping[Result, datetime],
    slow_since: datetime | None,
    maintenance: Sequence[Interval] = (),
) -> datetime:
    """Return the slot up to which every vote was seen while it was still waited for.

    Whether a failure just before a maintenance window is confirmed in time depends on how soon its
    votes came.

    Args:
        slow_since: when the verifier began to see results late.
    """
    untimely = [each.slot for each in results if not _is_in_time(monitor, each, arrived[each])]
    untimely += [
        each.slot
        for each in results
        for window in maintenance
        if each.outcome is Outcome.FAILURE
        and window.start - waited(monitor) <= each.slot < window.start
    ]
    unseen = [] if slow_since is None else [slow_since - waited(monitor)]
    return min([*untimely, *unseen, datetime.max.replace(tzinfo=UTC)])


def _is_in_time(monitor: Monitor, result: Result, arrived: datetime) -> bool:
    patience = monitor.timeout + ARRIVAL_SLACK - PROMPT
    # A check of a suspect between slots is waited for like one of the timetable.
    planned = slot_at(monitor.id, monitor.interval_seconds, result.slot) == result.slot
    if result.purpose is Purpose.SCHEDULED or not planned:
        return arrived - result.slot < patience
    return arrived - result.scheduled_at < patience


def differences(expected: Sequence[Row], found: Sequence[Row]) -> Iterator[str]:
    """Return the first row that differs."""
    for place in range(max(len(expected), len(found))):
        here = (list(part[place : place + 1]) for part in (expected, found))
        wanted, got = here
        if wanted != got:
            yield f"row {place + 1} is {got or 'missing'}, should be {wanted or 'missing'}"
            return
