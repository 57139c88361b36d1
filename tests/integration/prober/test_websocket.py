"""The kind websocket: the upgrade, and what is said after it."""

import asyncio
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.certificates import HOST, authority, issued, showing, trusting
from tests.integration.prober.probing import KeptSecrets, names, probe
from tests.integration.prober.servers import Greeting, greeting

ROOT = authority("Root")


def speaking(accept: Event, *first: Event, heard: list[Any] | None = None) -> Greeting:
    """Build a server that says this after the upgrade, and then repeats what it hears."""
    heard_here: list[Any] = [] if heard is None else heard

    def replies(event: Event) -> list[Event]:
        if isinstance(event, Request):
            return [accept, *(first if isinstance(accept, AcceptConnection) else ())]
        if isinstance(event, CloseConnection):
            return [event.response()]
        if isinstance(event, TextMessage):
            return [TextMessage(data=f"you said {event.data}")]
        return []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = WSConnection(ConnectionType.SERVER)
        while data := await reader.read(65_536):
            machine.receive_data(data)
            for event in machine.events():
                heard_here.append(event)
                writer.write(b"".join(machine.send(each) for each in replies(event)))
            await writer.drain()

    return converse


def seen_of(server: Greeting, check: dict[str, Any] | None = None, **block: Any) -> Observation:
    fields = {"kind": "websocket", "probe": block, "timeout_ms": 1500, **(check or {})}
    with greeting(server) as site:
        return probe(f"ws://127.0.0.1:{site.port}/feed?a=1", check=fields)


def test_an_upgrade_is_enough_when_nothing_is_expected() -> None:
    heard: list[Any] = []
    seen = seen_of(speaking(AcceptConnection(), heard=heard))
    assert (seen.outcome, seen.error, seen.status_code) == ("success", None, 101)
    assert seen.http_version == "1.1"
    assert (heard[0].target, heard[0].host.split(":")[0]) == ("/feed?a=1", "127.0.0.1")


def test_an_answer_to_what_was_sent_is_heard_behind_pings_and_other_messages() -> None:
    first = (TextMessage(data="welcome"), Ping(payload=b"there?"))
    heard: list[Any] = []
    server = speaking(AcceptConnection(), *first, heard=heard)
    seen = seen_of(server, send="hello", expect="you said hello")
    assert seen.error is None
    assert any(isinstance(each, Pong) and each.payload == b"there?" for each in heard)


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (RejectConnection(status_code=403), "HTTP 403, expected an upgrade (101)"),
        (RejectConnection(status_code=200), "HTTP 200, expected an upgrade (101)"),
    ],
)
def test_a_server_that_does_not_upgrade_says_what_came(answer: Event, came: str) -> None:
    seen = seen_of(speaking(answer))
    assert (seen.outcome, seen.error, seen.detail) == ("failure", "upgrade_refused", came)


def test_an_upgrade_that_does_not_prove_to_have_read_the_key_is_none() -> None:
    async def guess(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: AAAA\r\n\r\n"
        )
        await writer.drain()
        await reader.read()

    assert seen_of(guess).error == "upgrade_refused"


def test_another_answer_and_none_are_told_apart() -> None:
    closing = (TextMessage(data="sorry"), CloseConnection(code=1011))
    seen = seen_of(speaking(AcceptConnection(), *closing), expect="hello")
    assert (seen.error, seen.detail) == ("answer_mismatch", "expected 'hello', came 'sorry'")
    seen = seen_of(speaking(AcceptConnection()), expect="hello")
    assert seen.error == "read_timeout"


def test_a_flood_of_messages_ends_at_a_cap() -> None:
    flood = [TextMessage(data="x" * 60_000) for _ in range(40)]
    assert seen_of(speaking(AcceptConnection(), *flood), expect="hello").error == "answer_mismatch"


def test_what_is_not_websocket_is_a_protocol_error() -> None:
    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = WSConnection(ConnectionType.SERVER)
        machine.receive_data(await reader.readuntil(b"\r\n\r\n"))
        assert list(machine.events())
        writer.write(machine.send(AcceptConnection()) + b"\xff\xff\xff\xff")
        await writer.drain()
        await reader.read()

    assert seen_of(odd, expect="hello").error == "protocol_error"


def test_messages_can_be_asserted_as_json() -> None:
    ready = Assertion(source="json", path="$.ready", operator="equals", value=True)
    for text, code in (('{"ready": true}', None), ('{"ready": 1}', "assertion_failed")):
        server = speaking(AcceptConnection(), TextMessage(data=text))
        assert seen_of(server, check={"assertions": (ready,)}).error == code


def test_credentials_subprotocol_and_tls_are_the_monitors() -> None:
    heard: list[Any] = []
    server = speaking(AcceptConnection(subprotocol="chat"), heard=heard)
    block = {"subprotocol": "chat", "auth": {"kind": "bearer"}, "headers": {"X-Team": "shop"}}
    with greeting(server, showing(issued(ROOT))) as site:
        seen = probe(
            f"wss://{HOST}:{site.port}/",
            check={"kind": "websocket", "probe": block, "secret_fields": ("auth.token",)},
            secrets=KeptSecrets({"mon_1": {"auth.token": "canary"}}),
            resolver=names(),
            trust=trusting([ROOT]),
        )
    assert (seen.error, seen.tls_expires_at is not None) == (None, True)
    headers = {name.lower(): value for name, value in heard[0].extra_headers}
    assert headers[b"authorization"] == b"Bearer canary"
    assert headers[b"x-team"] == b"shop"
    assert heard[0].subprotocols == ["chat"]


def test_a_private_place_is_refused_as_for_any_kind() -> None:
    seen = probe("ws://10.0.0.1/", check={"kind": "websocket"}, allow_private=False)
    assert seen.error == "target_forbidden"
    assert probe("http://a.example/", check={"kind": "websocket"}).error == "request_invalid"
