"""Monitors that are checked every few hours or daily: found at their next look, or at the first."""

import pytest

from tests.simulation.lives import live, report
from tests.simulation.oracle.truth_oracle import find_untruths
from tests.simulation.plans import draw_slow

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def test_an_outage_of_a_daily_monitor_is_found_within_a_day_or_by_its_first_look() -> None:
    life = live(draw_slow(1))
    assert not life.violations, report(life)
    truth, addresses = life.simulation.truth, life.simulation.targets.by_address
    assert {each.subject.target for of in truth.outages.values() for each in of} == set(addresses)

    truth.outages.clear()
    missed = [each for each in find_untruths(life.simulation) if "no outage was open" in each]
    assert all(any(name in each for each in missed) for name in addresses), "it asks for each"
