"""Routes one origin: the API's paths to the deployed API, the rest to pages and mails."""

import json
import socket
from pathlib import Path

import httpx

from local.front import mails, pages
from local.front.proxy import BODY_LIMIT, TOO_LARGE, ApiProxy, problem
from local.front.public_files import PUBLIC_PREFIXES, PublicFiles
from local.http_server import HttpServer, Request, Response
from local.loopback import LoopbackRule

# The same paths that CloudFront sends to the API on AWS.
API_PREFIXES = ("v1", "health", "docs", "ping", "api", "metrics")


class Front:
    """The front door; it answers from the first second, with 503 until the API is there."""

    def __init__(self, sock: socket.socket, emulator_url: str, dashboard: Path) -> None:
        self.port = int(sock.getsockname()[1])
        self.proxy = ApiProxy(self.port)
        self.public = PublicFiles(emulator_url)
        self.email = ""
        self.extra_links: tuple[tuple[str, str], ...] = ()
        self._sock = sock
        self._emulator_url = emulator_url
        self._dashboard = dashboard
        self._rule = LoopbackRule(self.port)
        self._server = HttpServer(self.answer, BODY_LIMIT, TOO_LARGE)
        self._client = httpx.AsyncClient(trust_env=False)

    async def start(self) -> None:
        """Listen."""
        await self._server.start(self._sock)

    async def close(self) -> None:
        """Stop listening."""
        self._server.close()
        await self.proxy.close()
        await self.public.close()
        await self._client.aclose()

    async def answer(self, request: Request) -> Response:
        """Route one request."""
        refusal = self._rule.refusal(request.headers)
        if refusal:
            return problem(403, "Forbidden", refusal)
        first = request.path.split("/")[1] if request.path.startswith("/") else ""
        if first in API_PREFIXES:
            return await self.proxy.forward(request)
        if request.method not in {"GET", "HEAD"}:
            return problem(405, "Method Not Allowed", "Pages are only read.")
        if first in PUBLIC_PREFIXES:
            return await self.public.get(request.path)
        if request.path == "/mail":
            return await self._mails()
        return self._page(request.path)

    def _page(self, path: str) -> Response:
        built = pages.file_of(self._dashboard, path)
        if built is not None:
            return built
        if path in {"/", "/index.html"}:
            return pages.home(self.extra_links, self.email)
        return problem(404, "Not Found", f"Nothing stands at {path}.")

    async def _mails(self) -> Response:
        try:
            answer = await self._client.get(f"{self._emulator_url}/_ministack/ses/messages")
        except httpx.HTTPError:
            return problem(503, "Unavailable", "The embedded AWS does not answer.")
        body = json.dumps(mails.listed(answer.json()), indent=2).encode()
        return Response(200, body, (("content-type", "application/json"),))
