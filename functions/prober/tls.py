"""TLS on a connection: whom to trust, what a failed handshake means, until when it is good."""

import ssl
from dataclasses import dataclass

from functions.prober.certificate_expiry import expiry_of
from functions.prober.connection import Connection
from functions.prober.network import dialled
from functions.prober.observation import ProbeFailed
from functions.prober.stopwatch import Stopwatch

# Source: OpenSSL's x509_vfy.h
MISSING_ISSUER = frozenset({2, 20, 21})
VERIFY_REASONS = {
    9: ("tls_not_yet_valid", "the certificate is not valid yet"),
    10: ("tls_expired", "the certificate has expired"),
    18: ("tls_self_signed", "the certificate vouches for itself"),
    19: ("tls_untrusted", "the chain ends in an authority that nobody here trusts"),
    62: ("tls_hostname_mismatch", "the certificate is for another host"),
    64: ("tls_hostname_mismatch", "the certificate is for another address"),
}
# The DER of id-ad-caIssuers. Source: RFC 5280, 4.2.2.1
TELLS_ITS_ISSUER = bytes.fromhex("2b06010505073002")
OLD_PROTOCOL = frozenset({"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe.

    Args:
        verifying: believes authorities that the system trusts, and demands the right name.
        lenient: believes everybody, for monitors that switched verification off.
    """

    verifying: ssl.SSLContext
    lenient: ssl.SSLContext


def system_trust() -> Trust:
    """Load the system's authorities; it costs 20 ms, so once per process."""
    verifying = ssl.create_default_context()
    # Python 3.13 demands more of private authorities than browsers do.
    verifying.verify_flags &= ~ssl.VERIFY_X509_STRICT
    lenient = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    lenient.check_hostname = False
    lenient.verify_mode = ssl.CERT_NONE
    for each in (verifying, lenient):
        each.set_alpn_protocols(["http/1.1"])
    return Trust(verifying=verifying, lenient=lenient)


async def secure(
    connection: Connection, host: str, trust: Trust, watch: Stopwatch, *, verify: bool
) -> None:
    """Upgrade a connection to TLS, and note until when the certificate is good.

    Raises:
        ProbeFailed: with the reason.
    """
    name = host.rstrip(".")
    context = trust.verifying if verify else trust.lenient
    try:
        with watch.measure("tls"):
            await connection.start_tls(context, name)
    except ssl.SSLCertVerificationError as error:
        watch.conclude(_refusal(error, name, is_alone=False))
        certificate, is_alone = await _what_it_shows(connection.place, name, trust.lenient)
        watch.tls_expires_at = expiry_of(certificate)
        raise _refusal(error, name, is_alone=is_alone) from error
    except OSError as error:
        raise _broken(error, name) from error
    watch.tls_expires_at = expiry_of(connection.certificate())


async def _what_it_shows(
    place: tuple[str, int], name: str, lenient: ssl.SSLContext
) -> tuple[bytes | None, bool]:
    """Shake hands once more, believing everything: a refused certificate cannot be read.

    Returns:
        The certificate, and whether it came without the issuer that it points to.
    """
    try:
        with await dialled(*place) as again:
            await again.start_tls(lenient, name)
            certificate = again.certificate() or b""
            return certificate, again.certificates_shown() == 1 and TELLS_ITS_ISSUER in certificate
    except OSError:
        return None, False


def _refusal(error: ssl.SSLCertVerificationError, name: str, *, is_alone: bool) -> ProbeFailed:
    """Say why a certificate was refused."""
    if error.verify_code not in MISSING_ISSUER:
        unknown = ("tls_untrusted", error.verify_message or "the certificate is not trusted")
        code, text = VERIFY_REASONS.get(error.verify_code, unknown)
    elif is_alone:
        code = "tls_incomplete_chain"
        text = "the server does not show the certificate of its issuer, whom nobody here knows"
    else:
        code, text = "tls_untrusted", "nobody here trusts the authority behind the certificate"
    return ProbeFailed(code, f"{name}: {text}")


def _broken(error: OSError, name: str) -> ProbeFailed:
    """Say how a handshake ended that never came to the certificate."""
    if isinstance(error, ssl.SSLEOFError) or not isinstance(error, ssl.SSLError):
        return ProbeFailed("tls_error", f"{name}: the connection ended during the handshake")
    if error.reason in OLD_PROTOCOL:
        return ProbeFailed("tls_old_protocol", f"{name}: the server speaks no TLS from 1.2 on")
    if error.reason == "WRONG_VERSION_NUMBER":
        return ProbeFailed("tls_error", f"{name}: the server does not speak TLS at this port")
    text = (error.reason or "the handshake failed").replace("_", " ").lower()
    return ProbeFailed("tls_error", f"{name}: {text}")
