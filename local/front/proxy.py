"""Passes requests on to the deployed REST API and brings its answers back unchanged."""

import json

import httpx

from local.http_server import Request, Response

# API Gateway refuses more. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
BODY_LIMIT = 10 * 1024 * 1024
# API Gateway gives up after 29 s; the answer saying so still has to arrive.
TIMEOUT_SECONDS = 32.0
PARALLEL = 64

CONNECTION_HEADERS = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
OURS_TO_SET = frozenset(
    {"host", "content-length", "expect", "origin", "forwarded"}
    | {f"x-forwarded-{name}" for name in ("for", "host", "port", "proto")}
)


class ApiProxy:
    """The way to the REST API; without an address yet, it says that the mesh is starting."""

    def __init__(self, public_port: int) -> None:
        self._public_port = public_port
        self._base: str | None = None
        self._client = httpx.AsyncClient(
            trust_env=False,
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=PARALLEL, max_keepalive_connections=PARALLEL),
        )

    def lead_to(self, base: str) -> None:
        """Set the address of the deployed API, stage included."""
        self._base = base.rstrip("/")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def forward(self, request: Request) -> Response:
        """Send a request on."""
        if self._base is None:
            return problem(
                503, "Starting", "The local mesh is still starting: try again in a moment."
            )
        # Not the client's build_request: that adds headers which the caller did not send.
        onward = httpx.Request(
            request.method,
            self._base + request.target,
            headers=onward_headers(request, self._public_port),
            content=request.body or None,
        )
        try:
            answer = await self._client.send(onward, stream=True)
            body = b"".join([chunk async for chunk in answer.aiter_raw()])
            await answer.aclose()
        except httpx.HTTPError:
            return problem(
                503, "Unavailable", "The embedded AWS does not answer; it may be restarting."
            )
        return Response(answer.status_code, body, returned_headers(answer.headers.multi_items()))


def onward_headers(request: Request, public_port: int) -> list[tuple[str, str]]:
    """Return the headers that the API sees: the client's own, with forwarding told truthfully."""
    kept = [
        (name, value)
        for name, value in request.headers
        if name not in CONNECTION_HEADERS and name not in OURS_TO_SET
    ]
    return [
        *kept,
        ("x-forwarded-for", request.client),
        ("x-forwarded-host", request.header("host")),
        ("x-forwarded-port", str(public_port)),
        ("x-forwarded-proto", "http"),
    ]


def returned_headers(headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Drop what belongs to the connection, and the emulator's open CORS: this is one origin."""
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower() not in CONNECTION_HEADERS
        and name.lower() != "content-length"
        and not name.lower().startswith("access-control-")
    )


def problem(status: int, title: str, detail: str) -> Response:
    """Build a problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(
        status, json.dumps(body).encode(), (("content-type", "application/problem+json"),)
    )


TOO_LARGE = problem(413, "Content Too Large", "A request body may have 10 MB at most.")
