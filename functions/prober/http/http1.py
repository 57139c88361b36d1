"""One request and its answer on one connection, never taking in more than the caps allow."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import h11

from functions.prober.net.connection import Connection
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import ProbeFailed

MAX_HEADER_BYTES = 65_536
MAX_HEADERS = 256
MAX_BODY_BYTES = 1_048_576
# Headers, interim answers and what is around each chunk: a chunk of one byte has five more.
MAX_OVERHEAD_BYTES = 2 * MAX_HEADER_BYTES
SWITCHING_PROTOCOLS = 101
HTTP = b"HTTP/"


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of an answer.

    Args:
        headers: names in lower case; several of one name are joined by commas.
        set_cookies: the Set-Cookie headers, one by one.
    """

    status: int
    headers: dict[str, str]
    set_cookies: tuple[str, ...]


class Exchange:
    """Speaks HTTP/1.1 on a connection, once."""

    def __init__(self, connection: Connection, watch: Stopwatch) -> None:
        self._connection = connection
        self._watch = watch
        self._machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
        self._received = 0
        self._taken = bytearray()
        self._beginning = b""
        self._is_closed = False
        self.version = "1.1"

    async def send(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes | None
    ) -> None:
        """Send a request; whether it arrived, the answer will tell.

        Raises:
            ProbeFailed: it cannot be sent as it was configured.
        """
        request = h11.Request(method=method, target=path, headers=headers)
        events = (request, h11.Data(body or b""), h11.EndOfMessage())
        wire = b"".join(self._machine.send(event) or b"" for event in events)
        try:
            await self._connection.send(wire)
        except OSError:
            return  # A server may answer and hang up before it has read everything.

    async def head(self) -> Head:
        """Read status and headers; interim answers are passed over.

        Raises:
            ProbeFailed: the connection ended before, or what came is not HTTP.
        """
        while True:
            event = await self._next()
            if event is h11.NEED_DATA:
                raise ProbeFailed("protocol_error", "interim answers without end")
            is_interim = isinstance(event, h11.InformationalResponse)
            if not is_interim or event.status_code == SWITCHING_PROTOCOLS:
                self.version = event.http_version.decode("ascii")
                return head_of(event.status_code, event.headers)

    async def body(self) -> bytearray:
        """Read at most a megabyte; the rest of a longer body is never asked for.

        Raises:
            ProbeFailed: the connection ended before the body did.
        """
        while len(self._taken) < MAX_BODY_BYTES:
            event = await self._next()
            if not isinstance(event, h11.Data):
                break
            self._taken += event.data
        del self._taken[MAX_BODY_BYTES:]
        return self._taken

    def behind(self) -> bytes:
        """Return what came behind an answer that switches to another protocol."""
        data, _ = self._machine.trailing_data
        return data

    async def _next(self) -> Any:
        """Return the next event; NEED_DATA when there is too much around too little."""
        while True:
            try:
                event = self._machine.next_event()
            except h11.RemoteProtocolError as error:
                raise self._broken(error) from error
            overhead = self._received - len(self._taken)
            if event is not h11.NEED_DATA or overhead > MAX_OVERHEAD_BYTES:
                return event
            await self._receive()

    async def _receive(self) -> None:
        try:
            data = await self._connection.receive()
        except ssl.SSLError as error:
            text = (error.reason or "the connection broke").replace("_", " ").lower()
            raise ProbeFailed("tls_error", f"after the handshake: {text}") from error
        except OSError as error:
            text = error.strerror or type(error).__name__
            raise ProbeFailed("read_error", f"the connection broke: {text}") from error
        if data and not self._received:
            self._watch.first_byte()
        self._received += len(data)
        self._beginning = (self._beginning + data[: len(HTTP)])[: len(HTTP)]
        self._is_closed = not data
        self._machine.receive_data(data)

    def _broken(self, error: h11.RemoteProtocolError) -> ProbeFailed:
        """Tell an answer that ended early from one that is not HTTP."""
        if self._is_closed and HTTP.startswith(self._beginning):
            when = "before the answer did" if self._received else "without an answer"
            return ProbeFailed("read_error", f"the connection ended {when}")
        return ProbeFailed("protocol_error", f"the answer is not proper HTTP: {error}")


def head_of(status: int, pairs: Iterable[tuple[bytes, bytes]]) -> Head:
    """Read headers as they came over the wire.

    Raises:
        ProbeFailed: there are too many of them.
    """
    headers: dict[str, str] = {}
    set_cookies = []
    for count, (raw_name, raw_value) in enumerate(pairs):
        if count == MAX_HEADERS:
            raise ProbeFailed("protocol_error", f"the answer has more than {MAX_HEADERS} headers")
        name, value = raw_name.decode("ascii", errors="replace"), _text(raw_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
        if name == "set-cookie":
            set_cookies.append(value)
    return Head(status, headers, tuple(set_cookies))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
