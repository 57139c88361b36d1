"""Checks between slots, of a suspect and of what is down: neither waits for the timetable.

Their slots are computed, never stored: they follow from the slot that decided last and from the
configuration. They lie so far apart that each check has ended before the next one is due.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sentinelmesh.domain.deadlines import verified_within
from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.schedule import (
    GRANULE,
    GRANULE_SECONDS,
    planned_slots,
    regions_of,
    slot_at,
)
from sentinelmesh.domain.state import State

# How long, beyond the timeout of a probe, its result may be on its way to us.
ARRIVAL_SLACK = timedelta(seconds=5)
# Whatever comes of a suspicion, it costs no more than these; then the timetable goes on.
MOST_RECHECKS = 5
# Most outages are over by then; later the timetable is quick enough.
RECOVERY_WINDOW = timedelta(minutes=30)
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
    if not _can_recheck(monitor, step):
        return ()
    slots = (suspect + count * step for count in range(1, MOST_RECHECKS + 1))
    return tuple(
        each for each in slots if slot_at(monitor.id, monitor.interval_seconds, each) != each
    )


def _can_recheck(monitor: Monitor, step: timedelta) -> bool:
    is_wanted = monitor.policy.quick_detection and monitor.kind not in NEVER_RECHECKED
    return is_wanted and step < monitor.interval


def recovery_step(monitor: Monitor) -> timedelta:
    """Return the time between checks of what is down: ten seconds, or its timeout in whole tens.

    A target that takes connections and never answers holds one prober at a time.
    """
    return -(monitor.timeout // -GRANULE) * GRANULE


def recovery_slots(
    monitor: Monitor, state: State, start: datetime, at: datetime
) -> Mapping[datetime, str]:
    """Return the slots in which a monitor that is down is checked again, and by which region.

    They follow the clock, as if it had a shorter interval for half an hour. The regions take turns.
    They begin when every vote is in that the outage may have been decided by: so which there are
    does not depend on who voted first.

    Args:
        start: earlier ones are settled.
        at: the present; no more than the next one is of interest.
    """
    step, seconds = recovery_step(monitor), int(recovery_step(monitor).total_seconds())
    if state.status is not Status.DOWN or state.watermark is None:
        return {}
    if not _can_recheck(monitor, step):
        return {}
    first = max(start, state.watermark + verified_within(monitor), monitor.scheduled_since)
    # Of two in a row one may be the timetable's own.
    shown_until = max(at, first) + 2 * step
    end = min(state.watermark + RECOVERY_WINDOW, shown_until) + timedelta(microseconds=1)
    return {
        slot: regions_of(monitor.id, seconds, monitor.regions, "rotate", slot)[0]
        for slot in planned_slots(monitor.id, seconds, first, end)
        if slot_at(monitor.id, monitor.interval_seconds, slot) != slot
    }
