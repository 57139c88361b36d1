"""Connections to providers: to checked addresses only, each with one deadline for all it does."""

import ssl
from collections.abc import Iterable
from time import monotonic
from typing import Any

import httpcore
import httpx

from sentinelmesh.target_guard import HostNotFound, TargetGuard

CONNECT_SECONDS = 4.0
# From the first packet to the last byte of interest, name lookup aside.
TOTAL_SECONDS = 10.0


class _TimedStream(httpcore.NetworkStream):
    """A connection that ends at its deadline: patience per read would let a drip run for ever."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._left(httpcore.ConnectTimeout)
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._ends_at
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, late: type[Exception]) -> float:
        left = self._ends_at - monotonic()
        if left <= 0:
            raise late("the time for the whole exchange is over")
        return left


class _GuardedBackend(httpcore.SyncBackend):
    """Connects to the addresses that the guard has checked, not to what the name says next."""

    def __init__(self, guard: TargetGuard) -> None:
        self._guard = guard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the addresses in turn until one answers."""
        addresses = self._guard.addresses(host, port)
        now = monotonic()
        trouble: Exception = HostNotFound(f"{host} has no address", is_temporary=True)
        for address in addresses:
            left = now + CONNECT_SECONDS - monotonic()
            if left <= 0:
                break
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
                continue
            return _TimedStream(stream, now + TOTAL_SECONDS)
        raise trouble


class GuardedTransport(httpx.HTTPTransport):
    """A transport whose connections serve one request each."""

    def __init__(self, guard: TargetGuard) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            network_backend=_GuardedBackend(guard),
            max_connections=None,
            max_keepalive_connections=0,
        )
