"""Checks between slots, of a suspect and of what is down: neither waits for the timetable.

Their slots are computed, never stored: they follow from the slot that decided last and from the
configuration. They lie so far apart that each check has ended before the next one is due.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.deadlines import verified_within
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import (
    GRANULE,
    GRANULE_SECONDS,
    planned_slots,
    regions_of,
    slot_at,
)
from sentinelmesh.domain.verification.monitor_state import State

# How long, beyond the timeout of a probe, its result may be on its way to us.
ARRIVAL_SLACK = timedelta(seconds=5)
# Whatever comes of a suspicion, it costs no more than these; then the timetable goes on.
MAX_RECHECKS = 5
# Most outages are over by then; later a check every few minutes is quick enough.
RECOVERY_WINDOW = timedelta(minutes=30)
MIN_LATER_STEP = timedelta(minutes=5)
# A daily monitor that stays down for a week must not leave thousands of results to look at.
MAX_LATER_CHECKS_PER_INTERVAL = 48
# It is the sweep of each minute that asks for a later check, a little late itself.
LATER_SLACK = timedelta(seconds=75)
# A job's silence does not change by looking again; it is waited for by its timetable.
NEVER_RECHECKED = frozenset({"heartbeat"})


def recheck_step(monitor: Monitor) -> timedelta:
    """Return the time between checks of a suspect: ten seconds, or what a check may take.

    The result of one has arrived before the next is due.
    """
    granules = -((monitor.timeout + ARRIVAL_SLACK) // -GRANULE)
    return granules * timedelta(seconds=GRANULE_SECONDS)


def recheck_slots(monitor: Monitor, state: State) -> tuple[datetime, ...]:
    """Return the slots between those of the timetable in which a suspect is checked, in order.

    There are some only while a suspicion is open, and only where the timetable is slower. They
    follow its slot; if it was raised so late that all of them had passed, they follow that moment.
    """
    suspect, step = state.suspect_slot, recheck_step(monitor)
    if suspect is None or state.status is not Status.VERIFYING:
        return ()
    if state.since >= suspect + MAX_RECHECKS * step:
        suspect = state.since.replace(microsecond=0)
    if not _can_recheck(monitor, step):
        return ()
    slots = (suspect + count * step for count in range(1, MAX_RECHECKS + 1))
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


@dataclass(frozen=True, slots=True)
class RecoveryCheck:
    """A check, between the slots of the timetable, of whether what is down works again.

    Args:
        region: the one in turn; when it passes, all others look too.
        asked_until: whoever comes later leaves the check out.
        has_alarm: somebody wakes up for it; otherwise the sweep of each minute finds it.
    """

    region: str
    asked_until: datetime
    has_alarm: bool

    def given_up_at(self, timeout: timedelta) -> datetime:
        """Return when no vote of it is waited for any more."""
        return self.asked_until + timeout


def recovery_slots(
    monitor: Monitor, state: State, start: datetime, at: datetime
) -> Mapping[datetime, RecoveryCheck]:
    """Return the slots in which a monitor that is down is checked again, in order.

    They follow the clock, as if it had a shorter interval: for half an hour a very short one, later
    five minutes or a 48th of its own. They begin when every vote is in that the outage may have
    been decided by: so which there are does not depend on who voted first.

    Args:
        start: earlier ones are settled.
        at: the present; no more than the next one is of interest.
    """
    step = recovery_step(monitor)
    if state.status is not Status.DOWN or state.watermark is None:
        return {}
    if not _can_recheck(monitor, step):
        return {}
    first = max(start, state.watermark + verified_within(monitor), monitor.scheduled_since)
    turn = state.watermark + RECOVERY_WINDOW
    found = dict(_taking_turns(monitor, step, first, at, has_alarm=True, before=turn))
    later = max(MIN_LATER_STEP, monitor.interval / MAX_LATER_CHECKS_PER_INTERVAL)
    if later < monitor.interval:
        found |= _taking_turns(monitor, later, max(first, turn), at, has_alarm=False)
    return found


def _taking_turns(
    monitor: Monitor,
    step: timedelta,
    start: datetime,
    at: datetime,
    *,
    has_alarm: bool,
    before: datetime | None = None,
) -> Iterator[tuple[datetime, RecoveryCheck]]:
    """Walk over the checks until the next one behind `at`, with the region in turn."""
    seconds, slack = int(step.total_seconds()), ARRIVAL_SLACK if has_alarm else LATER_SLACK
    # Of two in a row one may be the timetable's own.
    shown_until = max(at, start) + 2 * step
    for slot in planned_slots(monitor.id, seconds, start, min(before or shown_until, shown_until)):
        if slot_at(monitor.id, monitor.interval_seconds, slot) != slot:
            (region,) = regions_of(monitor.id, seconds, monitor.regions, "rotate", slot)
            yield slot, RecoveryCheck(region, slot + slack, has_alarm=has_alarm)
