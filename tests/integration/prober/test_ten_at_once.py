"""Ten hostile targets at once: together they take less than twice ten times the cap of a body."""

import asyncio
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from functions.prober.attempt import attempt
from functions.prober.control_targets import ControlTargets
from functions.prober.http.http1 import MAX_BODY_BYTES
from functions.prober.observation import Observation
from functions.prober.probes.registry import PROBES
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.probing import a_check, a_context
from tests.integration.prober.servers import Conversation, Handler, serving

AT_ONCE = 10
PIECE = 16_384
SIZE = MAX_BODY_BYTES - 100


def filled(begin: str, again: str, end: str) -> bytes:
    """Write a text as long as the cap allows, with the same thing in it again and again."""
    count = (SIZE - len(begin.encode()) - len(end.encode())) // len(again.encode())
    return (begin + again * count + end).encode()


NUMBER = "9" * 4000
# JSON that takes many times its own size in memory, or nearly so.
BODIES: Mapping[str, Callable[[], bytes]] = {
    "objects": lambda: filled('{"a":[', '{"":0},', "0]}"),
    "lists": lambda: filled('{"a":[', "[],", "0]}"),
    "objects in objects": lambda: filled('{"a":[', '{"":' * 500 + "0" + "}" * 500 + ",", "0]}"),
    "lists without end": lambda: b"[" * SIZE,
    "objects without end": lambda: b'{"a":' * (SIZE // 5),
    "members": lambda: (
        "{" + ",".join(f'"{each:x}":{each}' for each in range(SIZE // 18)) + "}"
    ).encode()[:SIZE],
    "numbers": lambda: filled('{"a":[', "300,", "0]}"),
    "fractions": lambda: filled('{"a":[', "0.1,", "0]}"),
    "huge numbers": lambda: filled('{"a":[', f"{NUMBER},", "0]}"),
    "one number": lambda: b"9" * SIZE,
    "short texts": lambda: filled('{"a":["', 'äö","', '"]}'),
    "one wide text": lambda: filled('{"a":"😀', "x", '"}'),
    "escapes": lambda: filled('{"a":"', r"\ud83d\ude00", '"}'),
    "control characters": lambda: filled('{"a":"', r"\u0001", '"}'),
}
# Assertions of which none holds, so that each wants to quote what came.
PATHS = ("$", "$.a", "$.a[*]", "$.a[0]", "$[*]")
ASSERTIONS = (
    *(Assertion(source="json", operator="equals", path=path, value="ok") for path in PATHS),
    Assertion(source="json", operator="matches", path="$.a", value="ok$"),
)


def answering(body: bytes) -> Handler:
    """Answer in pieces, so that the server does not hold a body for each connection."""

    async def answer(conversation: Conversation) -> None:
        length = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        await conversation.say(length.encode())
        for start in range(0, len(body), PIECE):
            await conversation.say(body[start : start + PIECE])

    return answer


def seen_at_once(handler: Handler, **check: Any) -> tuple[list[Observation], int]:
    """Probe a target ten times at once; give what was seen, and the most memory taken by it."""
    with ExitStack() as held:
        site = held.enter_context(serving(handler))
        context = held.enter_context(a_context())
        control = ControlTargets((), context.connector)

        async def probe_all(count: int) -> list[Observation]:
            asked = a_check(site.url(), **check)
            attempts = (attempt(asked, PROBES, context, control) for _ in range(count))
            return list(await asyncio.gather(*attempts))

        asyncio.run(probe_all(1))  # loads what is loaded once
        tracemalloc.start()
        try:
            seen = asyncio.run(probe_all(AT_ONCE))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return seen, most


@pytest.mark.parametrize("name", BODIES)
def test_ten_hostile_bodies_stay_below_twice_the_cap_though_assertions_read_them(name: str) -> None:
    seen, most = seen_at_once(answering(BODIES[name]()), assertions=ASSERTIONS, timeout_ms=120_000)
    assert {each.error for each in seen} == {"assertion_failed"}
    assert most < 2 * AT_ONCE * MAX_BODY_BYTES
