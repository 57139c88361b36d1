"""Waiting for the pings of a heartbeat, from its creation or resumption to its end."""

from functions.api.backend import Backend
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.errors import MeshError
from sentinelmesh.observability import logger


def expect_pings(backend: Backend, monitor: Monitor) -> None:
    """Begin to wait for a job, if the monitor is a heartbeat.

    Before the monitor is written: a crash in between leaves an item that nothing refers to, where
    the other order would leave a monitor whose job nobody hears. Cost: 1 write unit.
    """
    ping_id = monitor.probe.get("ping_id")
    if ping_id:
        backend.pings.expect(ping_id, monitor.id, backend.clock())


def forget_pings(backend: Backend, monitor: Monitor) -> None:
    """Forget the pings of a monitor that is gone; where that fails, an item is left over."""
    ping_id = monitor.probe.get("ping_id")
    if ping_id:
        try:
            backend.pings.delete(ping_id)
        except MeshError:
            logger().exception("pings_left", monitor_id=monitor.id)
