"""Until when a certificate is good: read by hand, and compared with a library that knows."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from functions.prober.tls.certificate_expiry import expiry_of

KEY = ed25519.Ed25519PrivateKey.generate()


def certificate(not_after: datetime, name: str = "shop.example", serial: int = 7) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(not_after - timedelta(days=1))
        .not_valid_after(not_after)
        .sign(KEY, None)
    )
    return made.public_bytes(Encoding.DER)


instants = st.datetimes(datetime(1950, 1, 2), datetime(9999, 12, 31)).map(  # noqa: DTZ001
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)


@given(instants, st.text("abcdefgh", min_size=1, max_size=64), st.integers(1, 2**150))
def test_the_end_is_what_a_library_reads(end: datetime, name: str, serial: int) -> None:
    der = certificate(end, name, serial)
    assert expiry_of(der) == x509.load_der_x509_certificate(der).not_valid_after_utc == end


@pytest.mark.parametrize("year", [1950, 1999, 2000, 2049, 2050, 9999])
def test_both_forms_of_a_time_are_understood(year: int) -> None:
    end = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert expiry_of(certificate(end)) == end


def test_a_certificate_as_authorities_issue_them_is_understood() -> None:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x" * 64)] * 3)
    end = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=90))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("a.example")] * 90), False)
        .sign(key, hashes.SHA256())
    )
    assert expiry_of(made.public_bytes(Encoding.DER)) == end


GOOD = certificate(datetime(2031, 5, 6, tzinfo=UTC))


@pytest.mark.parametrize("nothing", [None, b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff"])
def test_what_is_no_certificate_has_no_end(nothing: bytes | None) -> None:
    assert expiry_of(nothing) is None


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_break_it(hostile: bytes) -> None:
    assert expiry_of(hostile) is None


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_certificate_with_a_wrong_byte_never_breaks_it(place: int, wrong: int) -> None:
    spoilt = GOOD[:place] + bytes([wrong]) + GOOD[place + 1 :]
    assert isinstance(expiry_of(spoilt), datetime | None)


@given(st.integers(0, len(GOOD)))
def test_a_certificate_that_is_cut_off_never_breaks_it(length: int) -> None:
    assert expiry_of(GOOD[:length]) in {None, expiry_of(GOOD)}
