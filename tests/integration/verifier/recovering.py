"""The first check of a monitor that is down, seen to work."""

from datetime import timedelta

from sentinelmesh.domain.monitors.deadlines import verified_within
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Purpose, Result
from tests.support.builders import REGIONS, a_result, a_slot
from tests.support.verifier_stage import Stage


def recovery_votes(stage: Stage, monitor: Monitor) -> list[Result]:
    """Wake up for the first check of what is down; return passing votes, the asked region first."""
    slot = a_slot(monitor, 1) + verified_within(monitor)
    stage.asked()
    stage.now = slot + timedelta(seconds=1)
    stage.wake(monitor.id)
    (first,) = (region for region, checks in stage.asked().items() if checks)
    regions = sorted(REGIONS, key=lambda region: region != first)
    return [a_result(monitor, slot, each, purpose=Purpose.VERIFICATION) for each in regions]
