"""The record of one probe: a fact, appended once and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    FIRST_LOOK = "first_look"
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
class Certificate:
    """What a server's certificate says, as it was shown and whether or not it was believed.

    Args:
        names: hosts and addresses that it is for; the first few.
        key: kind and size, e.g. "EC P-256", "RSA 2048".
        protocol: version of TLS that was agreed on, e.g. "TLSv1.3".
        chain: who issued each certificate that was shown, from the server's own on.
    """

    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    key: str | None = None
    protocol: str | None = None
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What helps to find out why a probe failed; free of secrets.

    Args:
        diagnosis: one sentence: which part of the way works, and which does not.
        addresses: all that the name resolved to.
        redirects: the addresses of the web that were asked one after the other.
        headers: of the last answer, the harmless ones; names in lower case.
        records: of a name server's answer.
    """

    diagnosis: str | None = None
    addresses: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one region saw in one slot.

    Args:
        slot: the scheduled instant that the round is about; equal for all its votes.
        scheduled_at: when this very probe was due: the slot, or the moment verification was asked.
        lateness_ms: started_at less scheduled_at.
        error: stable reason code, e.g. "connect_timeout"; None on success.
        detail: one sentence, free of secrets: what was expected and what came; on success only
            where something makes it degraded.
        http_version: that the answer came in, e.g. "1.1" or "2".
        tls_fingerprint: SHA-256 of the server's certificate, in hexadecimal digits.
        certificate: of kinds that are about it, and where it is the trouble.
        body_sample: the first bytes of a failing answer, redacted.
        evidence: of failures only.
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
    http_version: str | None = None
    tls_fingerprint: str | None = None
    certificate: Certificate | None = None
    body_sample: str | None = None
    evidence: Evidence | None = None

    @property
    def ip_version(self) -> int | None:
        """The version of the Internet Protocol that was spoken with the target."""
        if self.remote_address is None:
            return None
        return 6 if ":" in self.remote_address else 4
