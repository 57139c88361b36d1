"""Asking one name server: by UDP, again when nothing comes, by TCP when the answer is too long."""

import asyncio
import secrets
import socket
import struct
from contextlib import suppress

from functions.prober.dns.wire import TYPES, Reply, query, reply
from functions.prober.net.connection import Connection
from functions.prober.net.connector import connect_trouble, open_connection
from functions.prober.observation import ProbeFailed

DNS_PORT = 53
# One lost packet costs a second, as with the system's resolver.
TRY_SECONDS, MAX_TRIES = 1.0, 4
LARGEST = 65_535
LENGTH = struct.Struct("!H")

Place = tuple[str, int]


async def ask(server: Place, name: str, kind: str) -> Reply:
    """Return a name server's answer to a question.

    Args:
        server: address and port; whoever calls has checked that it may be asked.
        name: in ASCII.

    Raises:
        ProbeFailed: it gave none, or one that cannot be read.
    """
    identity = secrets.randbelow(0x10000)
    question = query(identity, name, kind)
    wanted = (name.rstrip(".").lower(), TYPES[kind])
    try:
        answer = await _by_udp(server, question, identity, wanted)
        if answer.is_truncated:
            answer = await _by_tcp(server, question, identity, wanted)
    except OSError as error:
        raise connect_trouble(error, *server) from error
    return answer


async def _by_udp(server: Place, question: bytes, identity: int, wanted: tuple[str, int]) -> Reply:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    # Connected, so that only this server's packets come in, and from a port that nobody can guess.
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        await loop.sock_connect(line, server)
        for _ in range(MAX_TRIES):
            await loop.sock_sendall(line, question)
            with suppress(TimeoutError):
                async with asyncio.timeout(TRY_SECONDS):
                    return await _answer(line, identity, wanted)
    text = f"{_spelt(server)} does not answer by UDP"
    raise ProbeFailed("dns_timeout", text)


async def _answer(line: socket.socket, identity: int, wanted: tuple[str, int]) -> Reply:
    """Wait for the answer to our question; whatever else comes is somebody's attempt to deceive."""
    loop = asyncio.get_running_loop()
    while True:
        message = await loop.sock_recv(line, LARGEST)
        with suppress(ValueError):
            answer = reply(message)
            if (answer.identity, answer.question) == (identity, wanted):
                return answer


async def _by_tcp(server: Place, question: bytes, identity: int, wanted: tuple[str, int]) -> Reply:
    with await open_connection(*server) as connection:
        await connection.send(LENGTH.pack(len(question)) + question)
        (length,) = LENGTH.unpack(await _exactly(connection, b"", LENGTH.size))
        try:
            answer = reply(await _exactly(connection, b"", length))
        except ValueError as error:
            raise _unreadable(server, error) from error
    if (answer.identity, answer.question) != (identity, wanted):
        raise _unreadable(server, "it answers another question")
    return answer


async def _exactly(connection: Connection, taken: bytes, length: int) -> bytes:
    """Read so many bytes; a server of ours sends nothing behind them."""
    while len(taken) < length:
        more = await connection.receive(length - len(taken))
        if not more:
            raise ProbeFailed("read_error", "the name server hung up before its answer was whole")
        taken += more
    return taken


def _unreadable(server: Place, why: object) -> ProbeFailed:
    return ProbeFailed("protocol_error", f"{_spelt(server)} does not answer in DNS: {why}")


def _spelt(server: Place) -> str:
    host, port = server
    shown = f"[{host}]" if ":" in host else host
    return shown if port == DNS_PORT else f"{shown}:{port}"
