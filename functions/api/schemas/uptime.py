"""Uptime over a window, and how it stands against a target."""

from typing import Literal

from pydantic import Field

from functions.api.http.query import Query
from functions.api.schemas.base import Instant, Shown


class UptimeQuery(Query):
    """How far back."""

    window: Literal["1h", "24h", "7d", "30d", "90d"] = "24h"
    from_: str | None = Field(
        None, alias="from", max_length=40, description="RFC 3339, in place of a window"
    )


class QuantilesOut(Shown):
    """Latency in milliseconds, each within 2 % of exact."""

    p50: float
    p95: float
    p99: float


class PointOut(Shown):
    """One point for plotting: an hour, or a day of windows of more than eight days."""

    at: Instant
    planned: int = Field(description="slots whose result must be there; the rest is a gap")
    success: int
    failure: int
    unknown: int
    latency_ms: float | None
    uptime_percent: float | None
    downtime_seconds: int


class ObjectiveOut(Shown):
    """How the window stands against the monitor's `slo_target_percent`."""

    target_percent: float
    budget_seconds: int = Field(description="downtime that the target allows in this window")
    spent_seconds: int
    left_percent: float = Field(description="of the budget; negative when overspent")
    burn_rate: float = Field(description="1 spends exactly the budget within the window")
    is_met: bool


class UptimeOut(Shown):
    """How it went; figures are null where there is nothing to count. See docs/uptime.md."""

    window: str
    uptime_percent: float | None = Field(
        description="time without a confirmed incident, of the time that is neither unknown nor "
        "maintenance"
    )
    success_percent: float | None = Field(description="of the probes that saw anything")
    coverage_percent: float | None = Field(description="planned slots that have a result")
    watched_seconds: int = Field(description="time in which it was neither paused nor missing")
    downtime_seconds: int
    unknown_seconds: int = Field(description="no result for three intervals: neither up nor down")
    maintenance_seconds: int
    incidents: int
    counted_from: Instant = Field(description="beginning of what is counted")
    latency_ms: dict[str, QuantilesOut]
    series: list[PointOut]
    slo: ObjectiveOut | None = Field(description="null without a target")
