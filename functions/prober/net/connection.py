"""One connection: a non-blocking socket, plain or with TLS on top, that is closed at once.

Bare sockets instead of asyncio's streams: closing one is immediate and leaves nothing behind
wherever a probe is cancelled, and TLS runs on the socket itself, which is a fifth cheaper.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")
Wait = Callable[[], Awaitable[None]]

CHUNK = 16_384  # one TLS record
DER = 2  # Source: Python's Modules/_ssl/cert.c, ENCODING_DER


class Connection:
    """A connected socket; `async` is all that may have to wait for the other side.

    Args:
        plain: connected and non-blocking; the connection closes it.
        place: address and port of the other side.
    """

    def __init__(self, plain: socket.socket, place: tuple[str, int]) -> None:
        self._socket = plain
        self.place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Do the handshake; name and trust are checked as the context says.

        Raises:
            OSError: it failed; ssl.SSLError is one.
        """
        secure = context.wrap_socket(
            self._socket, server_hostname=host, do_handshake_on_connect=False
        )
        self._socket = secure
        await self._patiently(secure.do_handshake, blocked=self._readable)

    def certificate(self) -> bytes | None:
        """Return the peer's certificate in DER, trusted or not; None without TLS."""
        if not isinstance(self._socket, ssl.SSLSocket):
            return None
        return self._socket.getpeercert(binary_form=True)

    def chain_shown(self) -> list[bytes]:
        """Return all certificates that the peer showed, in DER, its own first."""
        holder: Any = self._socket
        if hasattr(holder, "get_unverified_chain"):  # public from Python 3.13 on
            return list(holder.get_unverified_chain())
        shown = holder._sslobj.get_unverified_chain()  # noqa: SLF001 (the same, one level deeper)
        return [each.public_bytes(DER) for each in shown or ()]

    def protocol(self) -> str | None:
        """Return the version of TLS; None without TLS."""
        return self._socket.version() if isinstance(self._socket, ssl.SSLSocket) else None

    def application(self) -> str | None:
        """Return the protocol above TLS that both sides agreed on, such as h2."""
        if not isinstance(self._socket, ssl.SSLSocket):
            return None
        return self._socket.selected_alpn_protocol()

    async def send(self, data: bytes) -> None:
        """Send everything."""
        left = memoryview(data)
        while left:
            sent = await self._patiently(self._socket.send, left, blocked=self._writable)
            left = left[sent:]

    async def receive(self, most: int = CHUNK) -> bytes:
        """Receive what there is, at most a chunk; nothing means that the other side is done."""
        return await self._patiently(self._socket.recv, min(most, CHUNK), blocked=self._readable)

    async def _patiently(self, call: Callable[..., T], *arguments: Any, blocked: Wait) -> T:
        """Build a call again whenever the socket is ready for it, until it gets through."""
        wait: Wait | None = None
        while True:
            try:
                outcome = call(*arguments)
            except ssl.SSLWantReadError:
                wait = self._readable
            except ssl.SSLWantWriteError:
                wait = self._writable
            except BlockingIOError:
                wait = blocked
            else:
                # A peer that never lets us wait must not starve the other probes.
                if wait is None:
                    await asyncio.sleep(0)
                return outcome
            await wait()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_reader(self._socket, _mark, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._socket)

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_writer(self._socket, _mark, ready)
        try:
            await ready
        finally:
            loop.remove_writer(self._socket)


def _mark(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
