"""First look: what is new, resumed or probes something else is probed at once by all its regions.

Whoever sets up a monitor wants to know whether it works now, not when its first slot comes. The
slot of this round is computed, never stored: it follows from the moment of the change.
"""

from datetime import datetime, timedelta

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import slot_at

# A job's silence does not change by looking again.
NEVER_LOOKED_AT = frozenset({"heartbeat"})
SECOND = timedelta(seconds=1)
# So long before its slot a first look may begin.
MAX_LEAD = 2 * SECOND
# So late it is still asked for: many monitors were added at once, or tables were away.
MAX_FIRST_LOOK_DELAY = timedelta(minutes=10)


def first_look_slot(monitor: Monitor) -> datetime | None:
    """Return the slot of the first look: the next full second that the timetable leaves free.

    None for a monitor that is not looked at in between: paused, or of a kind that waits for a job.
    """
    began = monitor.probed_since
    if began is None or monitor.paused or monitor.kind in NEVER_LOOKED_AT:
        return None
    slot = began.replace(microsecond=0) + (SECOND if began.microsecond else timedelta())
    is_taken = slot_at(monitor.id, monitor.interval_seconds, slot) == slot
    return slot + SECOND if is_taken else slot
