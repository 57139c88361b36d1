"""Nothing opens in a maintenance window, and everything that is down at its end does."""

from collections.abc import Iterator

from sentinelmesh.domain.incidents.incident import Status
from tests.simulation.oracle.remains import Remains


def quiet_maintenance(remains: Remains) -> Iterator[str]:
    """Neither a slot of an announced time nor a decision in it suspects or confirms anything.

    What is still down when all is calm is found by the law of liveness.
    """
    for monitor in remains.monitors.values():
        windows = remains.announced(monitor)
        for row in remains.ledger.get(monitor.id, ()):
            if row.to_status not in {Status.VERIFYING, Status.DOWN} or row.slot is None:
                continue
            if any(window.holds(each) for window in windows for each in (row.slot, row.at)):
                yield f"maintenance: {monitor.name} went {row.to_status} by the slot {row.slot}"
