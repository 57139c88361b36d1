"""A name server on loopback with a small zone, and with names that make it fail on purpose."""

import asyncio
from collections.abc import Mapping
from typing import Any

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from local.http_server import bound_socket
from local.loopback import BINDING_ADDRESS

SILENT, BROKEN = "silent.example", "broken.example"
# Addresses and names for documents. Source: RFC 5737, RFC 2606
ZONE: Mapping[str, Mapping[str, list[str]]] = {
    "shop.example": {
        "A": ["192.0.2.10", "192.0.2.11"],
        "AAAA": ["2001:db8::10"],
        "MX": ["10 mail.shop.example."],
        "TXT": ['"v=spf1 -all"'],
        "NS": ["ns.shop.example."],
        "CAA": ['0 issue "letsencrypt.org"'],
        "SOA": ["ns.shop.example. ops.shop.example. 1 7200 900 1209600 300"],
    },
    "www.shop.example": {"CNAME": ["shop.example."]},
}


def answer_to(packet: bytes) -> bytes | None:
    """Answer a question; None is silence."""
    try:
        question = dns.message.from_wire(packet)
        (asked,) = question.question
    except (dns.exception.DNSException, ValueError):
        return None
    name = asked.name.to_text(omit_final_dot=True).lower()
    if name == SILENT:
        return None
    made = dns.message.make_response(question)
    kind = dns.rdatatype.to_text(asked.rdtype)
    if name == BROKEN:
        made.set_rcode(dns.rcode.SERVFAIL)
    elif name not in ZONE:
        made.set_rcode(dns.rcode.NXDOMAIN)
    elif texts := ZONE[name].get(kind):
        made.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *texts))
    return made.to_wire(max_size=65_535)


class NameServer:
    """Answers by UDP and TCP on one port."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        place = (BINDING_ADDRESS, self._port)
        self._packets, _ = await loop.create_datagram_endpoint(_Packets, local_addr=place)
        self._server = await asyncio.start_server(_converse, sock=bound_socket(self._port))

    def close(self) -> None:
        """Stop listening."""
        self._packets.close()
        self._server.close()


class _Packets(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = answer_to(data)
        if answer is not None:
            self._transport.sendto(answer, addr)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        length = int.from_bytes(await reader.readexactly(2), "big")
        answer = answer_to(await reader.readexactly(length))
        if answer is not None:
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
