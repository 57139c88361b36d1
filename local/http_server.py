"""A small HTTP/1.1 server on asyncio and h11, for the front door and the targets."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http.client import responses
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from local.loopback import BINDING_ADDRESS

READ_SIZE = 65_536
IDLE_SECONDS = 75.0
REFUSED_SECONDS = 5.0
BODILESS = (204, 304)


@dataclass(frozen=True)
class Request:
    """One request with its whole body; header names are in lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str

    @property
    def path(self) -> str:
        """The decoded path without the query."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; the last of a repeated name counts."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name), default)


@dataclass(frozen=True)
class Response:
    """One answer; a body that is an iterator is sent in chunks."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


class Silence(Exception):
    """The connection stays open without an answer until the client gives up."""


class Reset(Exception):
    """The connection is torn down without an answer."""


class BodyTooLarge(Exception):
    """The request body exceeds the server's limit: answered by the handler of that case."""


Handler = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Serves one handler on one loopback port."""

    def __init__(
        self,
        handler: Handler,
        body_limit: int | None = None,
        too_large: Response = Response(413),
    ) -> None:
        self._handler = handler
        self._body_limit = body_limit
        self._too_large = too_large
        self._server: asyncio.Server | None = None

    async def start(self, sock: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a bound socket."""
        self._server = await asyncio.start_server(self._connection, sock=sock, ssl=tls)

    def close(self) -> None:
        """Stop listening; open connections end with the loop."""
        if self._server is not None:
            self._server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(h11.ProtocolError, ConnectionError, TimeoutError):
                await self._exchanges(_Wire(reader, writer))
        except Silence:
            await _wait_for_the_end(reader)
        except Reset:
            _reset(writer)
        finally:
            writer.close()

    async def _exchanges(self, wire: "_Wire") -> None:
        while True:
            try:
                request = await wire.request(self._body_limit)
            except BodyTooLarge:
                await wire.refuse(self._too_large)
                return
            if request is None:
                return
            await wire.respond(request.method, await self._handler(request))
            if not wire.reusable():
                return


class _Wire:
    """One connection, translated by h11."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = h11.Connection(h11.SERVER)

    async def request(self, body_limit: int | None) -> Request | None:
        head = await self._event()
        if not isinstance(head, h11.Request):
            return None
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers
        )
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if body_limit is not None and len(body) > body_limit:
                raise BodyTooLarge
        client = self._writer.get_extra_info("peername")[0]
        return Request(
            head.method.decode(), head.target.decode("latin-1"), headers, bytes(body), client
        )

    async def _event(self) -> object:
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            if self._protocol.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                self._writer.write(self._protocol.send(go_on) or b"")
            received = await asyncio.wait_for(self._reader.read(READ_SIZE), IDLE_SECONDS)
            self._protocol.receive_data(received)
        return event

    async def respond(self, method: str, response: Response) -> None:
        headers = list(response.headers)
        if isinstance(response.body, bytes) and response.status not in BODILESS:
            headers.append(("content-length", str(len(response.body))))
        reason = responses.get(response.status, "").encode()
        self._write(h11.Response(status_code=response.status, headers=headers, reason=reason))
        if method != "HEAD":
            await self._send_body(response.body)
        self._write(h11.EndOfMessage())
        await self._writer.drain()

    async def refuse(self, response: Response) -> None:
        """Answer early, then read the rest of the request away: a reset would overtake us."""
        await self.respond("POST", response)
        if self._writer.can_write_eof():
            self._writer.write_eof()
        async with asyncio.timeout(REFUSED_SECONDS):
            await _wait_for_the_end(self._reader)

    async def _send_body(self, body: bytes | AsyncIterator[bytes]) -> None:
        if isinstance(body, bytes):
            self._write(h11.Data(data=body))
            return
        async for chunk in body:
            self._write(h11.Data(data=chunk))
            await self._writer.drain()

    def _write(self, event: h11.Event) -> None:
        self._writer.write(self._protocol.send(event) or b"")

    def reusable(self) -> bool:
        if self._protocol.our_state is not h11.DONE or self._protocol.their_state is not h11.DONE:
            return False
        self._protocol.start_next_cycle()
        return True


async def _wait_for_the_end(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(READ_SIZE):
            pass


def _reset(writer: asyncio.StreamWriter) -> None:
    # Linger of zero makes the kernel send RST instead of FIN.
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def bound_socket(port: int) -> socket.socket:
    """Bind a loopback port (0: any free one).

    Raises:
        OSError: the port is in use.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((BINDING_ADDRESS, port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
