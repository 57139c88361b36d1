"""Until when a certificate is good, read from its DER by hand: a probe pays microseconds for it.

What targets send is hostile: whatever is not shaped like a certificate has no expiry.
Source: RFC 5280, 4.1.
"""

from datetime import UTC, datetime

from functions.prober.tls.der import element

VERSION, UTC_TIME, GENERALIZED_TIME = 0xA0, 0x17, 0x18
# RFC 5280, 4.1.2.5.1: two digits from here on belong to the last century.
LAST_CENTURY = 50


def expiry_of(certificate: bytes | None) -> datetime | None:
    """Read the end of a certificate's validity.

    >>> expiry_of(b"no certificate") is None
    True
    """
    try:
        return _instant(*_not_after(certificate or b""))
    except (IndexError, ValueError):
        return None


def _not_after(der: bytes) -> tuple[int, bytes]:
    """Walk to the last field of the validity; give its tag and its text."""
    _, at, _ = element(der, 0)  # the certificate
    _, at, _ = element(der, at)  # what its issuer signed
    tag, _, end = element(der, at)
    at = end if tag == VERSION else at
    for _ in ("serial number", "signature", "issuer"):
        _, _, at = element(der, at)
    _, at, _ = element(der, at)  # the validity
    _, _, at = element(der, at)  # not before
    tag, start, end = element(der, at)
    return tag, der[start:end]


def _instant(tag: int, written: bytes) -> datetime:
    digits = written.decode("ascii").removesuffix("Z")
    if tag == UTC_TIME:
        digits = ("19" if int(digits[:2]) >= LAST_CENTURY else "20") + digits
    elif tag != GENERALIZED_TIME:
        raise ValueError("neither form of a time")
    if not digits.isdecimal() or len(digits) != len("YYYYMMDDhhmmss"):
        raise ValueError("no time")
    month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
    return datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=UTC)
