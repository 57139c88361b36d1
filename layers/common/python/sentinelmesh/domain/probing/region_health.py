"""How a probe region has been doing, judged by what came of the slots that were planned for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sentinelmesh.domain.probing.result import Outcome, Result

# Beyond these a region is in trouble; a slot or two may be on their way or have been edited away.
MAX_LOST = 0.2
MAX_ABSTAINED = 0.2
MAX_LATENESS_MS = 10_000

Health = Literal["ok", "degraded", "down", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A probe that the timetable had planned for a region, and what came of it, if anything."""

    region: str
    slot: datetime
    result: Result | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionHealth:
    """How a region has been doing.

    Args:
        lateness_ms: of its probes, sorted; empty where there were none.
    """

    health: Health
    planned: int
    answered: int
    abstained: int
    last_result_at: datetime | None
    lateness_ms: tuple[int, ...]

    def lateness(self, percent: int) -> int:
        """Return a quantile of the lateness by the nearest rank; there has to be a result."""
        return self.lateness_ms[round((len(self.lateness_ms) - 1) * percent / 100)]


def standing(planned: Sequence[Planned]) -> RegionHealth:
    """Judge a region.

    >>> standing([]).health
    'unknown'
    """
    results = [each.result for each in planned if each.result is not None]
    abstained = sum(1 for each in results if each.outcome is Outcome.UNKNOWN)
    judged = RegionHealth(
        health="ok",
        planned=len(planned),
        answered=len(results),
        abstained=abstained,
        last_result_at=max((each.started_at for each in results), default=None),
        lateness_ms=tuple(sorted(each.lateness_ms for each in results)),
    )
    return _with_health(judged)


def _with_health(judged: RegionHealth) -> RegionHealth:
    if not judged.planned:
        return replace(judged, health="unknown")
    if not judged.answered:
        return replace(judged, health="down")
    lost = 1 - judged.answered / judged.planned
    is_late = judged.lateness(95) > MAX_LATENESS_MS
    sick = judged.abstained / judged.answered > MAX_ABSTAINED
    return replace(judged, health="degraded" if lost > MAX_LOST or is_late or sick else "ok")
