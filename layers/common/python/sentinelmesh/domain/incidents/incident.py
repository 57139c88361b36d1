"""An outage from its first failing probe to its end, and the ledger row of each decision."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sentinelmesh.domain.probing.result import Outcome, Purpose, Timings
from sentinelmesh.domain.values.interval import Interval

# An even number, so that the last one kept says down; half a day of one change in seven minutes.
MAX_KEPT_FLIPS = 100


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
    """One region's say in a round, with what is needed to explain it.

    Args:
        remote_address: what it was connected to.
        tls_fingerprint: of the certificate that it was shown.
    """

    region: str
    outcome: Outcome
    purpose: Purpose
    started_at: datetime
    error: str | None = None
    detail: str | None = None
    status_code: int | None = None
    latency_ms: float | None = None
    timings: Timings | None = None
    degraded: bool = False
    remote_address: str | None = None
    tls_fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNote:
    """What a person wrote beside an incident."""

    at: datetime
    by: str
    text: str


OUTAGE, REGIONAL, DEGRADED, UNKNOWN = "outage", "regional", "degraded", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A change between down and up within the incident of a flapping monitor."""

    at: datetime
    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One confirmed outage, or one spell of flapping.

    Args:
        opened_at: start of the first failing probe, not the moment of the decision.
        confirmed_at: when the quorum was seen.
        detection_delay_ms: confirmed_at less opened_at.
        cause: the first failing probe's error code; `cause_detail` its sentence.
        regions: those that failed in the confirming round.
        severity: "outage"; "regional" or "degraded" where the monitor's policy asks for such ones;
            "unknown" while nobody can judge it.
        flapping: it went up and down too often: the incident stays open until it is stable.
        flips: when it went up and down in it; at most `MAX_KEPT_FLIPS`, later ones count as down.
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
    severity: str = OUTAGE
    resolved_at: datetime | None = None
    duration_seconds: int | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    notes: tuple[IncidentNote, ...] = ()
    flapping: bool = False
    flips: tuple[Flip, ...] = ()

    def with_flip(self, at: datetime, *, up: bool) -> "Incident":
        """Add a change between down and up, as long as there is room."""
        if len(self.flips) >= MAX_KEPT_FLIPS:
            # The last one says down: of what is not kept nothing good is claimed.
            return self
        return replace(self, flips=(*self.flips, Flip(at=at, up=up)))

    def down_spells(self, end: datetime) -> Iterator[Interval]:
        """Walk over the times in which the target was down.

        Args:
            end: of an incident that is still open.
        """
        down_since: datetime | None = self.opened_at
        for flip in self.flips:
            if flip.up and down_since is not None:
                yield Interval(down_since, flip.at)
            down_since = None if flip.up else down_since or flip.at
        if down_since is not None:
            yield Interval(down_since, self.resolved_at or end)


def incident_id(monitor_id: str, opened_at: datetime, version: int) -> str:
    """Return an incident so that names sort by time and a repeated decision gives the same one.

    Args:
        version: the state version that opens it; tells two incidents of one instant apart.
    """
    moment = int(opened_at.timestamp() * 1000).to_bytes(6, "big")
    origin = hashlib.sha256(f"{monitor_id}#{version}".encode()).digest()[:9]
    # base32hex keeps the order of the bytes, which base32 and base64 do not.
    return "inc_" + base64.b32hexencode(moment + origin).decode().lower()
