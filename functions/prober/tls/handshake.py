"""TLS on a connection: the handshake, what a failed one means, what was shown in it."""

import asyncio
import ssl

from functions.prober.evidence import Findings
from functions.prober.net.connection import Connection
from functions.prober.net.connector import open_connection
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import ProbeFailed
from functions.prober.probes.context import ProbeContext
from functions.prober.tls.contexts import Wish

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
OLD_PROTOCOL = frozenset(
    {"NO_PROTOCOLS_AVAILABLE", "TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"}
)


async def secure(
    connection: Connection,
    host: str,
    shared: ProbeContext,
    watch: Stopwatch,
    wish: Wish,
) -> None:
    """Upgrade a connection to TLS, and note what the server showed.

    Raises:
        ProbeFailed: with the reason.
    """
    name = wish.server_name or host.rstrip(".")
    context = await _context(shared, wish, watch)
    try:
        with watch.measure("tls"):
            await connection.start_tls(context, name)
    except ssl.SSLCertVerificationError as error:
        watch.conclude(_refusal(error, name, is_alone=False))
        lenient = await _context(shared, Wish(verify=False, applications=()), watch)
        await _look(connection.place, name, lenient, watch.met)
        raise _refusal(error, name, is_alone=_is_alone(watch.met)) from error
    except OSError as error:
        raise _broken(error, name, wish.minimum) from error
    watch.met.certificate = connection.certificate()
    watch.met.protocol = connection.protocol()


async def _context(shared: ProbeContext, wish: Wish, watch: Stopwatch) -> ssl.SSLContext:
    ready = shared.trust.ready(wish)
    if ready is not None:
        return ready
    with watch.set_aside():
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(shared.threads, shared.trust.make, wish)


async def _look(place: tuple[str, int], name: str, lenient: ssl.SSLContext, met: Findings) -> None:
    """Shake hands once more, believing everything: a refused certificate cannot be read."""
    try:
        with await open_connection(*place) as again:
            await again.start_tls(lenient, name)
            met.certificate = again.certificate()
            met.protocol = again.protocol()
            met.chain = again.chain_shown()
    except OSError:
        return


def _is_alone(met: Findings) -> bool:
    """Return whether a certificate came without the issuer that it points to."""
    return len(met.chain) == 1 and TELLS_ITS_ISSUER in met.chain[0]


def _refusal(error: ssl.SSLCertVerificationError, name: str, *, is_alone: bool) -> ProbeFailed:
    """Return why a certificate was refused."""
    if error.verify_code not in MISSING_ISSUER:
        unknown = ("tls_untrusted", error.verify_message or "the certificate is not trusted")
        code, text = VERIFY_REASONS.get(error.verify_code, unknown)
    elif is_alone:
        code = "tls_incomplete_chain"
        text = "the server does not show the certificate of its issuer, whom nobody here knows"
    else:
        code, text = "tls_untrusted", "nobody here trusts the authority behind the certificate"
    return ProbeFailed(code, f"{name}: {text}")


def _broken(error: OSError, name: str, minimum: str) -> ProbeFailed:
    """Return how a handshake ended that never came to the certificate."""
    if isinstance(error, ssl.SSLEOFError) or not isinstance(error, ssl.SSLError):
        return ProbeFailed("tls_error", f"{name}: the connection ended during the handshake")
    if error.reason in OLD_PROTOCOL:
        text = f"{name}: the server speaks no TLS from {minimum} on"
        return ProbeFailed("tls_old_protocol", text)
    if error.reason == "TLSV1_ALERT_NO_APPLICATION_PROTOCOL":
        text = f"{name}: the server does not speak the wanted protocol above TLS"
        return ProbeFailed("http_version_mismatch", text)
    if error.reason == "WRONG_VERSION_NUMBER":
        return ProbeFailed("tls_error", f"{name}: the server does not speak TLS at this port")
    text = (error.reason or "the handshake failed").replace("_", " ").lower()
    return ProbeFailed("tls_error", f"{name}: {text}")
