"""Monitors as people read them, with where they stand and what was seen."""

from typing import Literal

from pydantic import Field

from functions.api.http.pagination import PageQuery
from functions.api.schemas.base import Instant, Shown
from functions.api.schemas.blocks import (
    DnsBlock,
    GrpcBlock,
    HeartbeatBlock,
    TcpBlock,
    TlsBlock,
    WebsocketBlock,
)
from functions.api.schemas.http_block import HttpBlock
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Severity, Strategy
from sentinelmesh.domain.probing.pending_status import PendingPhase
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.verification.monitor_state import Rule

Shows = Literal["pending", "up", "verifying", "down", "paused", "unknown", "maintenance"]


class AssertionShown(Shown):
    """One statement about the answer that must hold."""

    source: str
    operator: str
    value: bool | str | int | float | None = None
    path: str | None = None
    severity: Severity


class VerificationShown(Shown):
    """How many failing votes and rounds it takes."""

    quorum: int
    confirm_after: int
    recover_after: int
    regional_incidents: bool
    degraded_incidents: bool
    quick_detection: bool


class PendingOut(Shown):
    """What a new or resumed monitor that has not worked yet is waiting for."""

    phase: PendingPhase
    alerts_from: Instant = Field(
        description="end of the grace period; before, a failing monitor notifies nobody"
    )
    error: str | None = Field(description="reason code of the newest result, if it did not pass")
    detail: str | None = Field(description="that reason in a sentence")


class MonitorOut(Shown):
    """A monitor with where it stands; of the blocks there is the one of its kind."""

    id: str
    revision: int
    name: str
    kind: Literal["http", "tcp", "tls", "dns", "websocket", "grpc", "heartbeat"]
    target: str
    interval_seconds: int
    timeout_ms: int
    regions: list[str]
    strategy: Strategy
    verification: VerificationShown
    grace_period_seconds: int
    http: HttpBlock | None = None
    tcp: TcpBlock | None = None
    tls: TlsBlock | None = None
    dns: DnsBlock | None = None
    websocket: WebsocketBlock | None = None
    grpc: GrpcBlock | None = None
    heartbeat: HeartbeatBlock | None = None
    ping_url: str | None = Field(
        None, description="of a heartbeat: whoever knows it may ping; also /start, /fail, /log, /0"
    )
    assertions: list[AssertionShown]
    degraded_after_ms: int | None
    channels: list[str] | None = Field(description="null means every enabled channel")
    escalation_policy: str | None
    depends_on: list[str]
    runbook_url: str | None
    slo_target_percent: float | None
    tags: list[str]
    status: Shows
    status_since: Instant
    pending: PendingOut | None = Field(
        description="what it is waiting for while it is pending; null otherwise"
    )
    maintenance_until: Instant | None = Field(
        description="end of the maintenance window that it is in; null outside of any"
    )
    degraded: bool = Field(description="a quorum of regions finds that it works, but badly")
    flapping: bool
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


class CertificateOut(Shown):
    """What a server's certificate says."""

    subject: str
    issuer: str
    names: list[str]
    key: str | None
    protocol: str | None
    chain: list[str] = Field(description="who issued each certificate that was shown")


class EvidenceOut(Shown):
    """What helps to find out why a probe failed."""

    diagnosis: str | None
    addresses: list[str]
    redirects: list[str]
    headers: dict[str, str]
    records: list[str]


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
    ip_version: int | None
    http_version: str | None
    tls_fingerprint: str | None = Field(description="SHA-256 of the certificate")
    certificate: CertificateOut | None
    body_sample: str | None
    evidence: EvidenceOut | None


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
    timings: TimingsOut | None
    degraded: bool
    remote_address: str | None
    tls_fingerprint: str | None


class ExplanationOut(Shown):
    """A decision in words, for somebody who does not know the program."""

    summary: str
    votes: list[str] = Field(description="what each region saw, why, and how long it took")
    rule: str
    policy: str | None
    avoided: bool = Field(description="an alarm was avoided that one failing probe would raise")


class TransitionsQuery(PageQuery):
    """Which rows of the ledger."""

    avoided: bool | None = Field(None, description="true: only false alarms that were avoided")


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
    superseded: str | None = Field(description="an incident that a graver one took the place of")
    flapping: bool
    tells: AlertKind | None = Field(description="what people are told of it")
    explanation: ExplanationOut


class TransitionPage(Shown):
    """A page of the decision ledger, newest first; short or empty while a search goes on."""

    items: list[TransitionOut]
    next_cursor: str | None
