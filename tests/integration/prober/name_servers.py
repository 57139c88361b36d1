"""A name server on the loopback interface that answers as told, made with a library of others."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

HERE = "127.0.0.1"
Zone = Mapping[tuple[str, str], list[str]]
# Gives the bytes to send back for each packet; none keeps silent.
Answering = Callable[[bytes], list[bytes]]


@dataclass
class NameServer:
    """A running name server, and the questions it was asked.

    Args:
        asked: by which way each came, udp or tcp.
    """

    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where it listens."""
        return f"{HERE}:{self.port}"


def knowing(zone: Zone, code: str = "NXDOMAIN") -> Answering:
    """Answer from a zone; a name that is in none of its records gets the code."""

    def answer(packet: bytes) -> list[bytes]:
        question = dns.message.from_wire(packet)
        (asked,) = question.question
        name = asked.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(asked.rdtype)
        made = dns.message.make_response(question)
        texts = zone.get((name, kind), [])
        if texts:
            made.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *texts))
        elif all(known != name for known, _ in zone):
            made.set_rcode(dns.rcode.from_text(code))
        return [made.to_wire(max_size=65_535)]

    return answer


class _Packets(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer, answering: Answering) -> None:
        self._server = server
        self._answering = answering
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._server.asked.append("udp")
        for packet in self._answering(data):
            self._transport.sendto(packet, addr)


@contextmanager
def answering(by_udp: Answering, by_tcp: Answering | None = None) -> Iterator[NameServer]:
    """Have a name server for a while, on a thread of its own."""
    server = NameServer()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    started = threading.Event()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2), "big")
        server.asked.append("tcp")
        for packet in (by_tcp or by_udp)(await reader.readexactly(length)):
            writer.write(len(packet).to_bytes(2, "big") + packet)
        await writer.drain()
        writer.close()

    async def run() -> None:
        listener = await asyncio.start_server(converse, HERE, 0)
        server.port = listener.sockets[0].getsockname()[1]
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Packets(server, by_udp), local_addr=(HERE, server.port)
        )
        started.set()
        await stop.wait()
        transport.close()
        listener.close()
        await listener.wait_closed()
        await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert started.wait(10)
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
