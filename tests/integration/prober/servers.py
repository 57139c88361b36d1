"""Targets on the loopback interface that behave, or misbehave, exactly as told."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

TURNS_UNTIL_BEGUN = 10

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came over the wire."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def method(self) -> str:
        """The first word of the request line."""
        return self.line.split(" ")[0]

    @property
    def path(self) -> str:
        """The second word of the request line."""
        return self.line.split(" ")[1]

    def header(self, name: str) -> str | None:
        """Return the only header of this name; None when there is none."""
        found = [value for each, value in self.headers if each.lower() == name.lower()]
        assert len(found) <= 1, f"{name} came {len(found)} times"
        return found[0] if found else None


@dataclass
class Conversation:
    """A connection whose request was read; a handler says the rest."""

    asked: Asked
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    site: "Site"

    async def say(self, data: bytes) -> None:
        """Send, and wait until it has left."""
        self.writer.write(data)
        await self.writer.drain()
        self.site.sent += len(data)

    async def answer(self, status: int = 200, body: bytes = b"fine", headers: Headers = ()) -> None:
        """Send a proper answer."""
        lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        await self.say("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    async def redirect(self, location: str, status: int = 302, headers: Headers = ()) -> None:
        """Send the caller elsewhere."""
        await self.answer(status, b"", [("Location", location), *headers])

    async def keep_silent(self) -> None:
        """Say nothing until the caller hangs up."""
        await self.reader.read()


Handler = Callable[[Conversation], Awaitable[None]]
Greeting = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """A running target, and what was asked of it.

    Args:
        sent: bytes that handlers got rid of.
    """

    port: int = 0
    scheme: str = "http"
    connections: int = 0
    sent: int = 0
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the address of a page."""
        return f"{self.scheme}://{host}:{self.port}{path}"


@contextmanager
def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Have a web server for a while."""
    site = Site(scheme="https" if tls else "http")

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await _request(reader)
        site.asked.append(asked)
        await handler(Conversation(asked, reader, writer, site))

    with _running(converse, tls, site):
        yield site


@contextmanager
def greeting(greet: Greeting, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Have a server for a while that speaks whatever it likes, and speaks first if it likes."""
    site = Site(scheme="https" if tls else "http")
    with _running(greet, tls, site):
        yield site


@contextmanager
def refusing_handshakes(tls: ssl.SSLContext) -> Iterator[int]:
    """Have a server for a while whose alerts arrive; asyncio's own keeps them to itself.

    Yields:
        Its port.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take_one() -> None:
            plain, _ = listener.accept()
            with tls.wrap_socket(plain, True, do_handshake_on_connect=False) as secure:
                with suppress(OSError):
                    secure.do_handshake()
                    secure.recv(1)
                with suppress(OSError):  # hanging up at once could overtake the alert
                    while socket.socket.recv(secure, 4096):
                        pass

        thread = threading.Thread(target=take_one)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.split("\r\n")[:-2]
    headers = [tuple(each.split(": ", 1)) for each in rest]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Asked(
        line=line,
        headers=[(name, value) for name, value in headers],
        body=await reader.readexactly(length),
    )


@contextmanager
def _running(greet: Greeting, tls: ssl.SSLContext | None, site: Site) -> Iterator[None]:
    """Run a server on a thread of its own, so that it never waits for the probe."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    started = threading.Event()

    async def run() -> None:
        async with _server(greet, tls, site):
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert started.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def _server(greet: Greeting, tls: ssl.SSLContext | None, site: Site) -> AsyncIterator[None]:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await greet(reader, writer)
        finally:
            await _closed(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        # Who has just been accepted must have begun: nobody else would close that connection.
        for _ in range(TURNS_UNTIL_BEGUN):
            await asyncio.sleep(0)
        server.close()
        await _ended()
        await server.wait_closed()


async def _ended() -> None:
    """End all conversations."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close politely, but not for ever: the other side may be gone."""
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
    writer.transport.abort()
