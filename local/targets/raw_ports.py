"""Targets below HTTP: a silent port, one that swallows, and a door to open and close."""

import asyncio
import contextlib
import socket

from local.http_server import READ_SIZE, bound_socket
from local.loopback import BINDING_ADDRESS

FILLERS = 8


async def silent_server(port: int) -> asyncio.Server:
    """Accept connections and say nothing, ever."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(READ_SIZE):
                pass
        writer.close()

    return await asyncio.start_server(listen, sock=bound_socket(port))


class BlackHole:
    """A port where connecting never ends: its backlog is full, so the kernel drops what comes."""

    def __init__(self, port: int) -> None:
        self._listener = bound_socket(port)
        self._listener.listen(0)
        self._fillers = [self._fill() for _ in range(FILLERS)]

    @property
    def port(self) -> int:
        """The port that swallows."""
        return int(self._listener.getsockname()[1])

    def _fill(self) -> socket.socket:
        filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect((BINDING_ADDRESS, self.port))
        return filler

    def close(self) -> None:
        """Close the port."""
        for sock in (*self._fillers, self._listener):
            sock.close()


class Door:
    """A port that really refuses connections while it is closed."""

    def __init__(self, port: int) -> None:
        # Bound without listening: the kernel refuses, and nobody else can take the port.
        self._keeper = bound_socket(port)
        self.port = int(self._keeper.getsockname()[1])
        self._server: asyncio.Server | None = None

    @property
    def is_open(self) -> bool:
        """Whether the port accepts."""
        return self._server is not None

    async def open(self) -> None:
        """Accept from now on."""
        if self._server is None:
            self._server = await asyncio.start_server(self._greet, sock=self._keeper)

    async def close(self) -> None:
        """Refuse from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._keeper = bound_socket(self.port)

    def release(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.close()
        self._keeper.close()

    @staticmethod
    async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n")
            await writer.drain()
        writer.close()
