"""Targets that speak HTTP/2, with a library's server side of the protocol."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from tests.integration.prober.servers import Site, greeting

Pairs = list[tuple[str, str]]


@dataclass
class Stream:
    """One request over HTTP/2, and the means to answer it."""

    machine: h2.connection.H2Connection
    writer: asyncio.StreamWriter
    number: int
    headers: Pairs
    body: bytearray = field(default_factory=bytearray)

    async def send(self) -> None:
        """Let go what the protocol has to say."""
        self.writer.write(self.machine.data_to_send())
        await self.writer.drain()

    async def answer(
        self, status: int = 200, body: bytes = b"fine", headers: Pairs | None = None
    ) -> None:
        """Send a proper answer."""
        self.machine.send_headers(self.number, [(":status", str(status)), *(headers or [])])
        self.machine.send_data(self.number, body, end_stream=True)
        await self.send()


Handler = Callable[[Stream], Awaitable[None]]


@contextmanager
def serving_http2(
    handler: Handler, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[Site, list[Stream]]]:
    """Have a server for a while; gives it, and the requests that it got."""
    got: list[Stream] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        machine.initiate_connection()
        writer.write(machine.data_to_send())
        streams: dict[int, Stream] = {}
        while data := await reader.read(65_536):
            for event in machine.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    headers = [(str(name), str(value)) for name, value in event.headers or ()]
                    stream = Stream(machine, writer, event.stream_id or 0, headers)
                    streams[stream.number] = stream
                    got.append(stream)
                elif isinstance(event, h2.events.DataReceived):
                    streams[event.stream_id or 0].body += event.data or b""
                elif isinstance(event, h2.events.StreamEnded):
                    await handler(streams[event.stream_id or 0])
            writer.write(machine.data_to_send())
            await writer.drain()

    if tls is not None:
        tls.set_alpn_protocols(["h2"])
    with greeting(converse, tls) as site:
        yield site, got
