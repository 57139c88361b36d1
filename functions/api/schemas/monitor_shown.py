"""Monitors as people read them, with where they stand and what was seen."""

from typing import Literal

from pydantic import Field

from functions.api.paging import PageQuery
from functions.api.schemas.base import Instant, Query, Shown
from functions.api.schemas.kinds import HttpBlock, TcpBlock
from sentinelmesh.domain.incident import Status
from sentinelmesh.domain.monitor import Strategy
from sentinelmesh.domain.result import Outcome, Purpose
from sentinelmesh.domain.state import Rule

Shows = Literal["pending", "up", "verifying", "down", "paused", "unknown"]


class AssertionShown(Shown):
    """One statement about the answer that must hold."""

    source: str
    operator: str
    value: str | int | float
    path: str | None = None


class VerificationShown(Shown):
    """How many failing votes and rounds it takes."""

    quorum: int
    confirm_after: int
    recover_after: int


class MonitorOut(Shown):
    """A monitor with where it stands; of the blocks `http`, `tcp` there is the one of its kind."""

    id: str
    revision: int
    name: str
    kind: Literal["http", "tcp"]
    target: str
    interval_seconds: int
    timeout_ms: int
    regions: list[str]
    strategy: Strategy
    verification: VerificationShown
    grace_period_seconds: int
    http: HttpBlock | None = None
    tcp: TcpBlock | None = None
    assertions: list[AssertionShown]
    degraded_after_ms: int | None
    channels: list[str] | None = Field(description="null means every enabled channel")
    tags: list[str]
    status: Shows
    status_since: Instant
    degraded: bool
    failing_regions: list[str]
    next_check_at: Instant | None
    last_checked_at: Instant | None
    created_at: Instant
    updated_at: Instant


class MonitorPage(Shown):
    """A page of monitors."""

    items: list[MonitorOut]
    next_cursor: str | None


class MonitorsQuery(PageQuery):
    """Which monitors."""

    status: Shows | None = None
    tag: str | None = Field(None, max_length=50)
    q: str | None = Field(None, max_length=120, description="part of the name or target")


class TimingsOut(Shown):
    """Phases of a probe; null where the phase did not happen."""

    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    ttfb_ms: float | None
    total_ms: float | None


class ResultOut(Shown):
    """What one region saw."""

    monitor_id: str
    revision: int
    slot: Instant
    scheduled_at: Instant
    started_at: Instant
    lateness_ms: int
    region: str
    purpose: Purpose
    outcome: Outcome
    degraded: bool
    error: str | None
    detail: str | None
    status_code: int | None
    latency_ms: float | None
    timings: TimingsOut | None
    tls_expires_at: Instant | None
    remote_address: str | None
    body_sample: str | None


class ResultPage(Shown):
    """A page of results, newest first; it may be short, even empty, while there are more pages."""

    items: list[ResultOut]
    next_cursor: str | None


class ResultsQuery(PageQuery):
    """Which results."""

    from_: str | None = Field(None, alias="from", max_length=40, description="first slot, RFC 3339")
    to: str | None = Field(None, max_length=40, description="instant behind the last slot")
    region: str | None = Field(None, min_length=1, max_length=40)
    outcome: Outcome | None = None


class CsvQuery(ResultsQuery):
    """Which results, for a spreadsheet."""

    limit: int = Field(10_000, ge=1, le=10_000, description="rows")


class CheckOut(Shown):
    """What all regions saw just now; `complete` is false when some have not answered yet."""

    items: list[ResultOut]
    complete: bool


class VoteOut(Shown):
    """One region's say in a round."""

    region: str
    outcome: Outcome
    purpose: Purpose
    started_at: Instant
    error: str | None
    detail: str | None
    status_code: int | None
    latency_ms: float | None


class TransitionOut(Shown):
    """A row of the decision ledger: what changed, and why."""

    from_: Status = Field(alias="from")
    to: Status
    monitor_id: str
    version: int
    at: Instant
    rule: Rule
    sentence: str
    revision: int
    slot: Instant | None
    votes: list[VoteOut]
    policy: VerificationShown | None
    failing_regions: list[str]
    incident_id: str | None


class TransitionPage(Shown):
    """A page of the decision ledger, newest first."""

    items: list[TransitionOut]
    next_cursor: str | None


class UptimeQuery(Query):
    """How far back."""

    window: Literal["24h", "7d", "30d", "90d"] = "24h"


class QuantilesOut(Shown):
    """Latency in milliseconds."""

    p50: float
    p95: float
    p99: float


class PointOut(Shown):
    """One point for plotting: the results of a stretch that begins at `at`."""

    at: Instant
    success: int
    failure: int
    unknown: int
    latency_ms: float | None


class UptimeOut(Shown):
    """How it went; figures are null where there is nothing to count."""

    window: str
    uptime_percent: float | None
    success_percent: float | None
    coverage_percent: float | None
    downtime_seconds: int
    incidents: int
    counted_from: Instant = Field(
        description="success, coverage, latency and series count results from here; uptime, "
        "downtime and incidents always the whole window"
    )
    latency_ms: dict[str, QuantilesOut]
    series: list[PointOut]
