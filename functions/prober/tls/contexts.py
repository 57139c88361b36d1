"""Whom to believe, and how to appear: contexts of TLS, made once and shared by all probes."""

import ssl
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from functions.prober.observation import ProbeFailed
from sentinelmesh.client_identity import UnusableIdentity, load_identity

HTTP_1 = ("http/1.1",)
# Contexts for special wishes; each holds all authorities, which are some megabytes.
MAX_SPECIAL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a handshake is to be made.

    Args:
        verify: the certificate has to be good.
        server_name: to ask for and to find in the certificate; None means the target's own host.
        applications: protocols to offer above TLS.
        minimum: the oldest version to accept, "1.2" or "1.3".
        identity: certificate and key in PEM to show when the server asks who we are.
    """

    verify: bool = True
    server_name: str | None = None
    applications: tuple[str, ...] = HTTP_1
    minimum: str = "1.2"
    identity: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def is_plain(self) -> bool:
        """Return whether the shared contexts will do."""
        return (self.applications, self.minimum, self.identity) == (HTTP_1, "1.2", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The contexts of a process.

    Args:
        verifying: believes authorities that the system trusts, and demands the right name.
        lenient: believes everybody, for monitors that switched verification off.
    """

    verifying: ssl.SSLContext
    lenient: ssl.SSLContext
    _special: OrderedDict[Wish, ssl.SSLContext] = field(default_factory=OrderedDict)
    _making: Lock = field(default_factory=Lock)

    def ready(self, wish: Wish) -> ssl.SSLContext | None:
        """Return the context for a wish, if it need not be made first."""
        if wish.is_plain:
            return self.verifying if wish.verify else self.lenient
        return self._special.get(_strip_name(wish))

    def make(self, wish: Wish) -> ssl.SSLContext:
        """Build the context for a wish; it takes some 20 ms, so never on the event loop.

        Raises:
            ProbeFailed: the client's certificate or key cannot be used.
        """
        wish = _strip_name(wish)
        with self._making:
            context = self._special.pop(wish, None) or self._made(wish)
            self._special[wish] = context
            while len(self._special) > MAX_SPECIAL:
                self._special.popitem(last=False)
        return context

    def _made(self, wish: Wish) -> ssl.SSLContext:
        context = _verifying() if wish.verify else _lenient()
        if wish.verify:
            # Authorities that were added to the shared context count here too.
            known = b"".join(self.verifying.get_ca_certs(binary_form=True))
            if known:
                context.load_verify_locations(cadata=known)
        if wish.minimum == "1.3":
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        if wish.applications:
            context.set_alpn_protocols(list(wish.applications))
        if wish.identity:
            _show_identity(context, *wish.identity)
        return context


def _strip_name(wish: Wish) -> Wish:
    """Return what a context depends on: the name belongs to a handshake."""
    return Wish(
        verify=wish.verify,
        applications=wish.applications,
        minimum=wish.minimum,
        identity=wish.identity,
    )


def _show_identity(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Load the client's certificate and its key.

    Raises:
        ProbeFailed: they cannot be used.
    """
    try:
        load_identity(context, certificate, key)
    except UnusableIdentity as unusable:
        raise ProbeFailed("request_invalid", f"the client certificate: {unusable}") from None


def system_trust() -> Trust:
    """Load the system's authorities; it costs 20 ms, so once per process."""
    verifying, lenient = _verifying(), _lenient()
    for each in (verifying, lenient):
        each.set_alpn_protocols(list(HTTP_1))
    return Trust(verifying=verifying, lenient=lenient)


def _verifying() -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Python 3.13 demands more of private authorities than browsers do.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _lenient() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
