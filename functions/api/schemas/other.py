"""Sessions, tokens, incidents, the ledger, uptime and health."""

from typing import Any, Literal

from pydantic import Field

from functions.api.paging import PageQuery
from functions.api.schemas.base import Shown, Strict


class SessionIn(Strict):
    """Who signs in."""

    email: str = Field(min_length=1, max_length=254)
    password: str = Field(min_length=1, max_length=256)


class SessionOut(Shown):
    """An access token, to be kept in memory."""

    access_token: str
    token_type: str
    expires_in: int


class TokenIn(Strict):
    """A new API token."""

    name: str = Field(min_length=1, max_length=120)
    scope: Literal["read", "write", "admin"] = "read"


class TokenOut(Shown):
    """An API token without its secret; `token` is there once, right after creation."""

    id: str
    name: str
    scope: str
    created_at: str
    created_by: str
    last_used_at: str | None


class TokenPage(Shown):
    """All API tokens."""

    items: list[TokenOut]
    next_cursor: str | None


class MonitorsQuery(PageQuery):
    """Which monitors."""

    status: Literal["pending", "up", "verifying", "down", "paused", "unknown"] | None = None
    tag: str | None = Field(None, max_length=50)
    q: str | None = Field(None, max_length=120, description="part of the name or target")


class ResultsQuery(PageQuery):
    """Which results."""

    from_: str | None = Field(None, alias="from", max_length=40, description="first slot, RFC 3339")
    to: str | None = Field(None, max_length=40, description="instant behind the last slot")
    region: str | None = Field(None, max_length=40)
    outcome: Literal["success", "failure", "unknown"] | None = None


class UptimeQuery(Strict):
    """How far back."""

    window: Literal["24h", "7d", "30d", "90d"] = "24h"


class UptimeOut(Shown):
    """How it went; figures are null where there is nothing to count."""

    window: str
    uptime_percent: float | None
    success_percent: float | None
    coverage_percent: float | None
    downtime_seconds: int
    incidents: int
    latency_ms: dict[str, Any]
    series: list[dict[str, Any]]


class TransitionPage(Shown):
    """A page of the decision ledger, newest first."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class IncidentsQuery(PageQuery):
    """Which incidents."""

    status: Literal["open", "resolved"] | None = None
    monitor_id: str | None = Field(None, max_length=60)


class IncidentOut(Shown):
    """One outage."""

    id: str
    monitor_id: str
    state: str
    opened_at: str
    confirmed_at: str
    detection_delay_ms: int
    resolved_at: str | None


class IncidentPage(Shown):
    """A page of incidents, newest first."""

    items: list[IncidentOut]
    next_cursor: str | None


class NoteIn(Strict):
    """What somebody wants to remember."""

    text: str = Field(min_length=1, max_length=4000)


class AlertPage(Shown):
    """The outbox rows of an incident."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class HealthOut(Shown):
    """Whether all parts do their work."""

    status: Literal["ok", "degraded", "down"]
    components: dict[str, Any]
