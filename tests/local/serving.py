"""Runs coroutines against servers of ours within one test."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import httpx

from local.http_server import Handler, HttpServer, bound_socket

T = TypeVar("T")
# A slow connect on a busy machine must not be taken for a silent server.
SOON_SILENT = httpx.Timeout(10, read=0.3)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine to its end."""
    return asyncio.run(work)


async def with_server(
    handler: Handler, talk: Callable[[int, httpx.AsyncClient], Awaitable[T]], **options: Any
) -> T:
    """Serve a handler while ``talk`` speaks to its port."""
    server = HttpServer(handler, **options)
    sock = bound_socket(0)
    port = int(sock.getsockname()[1])
    await server.start(sock)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return await talk(port, client)
    finally:
        server.close()
