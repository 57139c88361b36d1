"""The record of one probe: a fact, appended once and never changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a probe ended; unknown means that the prober, not the target, had the trouble."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """Why a probe was made; manual probes are recorded but never vote."""

    SCHEDULED = "scheduled"
    VERIFICATION = "verification"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Phases of a probe in milliseconds; None where the phase did not happen."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    ttfb_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one region saw in one slot.

    Args:
        slot: the scheduled instant that the round is about; equal for all its votes.
        scheduled_at: when this very probe was due: the slot, or the moment verification was asked.
        lateness_ms: started_at less scheduled_at.
        error: stable reason code, e.g. "connect_timeout"; None on success.
        detail: one sentence, free of secrets: what was expected and what came.
        body_sample: the first bytes of a failing answer, redacted.
    """

    monitor_id: str
    revision: int
    slot: datetime
    scheduled_at: datetime
    started_at: datetime
    lateness_ms: int
    region: str
    purpose: Purpose
    outcome: Outcome
    degraded: bool = False
    error: str | None = None
    detail: str | None = None
    status_code: int | None = None
    latency_ms: float | None = None
    timings: Timings | None = None
    tls_expires_at: datetime | None = None
    remote_address: str | None = None
    body_sample: str | None = None
