"""What a certificate says: read by hand, and compared with a library that knows."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from functions.prober.tls.certificate import MAX_NAMES, describe
from sentinelmesh.domain.probing.result import Certificate

KEY = ed25519.Ed25519PrivateKey.generate()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PUBLIC_KEYS: dict[str, Any] = {
    "RSA 2048": rsa.generate_private_key(65537, 2048).public_key(),
    "RSA 1024": rsa.generate_private_key(65537, 1024).public_key(),  # noqa: S505 (others have it)
    "EC P-256": ec.generate_private_key(ec.SECP256R1()).public_key(),
    "EC P-384": ec.generate_private_key(ec.SECP384R1()).public_key(),
    "EC P-521": ec.generate_private_key(ec.SECP521R1()).public_key(),
    "EC": ec.generate_private_key(ec.SECP256K1()).public_key(),
    "Ed25519": KEY.public_key(),
    "Ed448": ed448.Ed448PrivateKey.generate().public_key(),
}
# What stands in a certificate has at most 64 bytes.
PLAIN = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40
).filter(lambda text: len(text.encode()) <= 64)
HOSTS = st.lists(st.text("abc.*-", min_size=1, max_size=20), max_size=30)


def certificate(
    subject: dict[x509.ObjectIdentifier, str],
    issuer: str = "Root",
    names: list[x509.GeneralName] | None = None,
    kind: str = "Ed25519",
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(*each) for each in subject.items()]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(PUBLIC_KEYS[kind])
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    if names:
        constraints = x509.BasicConstraints(ca=False, path_length=None)
        builder = builder.add_extension(constraints, critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(KEY, None).public_bytes(Encoding.DER)


@given(PLAIN, PLAIN, HOSTS)
def test_names_are_what_a_library_wrote(subject: str, issuer: str, hosts: list[str]) -> None:
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    der = certificate({NameOID.COMMON_NAME: subject}, issuer, names)
    seen = describe(der, "TLSv1.3", [der, der])
    assert seen == Certificate(
        subject=subject,
        issuer=issuer,
        names=tuple(hosts[:MAX_NAMES]),
        key="Ed25519",
        protocol="TLSv1.3",
        chain=(issuer, issuer),
    )


@pytest.mark.parametrize("kind", PUBLIC_KEYS)
def test_keys_are_named_by_kind_and_size(kind: str) -> None:
    seen = describe(certificate({NameOID.COMMON_NAME: "a"}, kind=kind))
    assert seen is not None
    assert seen.key == kind


def test_addresses_are_names_too() -> None:
    addresses = ["10.0.0.1", "2001:db8::1"]
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address(each)) for each in addresses]
    seen = describe(certificate({NameOID.COMMON_NAME: "a"}, names=names))
    assert seen is not None
    assert seen.names == tuple(addresses)


def test_without_a_common_name_the_organisation_counts() -> None:
    seen = describe(certificate({NameOID.ORGANIZATION_NAME: "Shop Ltd"}))
    assert seen is not None
    assert seen.subject == "Shop Ltd"
    nobody = describe(certificate({}))
    assert nobody is not None
    assert nobody.subject == ""


def test_a_certificate_signed_with_rsa_is_understood() -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    seen = describe(made.public_bytes(Encoding.DER))
    assert seen == Certificate(subject="own", issuer="own", key="RSA 2048")


GOOD = certificate({NameOID.COMMON_NAME: "a"}, names=[x509.DNSName("a.example")])


@given(st.binary(max_size=200))
def test_arbitrary_bytes_describe_nothing(hostile: bytes) -> None:
    assert describe(hostile) is None


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_wrong_byte_never_breaks_it(place: int, wrong: int) -> None:
    spoilt = GOOD[:place] + bytes([wrong]) + GOOD[place + 1 :]
    assert isinstance(describe(spoilt, chain=[spoilt]), Certificate | None)
