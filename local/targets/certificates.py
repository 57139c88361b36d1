"""Certificates made at run time for targets whose TLS is wrong on purpose."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.loopback import BINDING_ADDRESS


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody trusts; its certificate stands in ``ca.pem``."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def make_authority(folder: Path) -> Authority:
    """Build an authority and write its certificate into the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("SentinelMesh local targets")
    now = datetime.now(UTC)
    builder = _builder(
        name, name, key.public_key(), now - timedelta(days=1), now + timedelta(days=30)
    )
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    certificate = builder.add_extension(constraints, critical=True).sign(key, hashes.SHA256())
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(key, certificate)


def expired_context(folder: Path, authority: Authority) -> ssl.SSLContext:
    """Serve a certificate that ended yesterday."""
    now = datetime.now(UTC)
    return _context(
        folder / "expired.pem", now - timedelta(days=30), now - timedelta(days=1), authority
    )


def ending_context(folder: Path, authority: Authority) -> ssl.SSLContext:
    """Serve a certificate that ends in five days."""
    now = datetime.now(UTC)
    return _context(
        folder / "ending.pem", now - timedelta(days=85), now + timedelta(days=5), authority
    )


def self_signed_context(folder: Path) -> ssl.SSLContext:
    """Serve a certificate that vouches for itself."""
    now = datetime.now(UTC)
    return _context(
        folder / "self-signed.pem", now - timedelta(days=1), now + timedelta(days=30), None
    )


def _context(
    path: Path, begins: datetime, ends: datetime, authority: Authority | None
) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(BINDING_ADDRESS)
    issuer = authority.certificate.subject if authority else subject
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address(BINDING_ADDRESS))]
    builder = _builder(subject, issuer, key.public_key(), begins, ends)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(authority.key if authority else key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
