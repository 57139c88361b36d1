"""Routes one origin: the API's paths to the deployed API, the rest to pages and mails."""

import json
import socket
from pathlib import Path

import httpx

from local.front import mails, pages
from local.front.proxy import BODY_LIMIT, TOO_LARGE, ApiProxy, problem
from local.http_server import HttpServer, Request, Response
from local.loopback import LoopbackRule

# The same paths that CloudFront sends to the API on AWS.
API_PREFIXES = ("v1", "health", "docs", "ping", "metrics")
# And those that it reads from the bucket of status pages.
PUBLIC_PREFIXES = ("status", "badge", "feed")

OK = 200
PUBLIC_HEADERS = (
    ("cache-control", "public, max-age=30"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    (
        "content-security-policy",
        (
            "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        ),
    ),
)


class Front:
    """The front door; it answers from the first second, with 503 until the API is there."""

    def __init__(self, sock: socket.socket, emulator_url: str, dashboard: Path) -> None:
        self.port = int(sock.getsockname()[1])
        self.proxy = ApiProxy(self.port)
        self.email = ""
        self.pages_bucket = ""
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
        await self._client.aclose()

    async def answer(self, request: Request) -> Response:
        """Route one request."""
        refusal = self._rule.refusal(request.headers)
        if refusal:
            return problem(403, "Forbidden", refusal)
        first = (request.path.split("/")[1:2] or [""])[0]
        if first in API_PREFIXES:
            return await self.proxy.forward(request)
        if request.method not in {"GET", "HEAD"}:
            return problem(405, "Method Not Allowed", "Pages are only read.")
        if request.path == "/mail":
            return await self._mails()
        if first in PUBLIC_PREFIXES:
            return await self._published(request.path)
        return self._page(request.path)

    async def _published(self, path: str) -> Response:
        """Serve a file that the historian published, as CloudFront does."""
        try:
            answer = await self._client.get(f"{self._emulator_url}/{self.pages_bucket}{path}")
        except httpx.HTTPError:
            return problem(503, "Unavailable", "The embedded AWS does not answer.")
        if not self.pages_bucket or answer.status_code != OK:
            return problem(404, "Not Found", f"Nothing is published at {path}.")
        kind = answer.headers.get("content-type", "application/octet-stream")
        return Response(200, answer.content, (("content-type", kind), *PUBLIC_HEADERS))

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
