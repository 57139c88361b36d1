"""An outage from its first failing probe to its end, and the ledger row of each decision."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentinelmesh.domain.result import Outcome, Purpose, Timings


class Status(StrEnum):
    """What the verifier says about a monitor."""

    PENDING = "pending"
    UP = "up"
    VERIFYING = "verifying"
    DOWN = "down"
    PAUSED = "paused"
    DELETED = "deleted"


class IncidentState(StrEnum):
    """OPEN until it ends: RESOLVED when the target works, CANCELLED when nobody watches it."""

    OPEN = "open"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One region's say in a round, with what is needed to explain it."""

    region: str
    outcome: Outcome
    purpose: Purpose
    started_at: datetime
    error: str | None = None
    detail: str | None = None
    status_code: int | None = None
    latency_ms: float | None = None
    timings: Timings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNote:
    """What a person wrote beside an incident."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One confirmed outage.

    Args:
        opened_at: start of the first failing probe, not the moment of the decision.
        confirmed_at: when the quorum was seen.
        detection_delay_ms: confirmed_at less opened_at.
        cause: the first failing probe's error code; `cause_detail` its sentence.
        regions: those that failed in the confirming round.
    """

    monitor_id: str
    incident_id: str
    state: IncidentState
    opened_at: datetime
    confirmed_at: datetime
    detection_delay_ms: int
    cause: str
    cause_detail: str
    regions: tuple[str, ...]
    monitor_name: str
    target: str
    severity: str = "outage"
    resolved_at: datetime | None = None
    duration_seconds: int | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    notes: tuple[IncidentNote, ...] = ()


def incident_id(monitor_id: str, opened_at: datetime, version: int) -> str:
    """Name an incident so that names sort by time and a repeated decision gives the same one.

    Args:
        version: the state version that opens it; tells two incidents of one instant apart.
    """
    moment = int(opened_at.timestamp() * 1000).to_bytes(6, "big")
    origin = hashlib.sha256(f"{monitor_id}#{version}".encode()).digest()[:9]
    # base32hex keeps the order of the bytes, which base32 and base64 do not.
    return "inc_" + base64.b32hexencode(moment + origin).decode().lower()
