"""Certificates as good or as bad as a test wants them, and contexts of servers that show them."""

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from functions.prober.tls.contexts import Trust, system_trust

HOST = "shop.example"
DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
ISSUER_PAGE = x509.UniformResourceIdentifier("http://authority.example/issuer.der")


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as servers and trust stores take it."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate as it goes over the wire."""
        return self.certificate.public_bytes(Encoding.DER)


def authority(name: str, issuer: Issued | None = None) -> Issued:
    """Build an authority: a root, or one below another."""
    return _issued(name, issuer, (NOW - 900 * DAY, NOW + 900 * DAY), is_authority=True)


def issued(
    issuer: Issued | None,
    host: str = HOST,
    valid: tuple[datetime, datetime] = (NOW - 30 * DAY, NOW + 30 * DAY),
    *,
    points_to_issuer: bool = True,
) -> Issued:
    """Build a server's certificate; without an issuer it vouches for itself.

    Args:
        points_to_issuer: public authorities write into it where their own certificate is found.
    """
    page = ISSUER_PAGE if issuer and points_to_issuer else None
    return _issued(host, issuer, valid, is_authority=False, issuer_page=page)


def _issued(
    name: str,
    issuer: Issued | None,
    valid: tuple[datetime, datetime],
    *,
    is_authority: bool,
    issuer_page: x509.UniformResourceIdentifier | None = None,
) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    if issuer_page:
        page = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, issuer_page)
        builder = builder.add_extension(x509.AuthorityInformationAccess([page]), critical=False)
    return Issued(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def showing(own: Issued, *more: Issued) -> ssl.SSLContext:
    """Build the context of a server that shows a certificate and those behind it."""
    key = own.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.pem"
        path.write_bytes(key + b"".join(each.pem for each in (own, *more)))
        context.load_cert_chain(path)
    return context


def trusting(roots: Sequence[Issued]) -> Trust:
    """Trust these authorities beside the system's."""
    trust = system_trust()
    trust.verifying.load_verify_locations(cadata=b"".join(each.pem for each in roots).decode())
    return trust
