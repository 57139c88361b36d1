"""HTTP/2 on one connection, once: the same as `http_exchange` does for HTTP/1.1."""

import ssl
from collections.abc import Sequence

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from functions.prober.http.http1 import (
    HTTP,
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    MAX_OVERHEAD_BYTES,
    Head,
    head_of,
)
from functions.prober.net.connection import Connection
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import ProbeFailed

STATUS_DIGITS = 3
FRAME = 16_384  # Source: RFC 9113, 6.5.2, what every peer takes
# What names a connection or its end belongs to HTTP/1.1. Source: RFC 9113, 8.2.2
NOT_IN_2 = frozenset({b"connection", b"host", b"content-length"})
SETTINGS = {
    h2.settings.SettingCodes.ENABLE_PUSH: 0,
    h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: MAX_HEADER_BYTES,
    h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1,
}


class Http2Exchange:
    """Speaks HTTP/2 on a connection, once.

    Args:
        scheme: http or https.
    """

    version = "2"

    def __init__(self, connection: Connection, watch: Stopwatch, scheme: str) -> None:
        self._connection = connection
        self._watch = watch
        self._scheme = scheme.encode()
        config = h2.config.H2Configuration(client_side=True, header_encoding=None)
        self._machine = h2.connection.H2Connection(config)
        self._machine.local_settings = h2.settings.Settings(initial_values=SETTINGS)
        self._machine.decoder.max_header_list_size = MAX_HEADER_BYTES
        self._stream = 1
        self._received = 0
        self._taken = bytearray()
        self._waiting: list[h2.events.Event] = []
        self.trailers: dict[str, str] = {}

    async def send(
        self, method: str, path: str, headers: Sequence[tuple[bytes, bytes]], body: bytes | None
    ) -> None:
        """Send a request.

        Raises:
            ProbeFailed: it cannot be sent as it was configured.
        """
        authority = next((value for name, value in headers if name.lower() == b"host"), b"")
        wire = [
            (b":method", method.encode()),
            (b":scheme", self._scheme),
            (b":authority", authority),
            (b":path", path.encode()),
            *((name.lower(), value) for name, value in headers if name.lower() not in NOT_IN_2),
        ]
        self._machine.initiate_connection()
        try:
            self._machine.send_headers(self._stream, wire, end_stream=not body)
            for start in range(0, len(body or b""), FRAME):
                piece = (body or b"")[start : start + FRAME]
                is_last = start + FRAME >= len(body or b"")
                self._machine.send_data(self._stream, piece, end_stream=is_last)
        except h2.exceptions.ProtocolError:
            # Its text may show a header that is secret.
            text = "the request cannot be sent as it is configured: look at its headers and body"
            raise ProbeFailed("request_invalid", text) from None
        await self._flush()

    async def head(self) -> Head:
        """Read status and headers; interim answers are passed over.

        Raises:
            ProbeFailed: the connection ended before, or what came is not HTTP/2.
        """
        while True:
            event = await self._next()
            if isinstance(event, h2.events.ResponseReceived):
                pairs = list(event.headers or ())
                status = next((value for name, value in pairs if name == b":status"), b"0")
                plain = [(name, value) for name, value in pairs if not name.startswith(b":")]
                if len(status) != STATUS_DIGITS or not status.isdigit():
                    raise ProbeFailed("protocol_error", "the answer has no proper status")
                return head_of(int(status), plain)
            if event is None:
                raise ProbeFailed("read_error", "the stream ended without an answer")

    async def body(self) -> bytearray:
        """Read at most a megabyte; the rest of a longer body is never asked for.

        Raises:
            ProbeFailed: the connection ended before the body did.
        """
        while len(self._taken) < MAX_BODY_BYTES:
            event = await self._next()
            if event is None:
                break
            if isinstance(event, h2.events.DataReceived):
                self._taken += event.data or b""
                length = event.flow_controlled_length or 0
                self._machine.acknowledge_received_data(length, self._stream)
                await self._flush()
            elif isinstance(event, h2.events.TrailersReceived):
                self.trailers = head_of(0, list(event.headers or ())).headers
        del self._taken[MAX_BODY_BYTES:]
        return self._taken

    async def _next(self) -> h2.events.Event | None:
        """Return the next event of our stream; None when it has ended."""
        while True:
            while self._waiting:
                event = self._waiting.pop(0)
                if isinstance(event, h2.events.StreamEnded):
                    return None
                self._complain(event)
                if isinstance(event, OF_INTEREST):
                    return event
            if self._received - len(self._taken) > MAX_OVERHEAD_BYTES:
                raise ProbeFailed("protocol_error", "too much is sent around too little")
            await self._receive()

    def _complain(self, event: h2.events.Event) -> None:
        """Return up where the server does.

        Raises:
            ProbeFailed: it ended the stream or the connection.
        """
        if isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
            code = event.error_code
            if isinstance(event, h2.events.ConnectionTerminated) and not code:
                return  # It takes no further requests; ours goes on.
            try:
                name = h2.errors.ErrorCodes(code or 0).name
            except ValueError:
                name = str(code)
            raise ProbeFailed("read_error", f"the server ended the stream: {name}")

    async def _receive(self) -> None:
        try:
            data = await self._connection.receive()
            if not data:
                text = "before the answer was whole" if self._received else "without an answer"
                raise ProbeFailed("read_error", f"the connection ended {text}")
            if not self._received:
                self._watch.first_byte()
                if data.startswith(HTTP):  # as a frame it would be one of megabytes
                    raise ProbeFailed("protocol_error", "the server answers in HTTP/1.1")
            self._received += len(data)
            self._waiting += self._machine.receive_data(data)
            await self._flush()
        except h2.exceptions.ProtocolError as error:
            raise ProbeFailed(
                "protocol_error", f"the answer is not proper HTTP/2: {error}"
            ) from error
        except ssl.SSLError as error:
            text = (error.reason or "the connection broke").replace("_", " ").lower()
            raise ProbeFailed("tls_error", f"after the handshake: {text}") from error
        except OSError as error:
            text = error.strerror or type(error).__name__
            raise ProbeFailed("read_error", f"the connection broke: {text}") from error

    async def _flush(self) -> None:
        """Send what the protocol wants to be sent; whether it arrives, the answer tells."""
        data = self._machine.data_to_send()
        if data:
            try:
                await self._connection.send(data)
            except OSError:
                return


OF_INTEREST = (
    h2.events.DataReceived,
    h2.events.ResponseReceived,
    h2.events.TrailersReceived,
)
