"""One function per misbehaviour of the main target server, and the table of their paths."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from local.http_server import Request, Reset, Response, Silence
from local.targets.switchboard import Switchboard, UnknownStatus, region_of

Behaviour = Callable[[Request, str, Switchboard], Awaitable[Response]]

SLOW_MS = 2_000
BIG_BYTES = 50_000_000
CHUNK = b"x" * 65_536
MAX_WAIT_SECONDS = 120.0


def plain(status: int, text: str) -> Response:
    """Build a short text answer."""
    return Response(status, text.encode() + b"\n", (("content-type", "text/plain; charset=utf-8"),))


def as_json(status: int, body: object) -> Response:
    """Build a JSON answer."""
    return Response(status, json.dumps(body).encode(), (("content-type", "application/json"),))


async def ok(_request: Request, _rest: str, _board: Switchboard) -> Response:
    """Answer 200 at once."""
    return plain(200, "ok")


async def status(_request: Request, rest: str, _board: Switchboard) -> Response:
    """Answer with the status in the path."""
    code = int(rest) if rest.isdigit() else 404
    return plain(code if 200 <= code < 600 else 404, f"status {code}")  # noqa: PLR2004  # HTTP's range


async def slow(request: Request, _rest: str, _board: Switchboard) -> Response:
    """Answer after ``?ms=``."""
    milliseconds = float(request.query.get("ms", SLOW_MS))
    await asyncio.sleep(min(milliseconds / 1000, MAX_WAIT_SECONDS))
    return plain(200, "ok, at last")


async def regional(request: Request, _rest: str, _board: Switchboard) -> Response:
    """Fail for the probes of ``?regions=a,b`` only."""
    region = region_of(request.header("user-agent"))
    failing = request.query.get("regions", "us-east-1").split(",")
    return plain(503, f"not for {region}") if region in failing else plain(200, "ok")


async def flapping(request: Request, _rest: str, board: Switchboard) -> Response:
    """Be down in the second half of every ``?period=`` seconds."""
    down = board.is_down_half(float(request.query.get("period", "60")))
    return plain(503, "flap") if down else plain(200, "ok")


async def blip(request: Request, rest: str, board: Switchboard) -> Response:
    """Fail for a single request after a POST has armed it, or for each ``?every=`` th one."""
    if request.method == "POST":
        board.arm(rest, int(request.query.get("failures", "1")))
        return plain(200, f"the next request to /blip/{rest} fails")
    every = int(request.query.get("every", "0"))
    fails = board.take_blip(rest) or (every > 0 and board.count(rest) % every == 0)
    return plain(503, "blip") if fails else plain(200, "ok")


async def switch(request: Request, rest: str, board: Switchboard) -> Response:
    """Follow a switch that ``POST /targets/switch/NAME?status=down`` sets."""
    if request.method == "POST":
        return await set_switch(request, rest, board)
    position = board.get(rest).status_for(region_of(request.header("user-agent")))
    if position == "refuse":
        raise Reset
    if position == "hang":
        raise Silence
    if position == "slow":
        await asyncio.sleep(SLOW_MS / 1000)
    return plain(503, "switched off") if position == "down" else plain(200, "ok")


async def set_switch(request: Request, rest: str, board: Switchboard) -> Response:
    """Set a switch; ``&regions=a,b`` limits it to probes from there."""
    regions = frozenset(filter(None, request.query.get("regions", "").split(",")))
    try:
        position = board.set(rest, request.query.get("status", ""), regions)
    except UnknownStatus as unknown:
        return as_json(400, {"detail": str(unknown)})
    return as_json(200, {"name": rest, "status": position.status, "regions": sorted(regions)})


async def hang(_request: Request, _rest: str, _board: Switchboard) -> Response:
    """Take the request and never answer."""
    raise Silence


async def reset(_request: Request, _rest: str, _board: Switchboard) -> Response:
    """Tear the connection down."""
    raise Reset


async def redirect_loop(_request: Request, _rest: str, _board: Switchboard) -> Response:
    """Redirect to itself for ever."""
    return Response(302, headers=(("location", "/redirect-loop"),))


async def redirect(request: Request, _rest: str, _board: Switchboard) -> Response:
    """Redirect to ``?to=``."""
    return Response(302, headers=(("location", request.query.get("to", "/ok")),))


async def big(request: Request, _rest: str, _board: Switchboard) -> Response:
    """Send ``?bytes=`` of body."""
    return Response(200, _chunks(int(request.query.get("bytes", BIG_BYTES)), 0.0))


async def drip(request: Request, _rest: str, _board: Switchboard) -> Response:
    """Send a body that takes for ever, a little at a time."""
    seconds = float(request.query.get("every_ms", "500")) / 1000
    return Response(200, _chunks(BIG_BYTES, seconds, piece=1))


async def _chunks(size: int, pause: float, piece: int = len(CHUNK)) -> AsyncIterator[bytes]:
    sent = 0
    while sent < size:
        yield CHUNK[: min(piece, size - sent)]
        sent += piece
        if pause:
            await asyncio.sleep(pause)


@dataclass(frozen=True)
class Listed:
    """A behaviour with an example of its path and a sentence for the index page."""

    behaviour: Behaviour
    example: str
    sentence: str


BEHAVIOURS = {
    "ok": Listed(ok, "/ok", "works"),
    "status": Listed(status, "/status/503", "answers with the status in the path"),
    "slow": Listed(slow, "/slow?ms=2000", "works, but late"),
    "regional": Listed(regional, "/regional?regions=us-east-1", "fails for one region only"),
    "flapping": Listed(flapping, "/flapping?period=60", "fails half of the time, in turns"),
    "blip": Listed(
        blip, "/blip/any-name", "fails for one request after a POST to the same address"
    ),
    "switch": Listed(switch, "/switch/any-name", "obeys POST /targets/switch/any-name?status=..."),
    "hang": Listed(hang, "/hang", "takes the request and is silent"),
    "reset": Listed(reset, "/reset", "tears the connection down"),
    "redirect-loop": Listed(redirect_loop, "/redirect-loop", "redirects to itself"),
    "redirect": Listed(redirect, "/redirect?to=/ok", "redirects once"),
    "big": Listed(big, "/big?bytes=50000000", "sends a very big body"),
    "drip": Listed(drip, "/drip", "sends one byte at a time"),
}
