"""Fault 23: clocks that are wrong, and clocks that are set back."""

from datetime import timedelta
from functools import partial

import pytest

from sentinelmesh.domain.probing.result import Outcome
from tests.faults.story import ONE_OUTAGE, SHOP, Story, undisturbed
from tests.support.moto_mesh import PROBE_REGIONS

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

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
# Before the outage; while its first failure is verified; while its end is.
@pytest.mark.parametrize("minutes", [1.75, 2.008, 6.008])
def test_fault_23_a_clock_that_is_set_back_repeats_and_loses_nothing(
    function: str, minutes: float
) -> None:
    story = Story()
    story.have_wrong_clock(function, timedelta(seconds=20))
    story.when(minutes, story.workshop.wrong_clocks.clear)
    story.keeps_its_promises()
    assert story.scheduled() == undisturbed().scheduled()
    story.assert_no_probe_was_made_twice()
    assert story.news_of("shop") == ONE_OUTAGE
    assert story.incidents_of("blog") == []


def test_fault_23_a_probers_clock_that_is_set_back_makes_no_negative_time() -> None:
    story = Story()
    for region in PROBE_REGIONS:
        back = partial(story.have_wrong_clock, f"prober@{region}", timedelta(seconds=-3))
        story.when(3, back)
    story.when(9, story.workshop.wrong_clocks.clear)
    story.keeps_its_promises()
    assert story.news_of("shop") == ONE_OUTAGE
    results = [each for name in ("shop", "blog", "wiki") for each in story.results_of(name)]
    assert any(each.started_at < each.scheduled_at for each in results)
    assert all(each.lateness_ms >= 0 for each in results)
    assert all(each.outcome is not Outcome.UNKNOWN for each in results)
