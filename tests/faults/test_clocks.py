"""Fault 23: clocks that are wrong, and clocks that are set back."""

from datetime import timedelta

import pytest

from sentinelmesh.domain.result import Outcome
from tests.faults.story import ONE_OUTAGE, SHOP, Story, undisturbed
from tests.integration.tables import PROBE_REGIONS

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

FAR = "ap-southeast-1"
WRONG = timedelta(minutes=5)


@pytest.mark.parametrize("region", PROBE_REGIONS)
@pytest.mark.parametrize("wrong", [WRONG, -WRONG], ids=["fast", "slow"])
def test_fault_23_a_prober_whose_clock_is_five_minutes_wrong_moves_no_outage(
    region: str, wrong: timedelta
) -> None:
    story = Story()
    story.have_wrong_clock(f"prober@{region}", wrong)
    story.when(9, story.workshop.wrong_clocks.clear)
    story.keeps_its_promises()
    assert story.scheduled() == undisturbed().scheduled()
    assert story.news_of("shop") == ONE_OUTAGE
    (incident,) = story.incidents_of("shop")
    begins, ends = SHOP.troubles[0].begins, SHOP.troubles[0].ends
    patience = timedelta(seconds=45)
    assert begins <= incident.opened_at < begins + patience
    assert incident.resolved_at is not None
    assert ends <= incident.resolved_at < ends + patience
    assert 0 <= incident.detection_delay_ms < 45_000


@pytest.mark.parametrize("function", ["scheduler", "verifier", "alerter"])
@pytest.mark.parametrize("minutes", [1.75, 2.51, 6.52])
def test_fault_23_a_clock_that_is_set_back_repeats_and_loses_nothing(
    function: str, minutes: float
) -> None:
    story = Story()
    story.have_wrong_clock(function, timedelta(seconds=20))
    story.when(minutes, story.workshop.wrong_clocks.clear)
    story.keeps_its_promises()
    story.assert_no_probe_was_made_twice()
    assert story.news_of("shop") == ONE_OUTAGE
    assert story.incidents_of("blog") == []


def test_fault_23_a_probers_clock_that_is_set_back_during_probes_makes_no_negative_time() -> None:
    story = Story()
    for region in PROBE_REGIONS:
        story.have_wrong_clock(f"prober@{region}", timedelta(seconds=3))
    story.when(3, story.workshop.wrong_clocks.clear)
    story.keeps_its_promises()
    assert story.news_of("shop") == ONE_OUTAGE
    for name in ("shop", "blog", "wiki"):
        for each in story.results_of(name):
            assert each.outcome is not Outcome.UNKNOWN
            assert each.lateness_ms >= 0
            assert (each.latency_ms or 0) >= 0
