"""HTTP clients on our own network: no pool to reuse from, no proxy, no redirects of their own."""

import ssl

import httpcore
import httpx

from functions.prober.network import Backend, Connector


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over a pool that connects only where the guard allows.

    Keep-alive is off: a reused connection would have no connect and TLS time to report.
    """

    def __init__(self, connector: Connector, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
            network_backend=Backend(connector),
        )


def make_client(connector: Connector, context: ssl.SSLContext) -> httpx.AsyncClient:
    """Make the one client of a process for a kind of TLS verification."""
    return httpx.AsyncClient(
        transport=PinnedTransport(connector, context),
        timeout=None,  # noqa: S113 (one deadline around the whole probe bounds everything)
        follow_redirects=False,
        trust_env=False,
    )


def trusting_context() -> ssl.SSLContext:
    """Make the context that verifies; it costs 20 ms, so once per process."""
    return ssl.create_default_context()


def lenient_context() -> ssl.SSLContext:
    """Make the context of monitors that switched verification off."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
