"""A WebSocket that sends back what it is told."""

import asyncio
import contextlib

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, Request, TextMessage
from wsproto.utilities import RemoteProtocolError

from local.http_server import READ_SIZE, bound_socket


async def echo_server(port: int) -> asyncio.Server:
    """Listen for WebSockets."""
    return await asyncio.start_server(_converse, sock=bound_socket(port))


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    machine = WSConnection(ConnectionType.SERVER)
    with contextlib.suppress(ConnectionError, RemoteProtocolError):
        while data := await reader.read(READ_SIZE):
            machine.receive_data(data)
            for event in machine.events():
                writer.write(_answer(machine, event))
            await writer.drain()
    writer.close()


def _answer(machine: WSConnection, event: Event) -> bytes:
    if isinstance(event, Request):
        return machine.send(AcceptConnection())
    if isinstance(event, TextMessage):
        return machine.send(TextMessage(data=event.data, message_finished=event.message_finished))
    if isinstance(event, Ping | CloseConnection):
        return machine.send(event.response())
    return b""
