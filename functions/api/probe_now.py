"""A probe on demand: order it from every region, wait a little, answer with what is there."""

from datetime import timedelta

from functions.api.backend import Backend
from sentinelmesh.checks import check_of
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Purpose, Result

PAUSE_SECONDS = 0.25
LONGEST_WAIT = timedelta(seconds=20)
ON_THE_WAY = timedelta(seconds=5)


def probe_now(backend: Backend, monitor: Monitor) -> tuple[list[Result], bool]:
    """Have all regions of a monitor probe it.

    The API waits for facts; it neither probes nor decides. Results that come later are recorded
    all the same.

    Returns:
        What was seen so far, in the monitor's order of regions, and whether that is all of it.
    """
    now = backend.clock().replace(microsecond=0)
    wait = min(monitor.timeout + ON_THE_WAY, LONGEST_WAIT)
    backend.queues.send(
        check_of(monitor, region, Purpose.MANUAL, now, (now, now + wait))
        for region in monitor.regions
    )
    end = backend.clock() + wait
    while True:
        seen = {
            each.region: each
            for each in backend.results.list_since(monitor.id, now)
            if each.purpose is Purpose.MANUAL and each.slot == now
        }
        complete = len(seen) == len(monitor.regions)
        if complete or backend.clock() >= end:
            ordered = [seen[region] for region in monitor.regions if region in seen]
            return ordered, complete
        backend.sleep(PAUSE_SECONDS)
