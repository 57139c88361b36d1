"""Fault 10 at scale: many targets hang, nobody else's checks are late, none goes unrecorded."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.simulation.one_region import HANGING, Load, OneRegion

SLOTS = 6
# On AWS, and what a region of three has to carry on the local mesh.
DEPLOYED = Load(lanes=20, slots=SLOTS)
LOCAL = Load(lanes=4, monitors=100, hanging=20, slots=SLOTS)
# As long as a check can hang at all, in lanes that all hold some of them.
ENDLESS = Load(
    lanes=4, monitors=120, hanging=24, interval_seconds=30, timeout_seconds=29, slots=SLOTS
)

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Log nothing: thousands of checks fail here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("load", [DEPLOYED, LOCAL, ENDLESS], ids=["deployed", "local", "endless"])
def test_hanging_targets_do_not_starve_healthy_ones(load: Load) -> None:
    carried = OneRegion(load).carry()
    assert carried.expired == 0
    assert carried.p95_lateness_ms < 2000


def test_without_more_checks_for_waiting_lanes_half_of_the_healthy_ones_would_expire() -> None:
    assert OneRegion(replace(LOCAL, is_receiving=False)).carry().expired_share > 0.4


def test_lanes_that_take_more_checks_are_billed_for_less_time() -> None:
    now, before = (OneRegion(replace(LOCAL, is_receiving=each)).carry() for each in (True, False))
    assert now.gb_seconds < before.gb_seconds


def test_a_region_without_hanging_targets_asks_its_queue_nothing() -> None:
    assert OneRegion(replace(LOCAL, hanging=0)).carry().requests == []


@pytest.mark.parametrize("is_receiving", [True, False])
def test_at_saturation_every_check_has_a_result_made_or_expired(*, is_receiving: bool) -> None:
    load = Load(lanes=1, monitors=200, hanging=100, slots=6, is_receiving=is_receiving)
    region = OneRegion(load)
    region.carry()
    assert len(region.notebook.results) == load.monitors * load.slots
    errors = {each.error for each in region.notebook.results.values()}
    assert errors == {None, "read_timeout", "expired"}
    assert region.queue.messages == []


def test_no_check_is_lost_with_a_prober_that_dies() -> None:
    """Killed while checks hang, received by Lambda or by itself: each is recorded as expired."""
    load = Load(lanes=4, monitors=100, hanging=20, slots=3, prober_seconds=5)
    region = OneRegion(load)
    region.carry()
    hanging = [each for each in region.notebook.results.values() if HANGING in each.monitor_id]
    assert {each.error for each in hanging} == {"expired"}
    assert len(region.notebook.results) == load.monitors * load.slots
    assert region.queue.messages == []
