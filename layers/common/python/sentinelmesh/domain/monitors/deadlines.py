"""How long votes are waited for."""

from datetime import timedelta

from sentinelmesh.domain.monitors.monitor import Monitor

# How long, beyond the timeout of a probe, the votes of other regions are waited for.
VERIFICATION_GRACE = timedelta(seconds=30)


def verified_within(monitor: Monitor) -> timedelta:
    """Return how long after a slot's first probe the votes of all regions are waited for."""
    return 2 * monitor.timeout + VERIFICATION_GRACE
