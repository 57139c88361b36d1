"""What a decision looks at: which rounds are late, which others wait for one, who is asked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from sentinelmesh.domain.monitors.deadlines import VERIFICATION_GRACE
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.context import EvaluationContext
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.domain.verification.round import LATE_SLOTS, rounds_of
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

EU, US, AP = REGIONS
MONITOR = a_monitor()
FIRST, SECOND = a_slot(MONITOR, 0), a_slot(MONITOR, 1)


def a_view(monitor: Monitor = MONITOR, at: datetime = SECOND, **changes: Any) -> EvaluationContext:
    """Look at two rounds in each of which one region has failed."""
    results = [a_result(monitor, slot, EU, outcome=Outcome.FAILURE) for slot in (FIRST, SECOND)]
    rounds = rounds_of(monitor, results)
    state = initial_state(monitor)
    return EvaluationContext(
        monitor=monitor, state=state, start=FIRST, rounds=rounds, at=at, **changes
    )


@pytest.mark.parametrize(("later", "is_late"), [(-1, False), (0, False), (1, True)])
def test_a_round_is_late_after_a_number_of_slots_and_not_before(later: int, is_late: bool) -> None:  # noqa: FBT001
    decided = FIRST + MONITOR.timeout + VERIFICATION_GRACE
    at = decided + LATE_SLOTS * MONITOR.interval + timedelta(milliseconds=later)
    view = a_view(at=at)
    assert view.is_late(view.rounds[0]) is is_late


def test_a_round_is_waited_for_by_those_after_it() -> None:
    view = a_view()
    assert [view.has_later(each) for each in view.rounds] == [True, False]


def test_who_has_not_voted_is_asked_unless_all_are_on_their_way() -> None:
    view = a_view(at=FIRST)
    asked = VerificationRequest(slot=FIRST, regions=(US, AP))
    assert view.asks(view.rounds) == (asked, VerificationRequest(slot=SECOND, regions=(US, AP)))
    everywhere = a_view(a_monitor(strategy="all"), at=FIRST)
    assert everywhere.asks(everywhere.rounds) == ()
