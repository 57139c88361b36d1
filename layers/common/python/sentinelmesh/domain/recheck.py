"""Checks of a suspect between slots: a suspicion need not wait for the timetable to be decided.

Their slots are computed, never stored: they follow from the slot that raised the suspicion and from
the configuration. They lie so far apart that each check has ended before the next one is due.
"""

from datetime import datetime, timedelta

from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.schedule import GRANULE, GRANULE_SECONDS, slot_at
from sentinelmesh.domain.state import State

# How long, beyond the timeout of a probe, its result may be on its way to us.
ARRIVAL_SLACK = timedelta(seconds=5)
# Whatever comes of a suspicion, it costs no more than these; then the timetable goes on.
MOST_RECHECKS = 5
# A job's silence does not change by looking again; it is waited for by its timetable.
NEVER_RECHECKED = frozenset({"heartbeat"})


def recheck_step(monitor: Monitor) -> timedelta:
    """Give the time between checks of a suspect: ten seconds, or what a check may take.

    The result of one has arrived before the next is due.
    """
    granules = -((monitor.timeout + ARRIVAL_SLACK) // -GRANULE)
    return granules * timedelta(seconds=GRANULE_SECONDS)


def recheck_slots(monitor: Monitor, state: State) -> tuple[datetime, ...]:
    """Give the slots between those of the timetable in which a suspect is checked, in order.

    There are some only while a suspicion is open, and only where the timetable is slower. They
    follow its slot; if it was raised so late that all of them had passed, they follow that moment.
    """
    suspect, step = state.suspect_slot, recheck_step(monitor)
    if suspect is None or state.status is not Status.VERIFYING:
        return ()
    if state.since >= suspect + MOST_RECHECKS * step:
        suspect = state.since.replace(microsecond=0)
    if monitor.kind in NEVER_RECHECKED:
        return ()
    if not monitor.policy.quick_detection or step >= monitor.interval:
        return ()
    slots = (suspect + count * step for count in range(1, MOST_RECHECKS + 1))
    return tuple(
        each for each in slots if slot_at(monitor.id, monitor.interval_seconds, each) != each
    )
