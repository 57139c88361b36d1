"""What a probe meets on its way; a failure's evidence is made from it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.prober.tls.certificate_expiry import expiry_of

# Headers that help to find a fault and hold no secret. Source: RFC 9110, and what the usual
# proxies and clouds add.
SHOWN_HEADERS = frozenset(
    {
        "age",
        "allow",
        "cache-control",
        "cf-ray",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "last-modified",
        "location",
        "retry-after",
        "server",
        "strict-transport-security",
        "via",
        "www-authenticate",
        "x-amz-cf-id",
        "x-amz-cf-pop",
        "x-amzn-requestid",
        "x-amzn-trace-id",
        "x-cache",
        "x-request-id",
        "x-served-by",
    }
)
MAX_SHOWN_VALUE = 300


@dataclass(slots=True, kw_only=True)
class Findings:
    """Notes of one attempt, written by those who make it.

    Args:
        addresses: all that the name resolved to.
        certificate: of the server, in DER, believed or not.
        chain: all certificates that it showed, its own first.
        protocol: version of TLS that was agreed on.
        redirects: the addresses of the web that were asked, once there is more than one.
        headers: of the last answer, names in lower case.
        records: of a name server's answer.
        unresolved: a name, and the type of its records that were not found.
        elsewhere: what other name servers say to a name that ours does not resolve.
    """

    remote_address: str | None = None
    addresses: Sequence[str] = ()
    certificate: bytes | None = None
    chain: Sequence[bytes] = ()
    protocol: str | None = None
    http_version: str | None = None
    redirects: list[str] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    records: Sequence[str] = ()
    unresolved: tuple[str, str] | None = None
    elsewhere: str | None = None

    @property
    def tls_expires_at(self) -> datetime | None:
        """Until when the server's certificate is good."""
        return expiry_of(self.certificate)

    @property
    def tls_fingerprint(self) -> str | None:
        """SHA-256 of the server's certificate, as browsers show it."""
        return hashlib.sha256(self.certificate).hexdigest() if self.certificate else None

    @property
    def shown_headers(self) -> dict[str, str]:
        """The headers that may be kept."""
        return {
            name: value[:MAX_SHOWN_VALUE]
            for name, value in self.headers.items()
            if name in SHOWN_HEADERS
        }
