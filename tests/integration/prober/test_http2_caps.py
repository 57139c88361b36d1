"""What a target can make the prober take in over HTTP/2: no more than over HTTP/1.1."""

import asyncio
import gzip
import struct
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import hpack
import pytest

from functions.prober.http.http1 import (
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    MAX_OVERHEAD_BYTES,
)
from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.probing import get
from tests.integration.prober.servers import greeting

DATA, HEADERS, SETTINGS, CONTINUATION = 0, 1, 4, 9
END_STREAM, END_HEADERS = 1, 4
FRAME = 16_384
# What the operating system may hold for a connection on top of what was read, both ways.
BUFFERED = 16_000_000
Say = Callable[[bytes], Awaitable[None]]
Flood = Callable[[Say], Awaitable[None]]


def frame(kind: int, payload: bytes = b"", flags: int = 0, stream: int = 1) -> bytes:
    """Write a frame as it goes over the wire."""
    return struct.pack("!I", len(payload) << 8 | kind) + struct.pack("!BI", flags, stream) + payload


def head(*pairs: tuple[str, str], flags: int = END_HEADERS) -> bytes:
    """Write the beginning of an answer."""
    return frame(HEADERS, hpack.Encoder().encode([(":status", "200"), *pairs]), flags)


async def endless_body(say: Say) -> None:
    await say(head())
    while True:  # beyond any window, for a hostile server keeps to none
        await say(frame(DATA, b"x" * FRAME))


async def empty_data(say: Say) -> None:
    await say(head())
    while True:
        await say(frame(DATA) * 1000)


async def padding_only(say: Say) -> None:
    await say(head())
    while True:
        await say(frame(DATA, bytes([255]) + b"\0" * 255, flags=8))


async def many_headers(say: Say) -> None:
    await say(head(*((f"x-{count}", "y") for count in range(MAX_HEADERS + 1)), flags=5))


async def large_headers(say: Say) -> None:
    pairs = ((f"x-{count}", "y" * 9_000) for count in range(10))
    block = hpack.Encoder().encode([(":status", "200"), *pairs], huffman=False)
    pieces = [block[start : start + FRAME] for start in range(0, len(block), FRAME)]
    await say(frame(HEADERS, pieces[0], END_STREAM))
    for piece in pieces[1:-1]:
        await say(frame(CONTINUATION, piece))
    await say(frame(CONTINUATION, pieces[-1], END_HEADERS))


async def packed_headers(say: Say) -> None:
    """One header of 3 KB that a single octet repeats: megabytes once they are unpacked."""
    encoder = hpack.Encoder()
    block = encoder.encode([(":status", "200"), ("x-bomb", "y" * 3000)])
    await say(frame(HEADERS, block + bytes([0x80 | 62]) * 10_000, END_HEADERS | END_STREAM))


async def endless_continuations(say: Say) -> None:
    await say(head(flags=0))
    while True:
        await say(frame(CONTINUATION, b""))


async def endless_interim_answers(say: Say) -> None:
    block = hpack.Encoder().encode([(":status", "103"), ("link", "x" * 200)])
    while True:
        await say(frame(HEADERS, block, END_HEADERS) * 50)


async def a_status_without_end(say: Say) -> None:
    block = hpack.Encoder().encode([(":status", "9" * 5000)])
    await say(frame(HEADERS, block, END_HEADERS | END_STREAM))


def measured(flood: Flood, **check: Any) -> tuple[Observation, int, int]:
    """Probe, and give what was seen, the bytes sent to us, and the most memory taken by it."""
    sent = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(data: bytes) -> None:
            nonlocal sent
            writer.write(data)
            await writer.drain()
            sent += len(data)

        await reader.read(1)
        await say(frame(SETTINGS, stream=0))
        await flood(say)
        await reader.read()

    with greeting(converse) as site:
        tracemalloc.start()
        try:
            seen = get(f"http://127.0.0.1:{site.port}/", options={"version": "2"}, check=check)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return seen, sent, most


@pytest.mark.parametrize(
    "flood",
    [
        empty_data,
        padding_only,
        many_headers,
        large_headers,
        packed_headers,
        endless_continuations,
        endless_interim_answers,
        a_status_without_end,
    ],
    ids=lambda each: each.__name__,
)
def test_what_breaks_a_limit_is_cut_off_and_told(flood: Flood) -> None:
    measured(flood)  # loads what is loaded once
    seen, sent, most = measured(flood)
    assert (seen.outcome, seen.error) == ("failure", "protocol_error")
    assert sent < MAX_BODY_BYTES + MAX_OVERHEAD_BYTES + BUFFERED, "the rest was never asked for"
    assert most < 2 * MAX_BODY_BYTES


def a_body(size: int, *pairs: tuple[str, str], byte: bytes = b"x") -> Flood:
    """Build a server that keeps to the windows of its peer."""

    packed = gzip.compress(byte * size) if pairs else byte * size

    async def answer(say: Say) -> None:
        await say(head(*pairs))
        for start in range(0, len(packed), FRAME):
            await say(frame(DATA, packed[start : start + FRAME]))
            await asyncio.sleep(0.002)  # our window is opened again after each frame
        await say(frame(DATA, flags=END_STREAM))

    return answer


def test_a_server_that_keeps_to_no_window_is_cut_off() -> None:
    seen, sent, most = measured(endless_body)
    assert seen.error in {None, "protocol_error"}, "whichever is met first, the cap or the window"
    assert sent < MAX_BODY_BYTES + BUFFERED
    assert most < 2 * MAX_BODY_BYTES


def test_a_body_is_read_up_to_the_cap() -> None:
    answer = a_body(3 * MAX_BODY_BYTES)
    seen, sent, most = measured(answer)
    assert (seen.error, seen.status_code, seen.http_version) == (None, 200, "2")
    assert sent < MAX_BODY_BYTES + BUFFERED
    assert most < 2 * MAX_BODY_BYTES


def test_a_bomb_is_unpacked_up_to_the_cap_only() -> None:
    about_the_body = Assertion(source="body", operator="not_contains", value="x")
    bomb = a_body(20 * MAX_BODY_BYTES, ("content-encoding", "gzip"), byte=b"\0")
    seen, _, most = measured(bomb, assertions=(about_the_body,))
    assert seen.error is None
    assert most < 4 * MAX_BODY_BYTES, "packed, unpacked and as text, each at most the cap"


def test_usual_amounts_of_headers_are_read() -> None:
    async def usual(say: Say) -> None:
        size = (MAX_HEADER_BYTES // 2) // (MAX_HEADERS // 2)
        pairs = ((f"x-{count}", "y" * size) for count in range(MAX_HEADERS // 2 - 1))
        block = hpack.Encoder().encode([(":status", "200"), *pairs])
        await say(frame(HEADERS, block[:FRAME], END_STREAM))
        await say(frame(CONTINUATION, block[FRAME:], END_HEADERS))

    assert measured(usual)[0].error is None
