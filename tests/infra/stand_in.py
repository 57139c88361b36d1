"""A stand-in for the API of a deployed mesh: a few answers on loopback, and a memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

REGIONS = ["eu-west-1", "us-east-1"]
TOKEN = "smk_sample"


@dataclass
class StandIn:
    """A mesh that works, unless a test makes it ill.

    Args:
        outcomes: what each region's probes say; a region that is not in it says nothing.
        unready_polls: how often results are asked for before there are any.
        status: where the monitor stands.
        stays: a deleted monitor is still there.
        monitors: the monitors that exist, as they were asked for.
        requests: method and path of every request.
    """

    health: Any = field(
        default_factory=lambda: {"status": "ok", "components": {"tables": {"status": "ok"}}}
    )
    outcomes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(REGIONS, "success"))
    unready_polls: int = 0
    status: str = "up"
    refuses_creation: bool = False
    redirects_to: str | None = None
    stays: bool = False
    monitors: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, token: str | None, body: Any) -> tuple[int, Any]:
        """Answer a request."""
        self.requests.append(f"{method} {path}")
        path = path.partition("?")[0]
        if path == "/health":
            return (503 if self.health.get("status") == "down" else 200), self.health
        if token != f"Bearer {TOKEN}":
            return 401, {"detail": "Sign in."}
        _, _, *named = path.strip("/").split("/")
        return self._of_all(method, body) if not named else self._of_one(method, named)

    def _of_all(self, method: str, body: Any) -> tuple[int, Any]:
        if method == "POST":
            return self._create(body)
        return 200, {"items": list(self.monitors.values()), "next_cursor": None}

    def _of_one(self, method: str, named: list[str]) -> tuple[int, Any]:
        monitor_id, *part = named
        if monitor_id not in self.monitors:
            return 404, {"detail": "There is no such thing."}
        if part == ["results"]:
            self.unready_polls -= 1
            return 200, {"items": [] if self.unready_polls >= 0 else self._results(monitor_id)}
        if part == ["check"]:
            return 200, {"items": self._results(monitor_id), "complete": True}
        if method == "GET":
            return 200, {**self.monitors[monitor_id], "status": self.status}
        if not self.stays:
            del self.monitors[monitor_id]
        return 204, None

    def _create(self, body: Any) -> tuple[int, Any]:
        if self.refuses_creation:
            return 422, {"detail": "the target is not allowed"}
        made = {"id": "mon_smoke", "regions": REGIONS, **body}
        self.monitors["mon_smoke"] = made
        return 201, made

    def _results(self, monitor_id: str) -> list[Any]:
        return [
            {
                "monitor_id": monitor_id,
                "region": region,
                "outcome": outcome,
                "latency_ms": 41.7 if outcome == "success" else None,
                "error": None if outcome == "success" else "connect_timeout",
                "detail": None if outcome == "success" else "no connection within 8000 ms",
            }
            for region, outcome in self.outcomes.items()
        ]


class _Handler(BaseHTTPRequestHandler):
    stand_in: ClassVar[StandIn]

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = self.stand_in.answer(
            self.command,
            self.path,
            self.headers.get("Authorization"),
            json.loads(raw) if raw else None,
        )
        if self.stand_in.redirects_to:
            status = 307
        answer = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if self.stand_in.redirects_to:
            self.send_header("Location", self.stand_in.redirects_to + self.path)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 (names of http.server)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


@contextmanager
def served(stand_in: StandIn) -> Iterator[str]:
    """Have the stand-in answer on a free port for a while; gives its address."""
    handler = type("Handler", (_Handler,), {"stand_in": stand_in})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
