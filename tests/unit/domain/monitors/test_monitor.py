"""Monitors: the numbers that follow from the configured ones."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from sentinelmesh.domain.monitors.monitor import INTERVALS, Policy
from sentinelmesh.domain.monitors.schedule import GRANULE_SECONDS
from tests.support.builders import START, a_monitor


def test_every_interval_is_a_whole_number_of_granules() -> None:
    assert [interval % GRANULE_SECONDS for interval in INTERVALS] == [0] * len(INTERVALS)
    assert list(INTERVALS) == sorted(set(INTERVALS))


def test_every_interval_divides_the_day_so_that_slots_keep_their_time_of_day() -> None:
    assert [86400 % interval for interval in INTERVALS] == [0] * len(INTERVALS)


@pytest.mark.parametrize(("regions", "quorum"), [(2, 2), (3, 2), (4, 3), (5, 3)])
def test_several_regions_confirm_at_once_by_a_strict_majority(regions: int, quorum: int) -> None:
    assert Policy.default_for(regions) == Policy(quorum=quorum, confirm_after=1, recover_after=1)


def test_a_lone_region_has_to_fail_three_times_running() -> None:
    assert Policy.default_for(1) == Policy(quorum=1, confirm_after=3, recover_after=1)


def test_the_grace_period_counts_from_when_a_monitor_was_enabled() -> None:
    resumed = START + timedelta(days=3)
    monitor = a_monitor(enabled_at=resumed, grace_period_seconds=300)
    assert monitor.grace_ends_at == resumed + timedelta(minutes=5)


def test_durations_come_as_durations() -> None:
    monitor = a_monitor(interval_seconds=20, timeout_ms=1500)
    assert monitor.interval == timedelta(seconds=20)
    assert monitor.timeout == timedelta(seconds=1, milliseconds=500)


def test_a_monitor_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        a_monitor().paused = True  # type: ignore[misc]
