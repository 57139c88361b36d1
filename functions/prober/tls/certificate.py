"""What a certificate says about itself, read from its DER by hand, like its expiry.

Source: RFC 5280, 4.1 and 4.2.1.6; RFC 5480; RFC 8410.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from functions.prober.tls.certificate_expiry import VERSION
from functions.prober.tls.der import Element, content, element, inside
from sentinelmesh.domain.probing.result import Certificate

COMMON_NAME, ORGANISATION = bytes.fromhex("550403"), bytes.fromhex("55040a")
SUBJECT_ALTERNATIVE_NAME = bytes.fromhex("551d11")
EXTENSIONS, DNS_NAME, IP_ADDRESS, BMP_STRING, BIT_STRING = 0xA3, 0x82, 0x87, 0x1E, 0x03
RSA, ELLIPTIC = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201")
KEYS = {bytes.fromhex("2b6570"): "Ed25519", bytes.fromhex("2b6571"): "Ed448"}
CURVES = {
    bytes.fromhex("2a8648ce3d030107"): "P-256",
    bytes.fromhex("2b81040022"): "P-384",
    bytes.fromhex("2b81040023"): "P-521",
}
MAX_NAMES, MAX_SHOWN, MAX_NAME = 20, 10, 100


def describe(
    certificate: bytes | None, protocol: str | None = None, chain: Sequence[bytes] = ()
) -> Certificate | None:
    """Return what a certificate says; None for what is not shaped like one.

    Args:
        protocol: version of TLS in which it was shown.
        chain: all certificates that came with it, itself first.
    """
    try:
        subject, issuer, names, key = _fields(certificate or b"")
        issuers = tuple(_fields(each)[1] for each in chain[:MAX_SHOWN])
    except (IndexError, ValueError):
        return None
    return Certificate(
        subject=subject, issuer=issuer, names=names, key=key, protocol=protocol, chain=issuers
    )


def _fields(der: bytes) -> tuple[str, str, tuple[str, ...], str | None]:
    signed = element(der, element(der, 0).start)
    parts = [each for each in inside(der, signed) if each.tag != VERSION]
    _serial, _signature, issuer, _validity, subject, key, *rest = parts
    names: tuple[str, ...] = ()
    for each in rest:
        if each.tag == EXTENSIONS:
            names = tuple(_alternative_names(der, each))[:MAX_NAMES]
    return _name(der, subject), _name(der, issuer), names, _key(der, key)


def _name(der: bytes, of: Element) -> str:
    """Return the common name of somebody, or else the organisation."""
    found = {}
    for relative in inside(der, of):
        for attribute in inside(der, relative):
            kind, value, *_ = inside(der, attribute)
            charset = "utf-16-be" if value.tag == BMP_STRING else "utf-8"
            found[content(der, kind)] = content(der, value).decode(charset, errors="replace")
    return (found.get(COMMON_NAME) or found.get(ORGANISATION) or "")[:MAX_NAME]


def _alternative_names(der: bytes, extensions: Element) -> Iterator[str]:
    for extension in inside(der, element(der, extensions.start)):
        kind, *_, value = inside(der, extension)
        if content(der, kind) != SUBJECT_ALTERNATIVE_NAME:
            continue
        for name in inside(der, element(der, value.start)):
            if name.tag == DNS_NAME:
                yield content(der, name).decode("ascii", errors="replace")[:MAX_NAME]
            elif name.tag == IP_ADDRESS:
                yield str(ip_address(content(der, name)))


def _key(der: bytes, of: Element) -> str | None:
    """Return the kind of a public key and its size."""
    algorithm, bits, *_ = inside(der, of)
    kind, *parameters = inside(der, algorithm)
    name = content(der, kind)
    if name == RSA and bits.tag == BIT_STRING:
        numbers = element(der, bits.start + 1)
        modulus = int.from_bytes(content(der, element(der, numbers.start)), "big")
        return f"RSA {modulus.bit_length()}"
    if name == ELLIPTIC and parameters:
        curve = CURVES.get(content(der, parameters[0]))
        return f"EC {curve}" if curve else "EC"
    return KEYS.get(name)
