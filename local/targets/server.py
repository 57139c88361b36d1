"""All targets and receivers of one mesh, on fixed ports, in the launcher's event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.http_server import HttpServer, Request, Response, bound_socket
from local.loopback import BINDING_ADDRESS, LoopbackRule
from local.targets.behaviours import BEHAVIOURS, as_json, ok, plain, set_switch
from local.targets.certificates import (
    ending_context,
    expired_context,
    make_authority,
    self_signed_context,
)
from local.targets.echo import echo_server
from local.targets.health import HealthServer
from local.targets.name_server import NameServer
from local.targets.raw_ports import BlackHole, Door, silent_server
from local.targets.receivers import Inboxes
from local.targets.switchboard import Switchboard

PORT_NAMES = (
    "targets",
    "expired",
    "ending",
    "self_signed",
    "silent",
    "black_hole",
    "door",
    "name_server",
    "websocket",
    "grpc",
)


@dataclass(frozen=True)
class TargetAddresses:
    """Where the targets answer."""

    base: str
    expired: str
    ending: str
    self_signed: str
    silent: str
    black_hole: str
    door: str
    name_server: str
    websocket: str
    grpc: str

    @classmethod
    def of(cls, ports: dict[str, int]) -> "TargetAddresses":
        """Build the addresses from the port numbers."""

        def at(scheme: str, name: str) -> str:
            return f"{scheme}://{place(name)}"

        def place(name: str) -> str:
            return f"{BINDING_ADDRESS}:{ports[name]}"

        return cls(
            base=at("http", "targets"),
            expired=at("https", "expired"),
            ending=at("https", "ending"),
            self_signed=at("https", "self_signed"),
            silent=at("http", "silent"),
            black_hole=at("http", "black_hole"),
            door=at("http", "door"),
            name_server=place("name_server"),
            websocket=at("ws", "websocket"),
            grpc=place("grpc"),
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
        secured = await self._start_secured()
        silent = await silent_server(self._ports["silent"])
        swallowing = BlackHole(self._ports["black_hole"])
        self._door = Door(self._ports["door"])
        await self._door.open()
        names = NameServer(self._ports["name_server"])
        health = HealthServer(self._ports["grpc"], self.board)
        for each in (names, health):
            await each.start()
        echo = await echo_server(self._ports["websocket"])
        self._closing = [each.close for each in (main, *secured)]
        self._closing += [silent.close, swallowing.close, names.close, health.close, echo.close]
        self._closing.append(self._door.release)

    async def _start_secured(self) -> list[HttpServer]:
        """Listen where certificates are wrong."""
        authority = make_authority(self._folder)
        contexts = {
            "expired": expired_context(self._folder, authority),
            "ending": ending_context(self._folder, authority),
            "self_signed": self_signed_context(self._folder),
        }
        servers = []
        for name, context in contexts.items():
            server = HttpServer(self._always_ok)
            await server.start(bound_socket(self._ports[name]), context)
            servers.append(server)
        return servers

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
        others = {
            self.addresses.expired: "TLS certificate ended yesterday",
            self.addresses.ending: "TLS certificate ends in five days; nobody trusts its issuer",
            self.addresses.self_signed: "TLS certificate vouches for itself",
            self.addresses.silent: "accepts connections and says nothing",
            self.addresses.black_hole: "connecting never ends",
            self.addresses.door: "refuses after POST /targets/door?status=closed",
            self.addresses.name_server: "a name server: knows shop.example and www.shop.example, "
            "fails for broken.example, says nothing about silent.example",
            self.addresses.websocket: "a WebSocket that sends back what it is told",
            self.addresses.grpc: "gRPC without TLS: its services are switches, "
            "POST /targets/switch/grpc?status=down is for the whole server",
        }
        listed += [{"url": url, "what": what} for url, what in others.items()]
        switches = {name: switch.status for name, switch in self.board.all().items()}
        return {"targets": listed, "switches": switches}

    async def _always_ok(self, request: Request) -> Response:
        await asyncio.sleep(0)
        return await ok(request, "", self.board)
