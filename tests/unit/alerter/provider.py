"""A provider on loopback that keeps the very bytes of each request, and answers by a script."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

Reply = Callable[[socket.socket], None]
HEAD_END = b"\r\n\r\n"
TLS_HELLO = b"\x16\x03"


@dataclass
class Provider:
    """Serves one request per connection.

    Args:
        replies: one for each connection in turn; the last one serves all later ones.
    """

    replies: list[Reply]
    requests: list[bytes] = field(default_factory=list)
    port: int = 0
    _talking: socket.socket | None = field(default=None, init=False)

    def url(self, path: str = "/hook", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Return an address of this provider."""
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def request(self) -> tuple[str, dict[str, str], bytes]:
        """The only request: its first line, its headers and its body."""
        (raw,) = self.requests
        head, _, body = raw.partition(HEAD_END)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return first, {name.lower(): value for name, value in headers.items()}, body

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._talking = connection
            with connection, suppress(OSError):
                self.requests.append(_read(connection))
                reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
                reply(connection)

    def hang_up(self) -> None:
        """End the conversation with whoever has not had enough yet."""
        if self._talking is not None:
            with suppress(OSError):
                self._talking.shutdown(socket.SHUT_RDWR)


def _read(connection: socket.socket) -> bytes:
    taken = b""
    while HEAD_END not in taken:
        taken += connection.recv(65536) or HEAD_END
        if taken.startswith(TLS_HELLO):
            return taken
    head, _, body = taken.partition(HEAD_END)
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + HEAD_END + body


@contextmanager
def a_provider(*replies: Reply) -> Iterator[Provider]:
    """Have a provider for a while; without a reply it says "ok"."""
    provider = Provider(list(replies) or [answer(200, "ok")])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        provider.port = listener.getsockname()[1]
        serving = Thread(target=provider.serve, args=(listener,), daemon=True)
        serving.start()
        try:
            yield provider
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            provider.hang_up()
            serving.join(30)


def answer(status: int, body: str | bytes = "", **headers: str) -> Reply:
    """Answer in full; names of headers have underscores for hyphens."""
    raw = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(raw)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    def reply(connection: socket.socket) -> None:
        connection.sendall("\r\n".join(lines).encode() + HEAD_END + raw)

    return reply


def silence(connection: socket.socket) -> None:
    """Accept the request and say nothing until the other side has had enough."""
    with suppress(OSError):
        connection.recv(1)


def reset(connection: socket.socket) -> None:
    """Accept the request and break the connection at once."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def hang_up(connection: socket.socket) -> None:
    """Accept the request and close the connection without an answer."""
    connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Drip:
    """Sends a long head byte by byte, and counts how far it got."""

    text: bytes = b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 5000 + b"\r\n\r\n"
    sent: int = 0

    def __call__(self, connection: socket.socket) -> None:
        for byte in self.text:
            connection.sendall(bytes([byte]))
            self.sent += 1
            time.sleep(0.005)
