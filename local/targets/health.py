"""A gRPC server with the standard health service, whose services are switches.

Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

import asyncio
import contextlib
import re

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from local.http_server import READ_SIZE, bound_socket
from local.targets.switchboard import Switchboard, region_of

FIELD = re.compile(rb"\x0a[\x80-\xff]*[\x00-\x7f](.*)", re.DOTALL)  # tag, length, text
PREFIX_BYTES = 5
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"
WHOLE_SERVER = "grpc"


class HealthServer:
    """Speaks HTTP/2 without TLS.

    Args:
        board: the switch of a service's name says whether it serves; "grpc" is the whole server.
    """

    def __init__(self, port: int, board: Switchboard) -> None:
        self._port = port
        self._board = board

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._converse, sock=bound_socket(self._port))

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        machine = h2.connection.H2Connection(config)
        machine.initiate_connection()
        call = _Call(machine, self._board)
        with contextlib.suppress(ConnectionError, h2.exceptions.ProtocolError):
            while data := await reader.read(READ_SIZE):
                for event in machine.receive_data(data):
                    call.take(event)
                writer.write(machine.data_to_send())
                await writer.drain()
        writer.close()


class _Call:
    """One call on a connection."""

    def __init__(self, machine: h2.connection.H2Connection, board: Switchboard) -> None:
        self._machine = machine
        self._board = board
        self._region = ""
        self._asked = b""

    def take(self, event: h2.events.Event) -> None:
        """Take in a part of the call, and answer its end."""
        if isinstance(event, h2.events.RequestReceived):
            headers = {str(name): str(value) for name, value in event.headers or ()}
            self._region, self._asked = region_of(headers.get("user-agent", "")), b""
        elif isinstance(event, h2.events.DataReceived):
            self._asked += event.data or b""
        elif isinstance(event, h2.events.StreamEnded):
            self._answer(event.stream_id or 0)

    def _answer(self, stream: int) -> None:
        found = FIELD.match(self._asked, PREFIX_BYTES)
        name = found[1].decode(errors="replace") if found else WHOLE_SERVER
        serves = self._board.get(name).status_for(self._region) == "up"
        status = SERVING if serves else NOT_SERVING
        headers = [(":status", "200"), ("content-type", "application/grpc")]
        self._machine.send_headers(stream, headers)
        self._machine.send_data(stream, b"\0" + len(status).to_bytes(4, "big") + status)
        self._machine.send_headers(stream, [("grpc-status", "0")], end_stream=True)
