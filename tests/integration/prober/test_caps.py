"""What a target can make the prober take in: little, however much it sends."""

import asyncio
import gzip
import socket
import tracemalloc
from typing import Any

import pytest

from functions.prober.http.http1 import MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_HEADERS
from functions.prober.net.connection import CHUNK, Connection
from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.probing import get
from tests.integration.prober.servers import Conversation, Handler, serving

BLOCK = b"x" * 65_536
PACKED = gzip.compress(b"\0" * 50_000_000)
# What the operating system may hold for a connection on top of what was read, both ways.
BUFFERED = 16_000_000


async def huge_body(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        await conversation.say(BLOCK)


async def endless_chunks(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await conversation.say(b"10000\r\n" + BLOCK + b"\r\n")


async def endless_small_chunks(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await conversation.say(b"1\r\nx\r\n" * 10_000)


async def one_endless_chunk_size(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await conversation.say(b"0" * 65_536)


async def bomb(conversation: Conversation) -> None:
    await conversation.answer(200, PACKED, [("Content-Encoding", "gzip")])


async def many_headers(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\n")
    for count in range(1_000_000):
        await conversation.say(f"X-{count}: {'y' * 100}\r\n".encode())


async def one_long_header(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await conversation.say(BLOCK)


async def no_end_of_the_status(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 ")
    while True:
        await conversation.say(BLOCK)


async def endless_interim_answers(conversation: Conversation) -> None:
    while True:
        await conversation.say(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)


def measured(handler: Handler, **check: Any) -> tuple[Observation, int, int]:
    """Probe, and give what was seen, the bytes sent to us, and the most memory taken by it."""
    with serving(handler) as site:
        tracemalloc.start()
        try:
            seen = get(site.url(), check=check)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return seen, site.sent, most


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (huge_body, None),
        (endless_chunks, None),
        (endless_small_chunks, None),
        (one_endless_chunk_size, "protocol_error"),
        (bomb, None),
        (many_headers, "protocol_error"),
        (one_long_header, "protocol_error"),
        (no_end_of_the_status, "protocol_error"),
        (endless_interim_answers, "protocol_error"),
    ],
    ids=lambda each: each.__name__ if callable(each) else str(each),
)
def test_a_flood_is_cut_off_and_takes_less_memory_than_twice_the_cap(
    handler: Handler, code: str | None
) -> None:
    seen, sent, most = measured(handler)
    assert seen.error == code
    assert sent < 2 * MAX_BODY_BYTES + BUFFERED, "the rest was never asked for"
    assert most < 2 * MAX_BODY_BYTES


def test_a_bomb_is_unpacked_up_to_the_cap_only() -> None:
    about_the_body = Assertion(source="body", operator="not_contains", value="x")
    seen, _, most = measured(bomb, assertions=(about_the_body,))
    assert seen.error is None
    assert most < 4 * MAX_BODY_BYTES, "packed, unpacked and as text, each at most the cap"


@pytest.mark.parametrize(("beyond", "holds"), [(0, True), (1, False)])
def test_assertions_see_a_megabyte_and_no_more(beyond: int, *, holds: bool) -> None:
    async def handle(conversation: Conversation) -> None:
        body = b"x" * (MAX_BODY_BYTES - len(b"end") + beyond) + b"end"
        await conversation.answer(200, body)

    with serving(handle) as site:
        ends = Assertion(source="body", operator="contains", value="end")
        seen = get(site.url(), check={"assertions": (ends,)})
    assert seen.error == (None if holds else "assertion_failed")


def test_usual_amounts_of_headers_are_read() -> None:
    async def handle(conversation: Conversation) -> None:
        await conversation.answer(headers=[("X-Long", "y" * (MAX_HEADER_BYTES - 1000))])

    with serving(handle) as site:
        assert get(site.url()).error is None


@pytest.mark.parametrize(("beyond", "code"), [(0, None), (1, "protocol_error")])
def test_headers_are_counted(beyond: int, code: str | None) -> None:
    async def handle(conversation: Conversation) -> None:
        others = MAX_HEADERS - 1 + beyond  # beside that of the length
        await conversation.answer(headers=[("X", "y")] * others)

    with serving(handle) as site:
        assert get(site.url()).error == code


def test_a_sample_is_short() -> None:
    async def handle(conversation: Conversation) -> None:
        await conversation.answer(500, "ä".encode() * 100_000)

    with serving(handle) as site:
        sample = get(site.url()).body_sample
    assert sample is not None
    assert set(sample) == {"ä"}
    assert len(sample) == 2048


def test_a_flood_does_not_starve_the_other_probes() -> None:
    """Whoever always has something to read still lets others have their turn after each chunk."""

    async def read_beside(flooded: Connection, chunks: int) -> int:
        turns = 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count_turns())
        for _ in range(chunks):
            await flooded.receive()
        counting.cancel()
        return turns

    near, far = socket.socketpair()
    near.setblocking(False)
    with far, Connection(near, ("", 0)) as flooded:
        far.sendall(b"x" * 5 * CHUNK)
        assert asyncio.run(read_beside(flooded, 5)) >= 4
