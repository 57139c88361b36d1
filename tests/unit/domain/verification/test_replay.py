"""A past that is lived through again: in the order in which its results must have arrived."""

from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.replay import Replay
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

MONITOR = a_monitor(policy=Policy(quorum=2, quick_detection=False))
EU, US, AP = REGIONS
FIRST, SECOND = a_slot(MONITOR, 0), a_slot(MONITOR, 1)
F = Outcome.FAILURE


def verifying(region: str, **changes: object) -> Result:
    return a_result(MONITOR, SECOND, region, purpose=Purpose.VERIFICATION, **changes)


def lived(results: list[Result], until: datetime) -> list[tuple[Rule, timedelta]]:
    """Play results; give the rules and when they were applied, from the second slot on."""
    steps = Replay(MONITOR).play(results, until)
    return [(each.transition.rule, each.transition.at - SECOND) for each in steps]


@pytest.mark.parametrize("latency_ms", [250.0, None])
def test_a_result_is_there_when_its_probe_ended_or_at_the_latest_at_its_timeout(
    latency_ms: float | None,
) -> None:
    """A probe that timed out has measured nothing: it took all of its time."""
    began = SECOND + timedelta(seconds=1)
    took = MONITOR.timeout if latency_ms is None else timedelta(milliseconds=latency_ms)
    well = a_result(MONITOR, FIRST, EU)
    failed = a_result(MONITOR, SECOND, US, outcome=F, started_at=began, latency_ms=latency_ms)
    told = lived([failed, well], SECOND + timedelta(minutes=1))
    assert told[1] == (Rule.SUSPECTED, began - SECOND + took)


def test_a_vote_that_was_asked_for_and_never_came_is_missing() -> None:
    results = [
        a_result(MONITOR, FIRST, EU),
        a_result(MONITOR, SECOND, US, outcome=F, started_at=SECOND, latency_ms=0.0),
        verifying(EU, started_at=SECOND, latency_ms=1.0),
    ]
    rounds = [a_slot(MONITOR, count) for count in (2, 3, 4)]
    results += [a_result(MONITOR, slot, EU, outcome=Outcome.UNKNOWN) for slot in rounds]
    replay = Replay(MONITOR)
    rules = [each.transition.rule for each in replay.play(results, rounds[-1])]
    assert rules == [Rule.FIRST_PASS, Rule.SUSPECTED]
    in_doubt = {(slot, region) for slot in rounds for region in (US, AP)}
    assert replay.missing == {(SECOND, AP)} | in_doubt
