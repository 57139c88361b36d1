"""The deadline of a probe is kept whatever the target does."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable

import pytest

from functions.prober.net.connection import Connection
from functions.prober.observation import Observation
from tests.integration.prober.certificates import HOST, authority, issued, showing, trusting
from tests.integration.prober.probing import HERE, get, names, probe
from tests.integration.prober.servers import Conversation, Handler, greeting, serving

BRIEF_MS = 300
BRIEF = {"timeout_ms": BRIEF_MS}


def ended_by_the_deadline(seen: Observation, code: str) -> bool:
    """Return whether the probe used up its time, and no other end came first."""
    assert (seen.outcome, seen.error) == ("failure", code), seen
    assert seen.latency_ms is not None
    return seen.latency_ms >= BRIEF_MS


async def silence(conversation: Conversation) -> None:
    await conversation.keep_silent()


async def drip_headers(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\n")
    for count in range(10_000):
        await conversation.say(f"X-{count}: drip\r\n".encode())
        await asyncio.sleep(0.01)


async def drip_one_header(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(10_000):
        await conversation.say(b"x")
        await asyncio.sleep(0.01)


async def drip_body(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(10_000):
        await conversation.say(b"x")
        await asyncio.sleep(0.01)


async def drip_chunks(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        await conversation.say(b"1\r\nx\r\n")
        await asyncio.sleep(0.01)


async def drip_interim_answers(conversation: Conversation) -> None:
    for _ in range(10_000):
        await conversation.say(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(0.01)


async def half_a_body(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    await conversation.keep_silent()


async def redirects_after_redirects(conversation: Conversation) -> None:
    await asyncio.sleep(0.1)
    await conversation.redirect(f"/{conversation.site.connections}")


MISBEHAVING = [
    silence,
    drip_headers,
    drip_one_header,
    drip_body,
    drip_chunks,
    drip_interim_answers,
    half_a_body,
    redirects_after_redirects,
]


@pytest.mark.parametrize("handler", MISBEHAVING, ids=lambda handler: handler.__name__)
def test_an_answer_without_end_ends_at_the_deadline(handler: Handler) -> None:
    with serving(handler) as site:
        seen = get(site.url(), check=BRIEF)
    assert ended_by_the_deadline(seen, "read_timeout")


@pytest.mark.parametrize("handler", [silence, drip_body], ids=lambda handler: handler.__name__)
def test_the_deadline_holds_inside_tls_too(handler: Handler) -> None:
    root = authority("Root")
    with serving(handler, showing(issued(root))) as site:
        seen = get(site.url(host=HOST), resolver=names(), trust=trusting([root]), check=BRIEF)
    assert ended_by_the_deadline(seen, "read_timeout")
    assert seen.timings is not None
    assert seen.timings.tls_ms is not None


def test_a_server_that_never_shakes_hands_is_a_timeout_of_tls() -> None:
    async def accept(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await asyncio.sleep(60)

    with greeting(accept) as site:
        seen = get(f"https://127.0.0.1:{site.port}/", check=BRIEF)
    assert ended_by_the_deadline(seen, "tls_timeout")


async def black_hole(_address: str, _port: int) -> Connection:
    await asyncio.Event().wait()
    raise AssertionError("nothing comes out of a black hole")


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_a_black_hole_is_a_timeout_of_connecting(kind: str) -> None:
    target = "http://shop.example/" if kind == "http" else "shop.example:80"
    check = {"kind": kind, **BRIEF}
    seen = probe(target, check=check, resolver=names(), dial=black_hole)
    assert ended_by_the_deadline(seen, "connect_timeout")
    assert seen.remote_address == HERE
    assert seen.timings is not None
    assert (seen.timings.connect_ms or 0) > 0
    assert seen.timings.ttfb_ms is None


def test_a_silent_name_server_is_a_timeout_of_names() -> None:
    released = threading.Event()

    def never(_host: str, _port: int) -> list[str]:
        released.wait(60)
        return []

    seen = get("http://shop.example/", resolver=never, check=BRIEF, afterwards=released.set)
    assert ended_by_the_deadline(seen, "dns_timeout")
    assert seen.remote_address is None


def test_a_refused_certificate_stays_the_reason_when_a_closer_look_hangs() -> None:
    """The second handshake, which only reads the certificate, never changes the verdict."""
    stranger = showing(issued(authority("Stranger")))
    hang = _after_the_first_connection(stranger)
    with greeting(hang) as site:
        seen = get(f"https://{HOST}:{site.port}/", resolver=names(), check=BRIEF)
    assert (seen.outcome, seen.error) == ("failure", "tls_untrusted")
    assert seen.tls_expires_at is None


def _after_the_first_connection(
    tls: ssl.SSLContext,
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Shake hands once, and keep silent from then on."""
    connections = 0

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            await writer.start_tls(tls)
        else:
            await reader.read()
            await asyncio.sleep(60)

    return greet
