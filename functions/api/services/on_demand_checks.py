"""A probe on demand: order it from every region, wait a little, answer with what is there."""

from datetime import datetime, timedelta

from functions.api.backend import Backend
from functions.api.http.error_mapping import unavailable
from sentinelmesh.checks import check_of
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Purpose, Result

PAUSE_SECONDS = 0.25
# API Gateway gives up after 29 s, and so does the function.
MAX_WAIT = timedelta(seconds=20)
ON_THE_WAY = timedelta(seconds=5)


def probe_now(backend: Backend, monitor: Monitor) -> tuple[list[Result], bool]:
    """Have all regions of a monitor probe it.

    The API waits for facts; it neither probes nor decides. Results that come later are recorded
    all the same.

    Cost: one message per region, and four queries per second of waiting.

    Returns:
        What was seen so far, in the monitor's order of regions, and whether that is all of it.

    Raises:
        Problem: 503, no queue took the order.
    """
    now = backend.clock()
    slot = now.replace(microsecond=0)
    # From here on: a region that is slow to take the order does not make the answer later.
    end = now + min(monitor.timeout + ON_THE_WAY, MAX_WAIT)
    unsent = backend.queues.send(
        check_of(monitor, region, Purpose.MANUAL, slot, (slot, end)) for region in monitor.regions
    )
    expected = set(monitor.regions) - {check.region for check in unsent}
    if not expected:
        raise unavailable("At the moment no region takes the order.")
    seen = _read_results(backend, monitor, slot)
    while not expected <= set(seen) and backend.clock() < end:
        backend.sleep(PAUSE_SECONDS)
        seen = _read_results(backend, monitor, slot)
    ordered = [seen[region] for region in monitor.regions if region in seen]
    return ordered, len(ordered) == len(monitor.regions)


def _read_results(backend: Backend, monitor: Monitor, slot: datetime) -> dict[str, Result]:
    return {
        each.region: each
        for each in backend.results.list_since(monitor.id, slot)
        if each.purpose is Purpose.MANUAL and each.slot == slot
    }
