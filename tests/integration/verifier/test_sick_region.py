"""A region that fails where all others pass: its failures abstain, and one alarm is raised."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot
from tests.support.calls import refusing
from tests.support.verifier_stage import Stage, a_stage

SICK, *OTHERS = REGIONS
NOTHING_FAILED: dict[str, list[dict[str, str]]] = {"batchItemFailures": []}
WIDE = [a_monitor(id=f"mon_{count}") for count in range(6)]
ALONE = a_monitor(id="mon_alone", regions=(SICK,))


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_stage() as made:
        for monitor in (*WIDE, ALONE):
            made.configure(monitor)
        yield made


def everywhere(monitor: Monitor, place: int, sick: Outcome) -> list[Result]:
    """Have all regions look at one slot, the sick one as scheduled."""
    slot = a_slot(monitor, place)
    return [
        a_result(monitor, slot, SICK, outcome=sick),
        *(
            a_result(monitor, slot, region, purpose=Purpose.VERIFICATION)
            for region in monitor.regions
            if region != SICK
        ),
    ]


def test_a_sick_region_opens_no_incidents_and_raises_one_alarm(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Seven processes: each sees the results of one monitor only, and the eighth sweeps."""
    lanes = {monitor.id: stage.verifier() for monitor in (*WIDE, ALONE)}

    def live(place: int, sick: Outcome) -> None:
        stage.now = a_slot(ALONE, place) + timedelta(seconds=5)
        for monitor in (*WIDE, ALONE):
            records = stage.see(*everywhere(monitor, place, sick))
            assert lanes[monitor.id].take_records(records) == NOTHING_FAILED
            stage.now += timedelta(seconds=1)
        stage.verifier().sweep()
        stage.now += timedelta(seconds=11)

    def verdicts() -> set[frozenset[str]]:
        return {each.evaluator.regions.distrusted for each in lanes.values()}

    with caplog.at_level(logging.INFO):
        live(0, Outcome.SUCCESS)
        assert verdicts() == {frozenset()}
        for place in range(1, 8):
            live(place, Outcome.FAILURE)
            assert verdicts() == {frozenset({SICK})}, "one verdict for everybody"
        assert stage.decided()["incidents"] == []
        live(8, Outcome.SUCCESS)
        assert verdicts() == {frozenset()}
    told = [each.getMessage() for each in caplog.records if "trusted" in each.getMessage()]
    assert told == ["region_distrusted", "region_trusted"]


def test_a_verdict_that_cannot_be_read_or_made_stops_nothing(stage: Stage) -> None:
    sick_for_all(stage)
    verifier = stage.verifier()
    assert verifier.evaluator.regions.distrusted == {SICK}
    stage.now += timedelta(seconds=30)
    stage.before_call = refusing(1, Random(0))
    assert verifier.evaluator.regions.distrusted == {SICK}, "the last one is in force"
    verifier.trust.judge()
    stage.before_call = None
    assert verifier.evaluator.regions.distrusted == {SICK}
    stage.now += timedelta(minutes=6)
    assert verifier.evaluator.regions.distrusted == frozenset(), "nobody judges any more"


def test_a_verdict_is_read_once_in_ten_seconds_and_for_failures_only(stage: Stage) -> None:
    sick_for_all(stage)
    verifier = stage.verifier()
    stage.calls.clear()
    for _ in range(5):
        assert verifier.evaluator.regions.distrusted == {SICK}
        stage.now += timedelta(seconds=1)
    assert stage.calls == ["GetItem"]


def sick_for_all(stage: Stage) -> None:
    """Have a verdict that one region is sick."""
    verifier = stage.verifier()
    stage.now = a_slot(ALONE, 1) + timedelta(seconds=5)
    for monitor in WIDE:
        verifier.take_records(stage.see(*everywhere(monitor, 0, Outcome.SUCCESS)))
        verifier.take_records(stage.see(*everywhere(monitor, 1, Outcome.FAILURE)))
    stage.verifier().sweep()


def test_an_outage_that_all_regions_see_is_no_sickness(stage: Stage) -> None:
    verifier = stage.verifier()
    for place, outcome in enumerate((Outcome.SUCCESS, Outcome.FAILURE)):
        stage.now = a_slot(ALONE, place) + timedelta(seconds=5)
        for monitor in WIDE:
            seen = everywhere(monitor, place, outcome)
            changed = [a_result(monitor, each.slot, each.region, outcome=outcome,
                                purpose=each.purpose) for each in seen]  # fmt: skip
            verifier.take_records(stage.see(*changed))
        verifier.sweep()
    assert verifier.evaluator.regions.distrusted == frozenset()
    assert len(stage.decided()["incidents"]) == len(WIDE)
