"""A region that fails where all others pass: its failures abstain, and one alarm is raised."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.result import Outcome, Purpose, Result
from tests.building import REGIONS, a_monitor, a_result, a_slot
from tests.integration.verifying import Stage, a_stage

SICK, *OTHERS = REGIONS
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
    verifier = stage.verifier()

    def live(place: int, sick: Outcome) -> None:
        stage.now = a_slot(ALONE, place) + timedelta(seconds=5)
        for monitor in (*WIDE, ALONE):
            verifier.take_records(stage.see(*everywhere(monitor, place, sick)))
            stage.now += timedelta(seconds=1)

    with caplog.at_level(logging.INFO):
        live(0, Outcome.SUCCESS)
        for place in range(1, 8):
            live(place, Outcome.FAILURE)
        assert stage.decided()["incidents"] == []
        assert verifier.evaluator.regions.distrusted == {SICK}
        live(8, Outcome.SUCCESS)
        live(9, Outcome.SUCCESS)
    assert verifier.evaluator.regions.distrusted == frozenset()
    told = [each.getMessage() for each in caplog.records if "trusted" in each.getMessage()]
    assert told == ["region_distrusted", "region_trusted"]


def test_an_outage_that_all_regions_see_is_no_sickness(stage: Stage) -> None:
    verifier = stage.verifier()
    for place, outcome in enumerate((Outcome.SUCCESS, Outcome.FAILURE)):
        stage.now = a_slot(ALONE, place) + timedelta(seconds=5)
        for monitor in WIDE:
            seen = everywhere(monitor, place, outcome)
            changed = [a_result(monitor, each.slot, each.region, outcome=outcome,
                                purpose=each.purpose) for each in seen]  # fmt: skip
            verifier.take_records(stage.see(*changed))
    assert verifier.evaluator.regions.distrusted == frozenset()
    assert len(stage.decided()["incidents"]) == len(WIDE)
