"""All targets and receivers of one mesh, on fixed ports, in the launcher's event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.http_server import HttpServer, Request, Response, bound_socket
from local.loopback import BINDING_ADDRESS, LoopbackRule
from local.targets.behaviours import BEHAVIOURS, as_json, ok, plain, set_switch
from local.targets.certificates import expired_context, make_authority, self_signed_context
from local.targets.raw_ports import BlackHole, Door, silent_server
from local.targets.receivers import Inboxes
from local.targets.switchboard import Switchboard

PORT_NAMES = ("targets", "expired", "self_signed", "silent", "black_hole", "door")


@dataclass(frozen=True)
class TargetAddresses:
    """Where the targets answer."""

    base: str
    expired: str
    self_signed: str
    silent: str
    black_hole: str
    door: str

    @classmethod
    def of(cls, ports: dict[str, int]) -> "TargetAddresses":
        """Build the addresses from the port numbers."""

        def at(scheme: str, name: str) -> str:
            return f"{scheme}://{BINDING_ADDRESS}:{ports[name]}"

        return cls(
            base=at("http", "targets"),
            expired=at("https", "expired"),
            self_signed=at("https", "self_signed"),
            silent=at("http", "silent"),
            black_hole=at("http", "black_hole"),
            door=at("http", "door"),
        )


class Targets:
    """Starts and stops the servers, and routes requests of the main one."""

    def __init__(self, ports: dict[str, int], folder: Path) -> None:
        self.addresses = TargetAddresses.of(ports)
        self.board = Switchboard()
        self._ports = ports
        self._folder = folder
        self._inboxes = Inboxes()
        self._rule = LoopbackRule(ports["targets"])
        self._closing: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Listen on every port."""
        self._folder.mkdir(parents=True, exist_ok=True)
        main = HttpServer(self.answer)
        await main.start(bound_socket(self._ports["targets"]))
        works = HttpServer(self._always_ok)
        authority = make_authority(self._folder)
        await works.start(
            bound_socket(self._ports["expired"]), expired_context(self._folder, authority)
        )
        self_signed = HttpServer(self._always_ok)
        await self_signed.start(
            bound_socket(self._ports["self_signed"]), self_signed_context(self._folder)
        )
        silent = await silent_server(self._ports["silent"])
        swallowing = BlackHole(self._ports["black_hole"])
        self._door = Door(self._ports["door"])
        await self._door.open()
        servers = (main, works, self_signed, silent, swallowing)
        self._closing = [server.close for server in servers] + [self._door.release]

    def close(self) -> None:
        """Stop listening."""
        for close in self._closing:
            close()

    async def answer(self, request: Request) -> Response:
        """Route one request of the main server."""
        first, _, rest = request.path.lstrip("/").partition("/")
        if first in BEHAVIOURS and request.method in {"GET", "HEAD"}:
            return await BEHAVIOURS[first].behaviour(request, rest, self.board)
        refusal = self._rule.refusal(request.headers)
        if refusal:
            return plain(403, refusal)
        if first == "receivers" and rest:
            return self._inboxes.answer(rest, request)
        if first == "targets":
            return await self._control(request, rest)
        if first in BEHAVIOURS:
            return await BEHAVIOURS[first].behaviour(request, rest, self.board)
        return as_json(200, self.index()) if not first else plain(404, "no such target")

    async def _control(self, request: Request, rest: str) -> Response:
        kind, _, name = rest.partition("/")
        if kind == "switch" and name and request.method == "POST":
            return await set_switch(request, name, self.board)
        if kind == "door" and request.method == "POST":
            wanted_open = request.query.get("status", "open") in {"open", "up"}
            await (self._door.open() if wanted_open else self._door.close())
            return as_json(
                200, {"name": "door", "status": "open" if self._door.is_open else "closed"}
            )
        return as_json(200, self.index())

    def index(self) -> dict[str, object]:
        """List every target with its address, and the switches."""
        base = self.addresses.base
        listed = [
            {"url": base + entry.example, "what": entry.sentence} for entry in BEHAVIOURS.values()
        ]
        listed += [
            {"url": self.addresses.expired, "what": "TLS certificate ended yesterday"},
            {"url": self.addresses.self_signed, "what": "TLS certificate vouches for itself"},
            {"url": self.addresses.silent, "what": "accepts connections and says nothing"},
            {"url": self.addresses.black_hole, "what": "connecting never ends"},
            {"url": self.addresses.door, "what": "refuses after POST /targets/door?status=closed"},
        ]
        switches = {name: switch.status for name, switch in self.board.all().items()}
        return {"targets": listed, "switches": switches}

    async def _always_ok(self, request: Request) -> Response:
        await asyncio.sleep(0)
        return await ok(request, "", self.board)
