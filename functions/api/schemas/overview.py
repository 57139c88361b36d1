"""All monitors at a glance, a day in samples, and the mesh itself."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from functions.api.http.ids import IDENTIFIER
from functions.api.http.query import Query
from functions.api.schemas.base import Form, Instant, Shown
from functions.api.schemas.monitor_shown import PendingOut, ResultOut, Shows

MAX_IDS = 60
_ID = IDENTIFIER.pattern
Cell = Literal["up", "degraded", "failing", "down", "unknown", "empty"]


class UptimesOut(Shown):
    """Share of time without a confirmed incident, in percent; null where nothing was ever seen."""

    day: float | None = Field(description="the last 24 hours")
    week: float | None = Field(description="the last 7 days")
    month: float | None = Field(description="the last 30 days")
    quarter: float | None = Field(description="the last 90 days")


class GlanceOut(Shown):
    """Where a monitor stands, in short."""

    id: str
    name: str
    kind: str
    target: str
    tags: list[str]
    interval_seconds: int
    status: Shows
    status_since: Instant
    pending: PendingOut | None
    degraded: bool
    failing_regions: list[str]
    is_problem: bool = Field(description="somebody should look at it")
    last_checked_at: Instant | None
    latency_ms: float | None = Field(description="of the newest result")
    uptime_percent: UptimesOut
    counted_from: Instant = Field(
        description="when it was created: a longer window has figures from here on only"
    )


class OverviewOut(Shown):
    """All monitors, problems first."""

    at: Instant
    items: list[GlanceOut]
    counts: dict[str, int] = Field(description="monitors of each status, the gravest first")
    problems: int
    tags: list[str] = Field(description="all that are in use")
    complete: bool = Field(description="false: there are more than are shown")


def _ids(written: str) -> str:
    ids = written.split(",")
    if len(ids) > MAX_IDS:
        raise ValueError(f"name at most {MAX_IDS} monitors")
    return written


class TrendsQuery(Query):
    """Which monitors."""

    ids: Annotated[
        str,
        Field(min_length=1, max_length=6000, description=f"at most {MAX_IDS}, with commas"),
        Form(rf"^{_ID}(,{_ID})*$", "write ids with commas between them"),
        AfterValidator(_ids),
    ]


class TrendOut(Shown):
    """A monitor's last 24 hours in samples: one result for each stretch, and every incident."""

    id: str
    cells: list[Cell] = Field(
        description="oldest first; `down`: an incident was open; `failing`: a probe failed and no "
        "incident came of it; `empty`: no result, which is never up"
    )
    latency_ms: list[float | None] = Field(description="of the same samples")


class TrendsOut(Shown):
    """The last 24 hours of some monitors."""

    starts_at: Instant
    step_seconds: int
    items: list[TrendOut]


class LatenessOut(Shown):
    """How late probes began."""

    p50: int
    p95: int
    most: int


class RegionOut(Shown):
    """A probe region, judged by the newest results of some monitors."""

    region: str
    is_home: bool
    status: Literal["ok", "degraded", "down", "unknown"] = Field(
        description="down: nothing came of what was planned; degraded: it abstains, loses slots, "
        "or is late; unknown: nothing was planned"
    )
    planned: int = Field(description="slots looked at")
    answered: int = Field(description="of these, those with a result")
    abstained: int = Field(description="of these, those in which the region saw nothing")
    last_result_at: Instant | None
    lateness_ms: LatenessOut | None


class MeshOut(Shown):
    """The mesh itself."""

    version: str
    home_region: str
    at: Instant
    regions: list[RegionOut]


class TrialOut(Shown):
    """What all regions saw of a monitor that is not saved; `complete` is false when some are out.

    Nothing is kept but the results, and those belong to no monitor.
    """

    items: list[ResultOut]
    complete: bool
