"""What a monitor depends on: monitors that exist, and none that depends on it in turn."""

from functions.api.backend import Backend
from functions.api.http.problem import invalid
from functions.api.schemas.monitor import MonitorIn
from sentinelmesh.domain.monitors.monitor import Monitor

# Monitors that one request looks at to find out that there is no circle.
MAX_ANCESTORS = 200


def check_parents(wanted: MonitorIn, monitor: Monitor, backend: Backend) -> None:
    """Check that the named monitors exist and that dependencies make no circle.

    Those that it had may be gone without hindering other edits: nothing waits for them.

    Cost: 1 read unit for each ancestor, where the list is changed.

    Raises:
        Problem: 422 with the field and a sentence.
    """
    if set(wanted.depends_on) <= set(monitor.depends_on):
        return
    for place, each in enumerate(wanted.depends_on):
        at = f"/depends_on/{place}"
        if each == monitor.id:
            raise invalid(at, "a monitor cannot depend on itself")
        parent = backend.monitors.get(each)
        if parent is None:
            if each in monitor.depends_on:
                continue
            raise invalid(at, f"there is no monitor {each[:60]}")
        if monitor.id in _ancestors(parent, backend):
            raise invalid(at, f"{parent.name[:60]} depends on this monitor already")


def _ancestors(monitor: Monitor, backend: Backend) -> set[str]:
    """Return what a monitor depends on, directly or not."""
    found: set[str] = set()
    left = list(monitor.depends_on)
    while left and len(found) < MAX_ANCESTORS:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        parent = backend.monitors.get(name)
        left += parent.depends_on if parent is not None else ()
    return found
