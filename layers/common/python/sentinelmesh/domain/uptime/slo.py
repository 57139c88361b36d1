"""A service level objective: how much downtime a target allows, and how fast it is being spent."""

from dataclasses import dataclass

from sentinelmesh.domain.uptime.uptime import Uptime


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """How a window stands against its target.

    Args:
        budget_seconds: downtime that the target allows in the known time of the window.
        spent_seconds: downtime that there was.
        left_percent: of the budget; negative once more is spent than there was.
        burn_rate: speed of spending: 1 spends exactly the budget in the window, 2 twice of it.
        is_met: nothing more was spent than allowed.
    """

    target_percent: float
    budget_seconds: int
    spent_seconds: int
    left_percent: float
    burn_rate: float
    is_met: bool


def objective(target_percent: float | None, seen: Uptime) -> Objective | None:
    """Compare a window with a target; None without a target, or where nothing is known.

    Args:
        target_percent: above 0 and below 100.

    Source: https://sre.google/workbook/alerting-on-slos/
    """
    known = seen.watched_seconds - seen.unknown_seconds - seen.maintenance_seconds
    if target_percent is None or seen.uptime_percent is None or not known:
        return None
    budget = known * (100 - target_percent) / 100
    burnt = seen.downtime_seconds / budget
    return Objective(
        target_percent=target_percent,
        budget_seconds=round(budget),
        spent_seconds=seen.downtime_seconds,
        left_percent=round(100 * (1 - burnt), 1),
        burn_rate=round(burnt, 2),
        is_met=seen.downtime_seconds <= budget,
    )
