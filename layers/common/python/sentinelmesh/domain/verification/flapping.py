"""Flapping: a monitor that goes down and up again and again is one story, not a dozen.

More than five changes between up and down within half an hour, and the story is told once; it ends
when half an hour has gone by without another. Time is told by slots, so that the order in which
results arrive cannot matter.
"""

from datetime import datetime, timedelta

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.verification.monitor_state import State

FLAP_WINDOW = timedelta(minutes=30)
MAX_FLIPS = 5


def flips_after(state: State, to_status: Status, slot: datetime | None) -> tuple[datetime, ...]:
    """Return the slots of the last changes between up and down, this one included.

    No more are kept than it takes to say that there were too many.
    """
    if slot is None:
        return state.flips
    is_flip = (state.status is Status.DOWN) != (to_status is Status.DOWN)
    recent = tuple(each for each in state.flips if each > slot - FLAP_WINDOW)
    return ((*recent, slot) if is_flip else recent)[-MAX_FLIPS - 1 :]


def is_stable(state: State, slot: datetime) -> bool:
    """Return whether a flapping monitor has been quiet for long enough, as of a slot."""
    last = max(state.flips, default=None)
    return state.flapping and (last is None or slot >= last + FLAP_WINDOW)
