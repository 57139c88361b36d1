"""What a monitor that has not worked yet is waiting for."""

import pytest

from sentinelmesh.domain.probing.pending_status import PendingPhase, describe_pending
from sentinelmesh.domain.probing.result import Outcome
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

MONITOR = a_monitor(grace_period_seconds=300)


@pytest.mark.parametrize(
    ("outcome", "error", "phase"),
    [
        (Outcome.FAILURE, "connect_refused", PendingPhase.FAILING),
        (Outcome.UNKNOWN, "secret_missing", PendingPhase.NOT_CHECKABLE),
        (Outcome.UNKNOWN, "heartbeat_waiting", PendingPhase.WAITING_FOR_PING),
    ],
)
def test_the_newest_result_tells_what_is_the_matter(
    outcome: Outcome, error: str, phase: PendingPhase
) -> None:
    newest = a_result(
        MONITOR, a_slot(MONITOR, 0), REGIONS[0], outcome=outcome, error=error, detail="why"
    )
    found = describe_pending(MONITOR, newest)
    assert (found.phase, found.error, found.detail) == (phase, error, "why")
    assert found.alerts_from == MONITOR.grace_ends_at


def test_before_the_first_result_its_first_check_is_running() -> None:
    found = describe_pending(MONITOR, None)
    assert (found.phase, found.error) == (PendingPhase.FIRST_CHECK_RUNNING, None)


def test_a_region_that_passes_gives_no_reason() -> None:
    found = describe_pending(
        MONITOR, a_result(MONITOR, a_slot(MONITOR, 0), REGIONS[0], detail="slow")
    )
    assert (found.phase, found.detail) == (PendingPhase.PASSING, None)
