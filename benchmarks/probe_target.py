"""The web server that all contenders probe, in a process of its own: nginx, or else asyncio."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

HOST = "localhost"
# What a target takes that is slow on purpose.
DELAY_MS = 200
ANSWER = b"all is well\n"
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_timeout 0;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
    ssl_protocols TLSv1.3;
    location / {{ return 200 "all is well\\n"; }}
  }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A running server.

    Args:
        authority: file with the certificate of the authority behind its own.
    """

    kind: str
    ports: dict[str, int]
    authority: Path
    folder: Path

    def url(self, scheme: str) -> str:
        """Return its address."""
        return f"{scheme}://{HOST}:{self.ports[scheme]}/"


def free_port() -> int:
    """Find a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running_target(*, delayed: bool = False) -> Iterator[Target]:
    """Have the server for a while.

    Args:
        delayed: one that answers after DELAY_MS, which nginx cannot.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        ports = {"http": free_port(), "https": free_port()}
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        own = authority.issue_cert(HOST)
        own.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        delay = str(DELAY_MS if delayed else 0)
        command = [sys.executable, __file__, str(folder), *map(str, ports.values()), delay]
        if nginx and not delayed:
            (folder / "nginx.conf").write_text(NGINX.format(folder=folder, **ports))
            command = [nginx, "-c", str(folder / "nginx.conf")]
        with running(command, *ports.values()):
            yield Target(
                kind="nginx" if nginx and not delayed else "an asyncio server",
                ports=ports,
                authority=folder / "authority.pem",
                folder=folder,
            )


@contextmanager
def running(command: list[str], *ports: int) -> Iterator[int]:
    """Have a program for a while, once it listens.

    Yields:
        The id of its process.
    """
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        try:
            for port in ports:
                _await_listening(port)
            yield process.pid
        finally:
            process.terminate()


def _await_listening(port: int) -> None:
    give_up_at = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
        else:
            return


async def _serve(folder: Path, http: int, https: int, delay_ms: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(ANSWER)}\r\nConnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(delay_ms / 1000)
        writer.write(head.encode() + ANSWER)
        writer.close()

    await asyncio.start_server(answer, "127.0.0.1", http)
    await asyncio.start_server(answer, "127.0.0.1", https, ssl=context)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), *map(int, sys.argv[2:])))
