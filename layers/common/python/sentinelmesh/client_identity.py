"""Client certificates with their keys: loaded by the prober, checked by the API when saved."""

import ssl
import tempfile


class UnusableIdentity(ValueError):
    """A certificate and its key that no handshake can show; the text says why, without the key."""


def load_identity(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Load a certificate and its key, both in PEM, into a context.

    OpenSSL takes them from a file only: in the folder of this process's user alone, gone at once.

    Raises:
        UnusableIdentity: with a sentence.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
        pem.write(f"{key}\n{certificate}\n")
        pem.flush()
        try:
            context.load_cert_chain(pem.name, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            # Its text may show a part of the key.
            raise UnusableIdentity(_explain(error, certificate, key)) from None


def check_identity(certificate: str, key: str) -> None:
    """Check that a prober can show a certificate.

    Raises:
        UnusableIdentity: with a sentence.
    """
    load_identity(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate, key)


def _explain(error: Exception, certificate: str, key: str) -> str:
    if "ENCRYPTED" in key:
        return "the key has a password: give it without one"
    if not _is_readable(certificate):
        return "the certificate cannot be read: give it, and those behind it, in PEM"
    reason = getattr(error, "reason", None) or ""
    if reason == "KEY_VALUES_MISMATCH":
        return "the key does not belong to the certificate"
    if "TOO_SMALL" in reason or "TOO_WEAK" in reason:
        return f"OpenSSL does not use this certificate any more: {reason.replace('_', ' ').lower()}"
    return "the key cannot be read: give it in PEM, without a password"


def _is_readable(certificate: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificate)
    except (ssl.SSLError, ValueError):
        return False
    return True


def _no_password() -> str:
    """Answer OpenSSL, which would ask at a terminal."""
    return ""
