"""Service level objectives: the budget that a target leaves, and how fast it goes."""

from dataclasses import replace
from typing import Any

from sentinelmesh.domain.uptime.slo import objective
from sentinelmesh.domain.uptime.uptime import Uptime, uptime
from tests.support.builders import START

DAY = 86_400


def a_window(**figures: Any) -> Uptime:
    seen = replace(uptime([], START), watched_seconds=30 * DAY, uptime_percent=99.0)
    return replace(seen, **figures)


def test_a_target_of_three_nines_allows_43_minutes_in_30_days() -> None:
    found = objective(99.9, a_window(downtime_seconds=648))
    assert found is not None
    assert (found.budget_seconds, found.spent_seconds) == (2592, 648)
    assert (found.left_percent, found.burn_rate, found.is_met) == (75, 0.25, True)


def test_more_than_the_budget_is_overspent() -> None:
    found = objective(99.9, a_window(downtime_seconds=5184))
    assert found is not None
    assert (found.left_percent, found.burn_rate, found.is_met) == (-100, 2, False)


def test_a_budget_that_is_spent_to_the_second_is_kept() -> None:
    found = objective(99.0, a_window(watched_seconds=100_000, downtime_seconds=1000))
    assert found is not None
    assert (found.left_percent, found.burn_rate, found.is_met) == (0, 1, True)
    odd = objective(99.0, a_window(watched_seconds=90_000, downtime_seconds=100))
    assert odd is not None
    assert (odd.left_percent, odd.burn_rate) == (88.9, 0.11)


def test_of_what_was_not_seen_there_is_no_objective() -> None:
    assert objective(99.9, a_window(uptime_percent=None)) is None


def test_time_that_is_neither_up_nor_down_has_no_budget() -> None:
    found = objective(99.0, a_window(unknown_seconds=10 * DAY, maintenance_seconds=10 * DAY))
    assert found is not None
    assert found.budget_seconds == DAY / 10


def test_there_is_none_without_a_target_or_without_knowledge() -> None:
    assert objective(None, a_window()) is None
    assert objective(99.9, a_window(unknown_seconds=30 * DAY)) is None
    assert objective(99.9, uptime([], START)) is None
