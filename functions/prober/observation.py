"""What a probe saw, and the stable codes for what can go wrong."""

from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.domain.probing.result import Certificate, Evidence, Outcome, Timings

# Every `error` code that a result may carry; docs/reasons.md tells cause and remedy of each.
REASONS = {
    "answer_mismatch": "what came is not the expected text",
    "assertion_failed": "the answer came, but an assertion about it does not hold",
    "connect_error": "the network refused the connection",
    "connect_refused": "nothing listens at this port",
    "connect_reset": "the connection was torn down while it was made",
    "connect_timeout": "no connection within the timeout",
    "dns_error": "the name server failed",
    "dns_mismatch": "the records are not the expected ones",
    "dns_no_records": "the name exists, but has no record of this type",
    "dns_nxdomain": "the name does not exist or has no address",
    "dns_timeout": "the name was not resolved in time",
    "expired": "the check came too late to be made",
    "grpc_error": "the call of the health service failed",
    "grpc_not_serving": "the health service says that the service does not serve",
    "heartbeat_failed": "the job told that it failed",
    "heartbeat_missed": "the job did not tell in time that it ran",
    "heartbeat_overrun": "the job began and did not end in time",
    "heartbeat_unreadable": "what the job told could not be read",
    "heartbeat_waiting": "the job was never heard of, and need not have been yet",
    "http_version_mismatch": "the server does not speak the wanted version of HTTP",
    "internal_error": "the prober itself failed",
    "ipv4_lost": "the name was reached over IPv4 and has IPv6 addresses only now",
    "ipv6_unsupported": "the target has IPv6 addresses only and the prober has no way there",
    "prober_offline": "the prober could not reach its own control targets",
    "protocol_error": "the answer is not HTTP, or breaks its limits",
    "read_error": "the connection was torn down before the answer was complete",
    "read_timeout": "the target accepted and did not answer in time",
    "redirect_loop": "a redirect leads back to where it came from",
    "request_invalid": "the request cannot be sent as it is configured",
    "secrets_unavailable": "the monitor's secrets could not be read",
    "status_mismatch": "the HTTP status is not one of the expected ones",
    "target_forbidden": "the target's address, port or scheme may not be probed",
    "tls_error": "the TLS handshake failed",
    "tls_expired": "the certificate has expired",
    "tls_hostname_mismatch": "the certificate is for another host",
    "tls_incomplete_chain": "the server does not show the certificates between its own and a root",
    "tls_not_yet_valid": "the certificate is not valid yet",
    "tls_old_protocol": "the server speaks no version of TLS that is still safe",
    "tls_self_signed": "the certificate vouches for itself",
    "tls_timeout": "the TLS handshake did not end in time",
    "tls_untrusted": "no trusted authority vouches for the certificate",
    "too_many_redirects": "more redirects than allowed",
    "upgrade_refused": "the server did not upgrade the connection to WebSocket",
    "unsupported_kind": "this prober does not know the kind of the monitor",
}
# Codes that say something about the prober or the configuration, never about the target.
ABSTAINING = frozenset(
    {
        "expired",
        "heartbeat_unreadable",
        "heartbeat_waiting",
        "internal_error",
        "ipv6_unsupported",
        "prober_offline",
        "request_invalid",
        "secrets_unavailable",
        "unsupported_kind",
    }
)
# Codes of probes that came back with nothing from the target: was it cut off, or were we?
WITHOUT_ANSWER = frozenset(
    {
        "connect_error",
        "connect_refused",
        "connect_reset",
        "connect_timeout",
        "dns_error",
        "dns_nxdomain",
        "dns_timeout",
        "read_error",
        "read_timeout",
        "tls_error",
        "tls_timeout",
    }
)


class ProbeFailed(Exception):
    """A probe came to a bad end.

    Args:
        code: one of REASONS.
        detail: one sentence: what was expected and what came.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one attempt saw; becomes a result together with when and where it was made."""

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


def abstention(code: str, detail: str) -> Observation:
    """Say that nothing can be said about the target."""
    return Observation(outcome=Outcome.UNKNOWN, error=code, detail=detail)
