"""Which results are worth a decision: nearly all of them leave their monitor as it is."""

from dataclasses import replace

import pytest

from functions.verifier.records import ResultSummary, may_change
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.verification.monitor_state import State
from tests.support.builders import START

UP = State(
    monitor_id="mon_1",
    revision=1,
    version=1,
    status=Status.UP,
    since=START,
    failing_regions=("us-east-1",),
)
PASSING = ResultSummary(
    monitor_id="mon_1",
    slot="2026-01-01T12:00:00Z",
    region="eu-west-1",
    is_scheduled=True,
    outcome="success",
)


def test_what_passes_as_always_is_not_looked_at() -> None:
    assert not may_change(UP, [PASSING])


TROUBLED = {
    "flapping": replace(UP, flapping=True),
    "regional": replace(UP, regional=True),
    "degraded": replace(UP, degraded=True),
}


@pytest.mark.parametrize("state", TROUBLED.values(), ids=TROUBLED)
def test_while_there_is_a_trouble_any_result_may_end_it(state: State) -> None:
    """Also from a region that works: an edit may have taken out the one that did not."""
    assert may_change(state, [PASSING])
