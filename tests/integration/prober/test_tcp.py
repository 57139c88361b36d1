"""The kind tcp: what is said and what is waited for."""

import asyncio
from typing import Any

import pytest

from functions.prober.observation import Observation
from functions.prober.probes.tcp import MAX_RECEIVED
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.certificates import HOST, authority, issued, showing, trusting
from tests.integration.prober.probing import names, probe
from tests.integration.prober.servers import Conversation, greeting, serving

ROOT = authority("Root")


def seen_of(greet: Any, assertions: tuple[Assertion, ...] = (), **block: Any) -> Observation:
    with greeting(greet) as site:
        check = {"kind": "tcp", "probe": block, "timeout_ms": 1000, "assertions": assertions}
        return probe(f"127.0.0.1:{site.port}", check=check)


async def redis(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if await reader.readline() == b"PING\r\n":
        for part in (b"+PO", b"NG\r\n"):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)
    await reader.read()


async def banner(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.shop.example ready\r\n")
    await writer.drain()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


def test_an_expected_answer_may_come_in_pieces() -> None:
    seen = seen_of(redis, send="PING\r\n", expect="+PONG")
    assert (seen.outcome, seen.error) == ("success", None)
    assert seen.timings is not None
    assert seen.timings.ttfb_ms is not None


def test_a_banner_comes_without_being_asked_for() -> None:
    assert seen_of(banner, expect="220 ").error is None


def test_another_answer_says_what_was_expected_and_what_came() -> None:
    seen = seen_of(banner, expect="+PONG")
    assert (seen.outcome, seen.error) == ("failure", "answer_mismatch")
    assert seen.detail == "expected '+PONG', came '220 mail.shop.example ready\\r\\n'"
    assert seen.body_sample == "220 mail.shop.example ready\n"


def test_whoever_says_nothing_is_a_timeout() -> None:
    seen = seen_of(silence, expect="+PONG")
    assert (seen.outcome, seen.error) == ("failure", "read_timeout")


def test_whoever_hangs_up_at_once_sent_nothing() -> None:
    async def hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    assert seen_of(hang_up, expect="+PONG").detail == "expected '+PONG', came nothing"


def test_a_flood_is_read_up_to_a_cap() -> None:
    seen = seen_of(flood, expect="+PONG")
    assert seen.error == "answer_mismatch"
    assert seen.body_sample is not None
    assert len(seen.body_sample) <= MAX_RECEIVED


def test_without_anything_to_wait_for_a_connection_is_enough() -> None:
    assert seen_of(silence).error is None
    assert seen_of(silence, send="hello").error is None


@pytest.mark.parametrize(("wanted", "code"), [("ready", None), ("closed", "assertion_failed")])
def test_what_comes_first_can_be_asserted(wanted: str, code: str | None) -> None:
    assertion = Assertion(source="body", operator="contains", value=wanted)
    assert seen_of(banner, (assertion,)).error == code


def test_the_conversation_may_be_within_tls() -> None:
    async def fine(conversation: Conversation) -> None:
        await conversation.answer()

    block = {"tls": True, "send": "GET / HTTP/1.0\r\n\r\n", "expect": "200 So"}
    check = {"kind": "tcp", "probe": block}
    with serving(fine, showing(issued(ROOT))) as site:
        target = f"{HOST}:{site.port}"
        seen = probe(target, check=check, resolver=names(), trust=trusting([ROOT]))
        other = probe(target, check=check, resolver=names())
    assert (seen.error, seen.tls_expires_at is not None) == (None, True)
    assert other.error == "tls_incomplete_chain"


@pytest.mark.parametrize("target", ["shop.example", "shop.example:0", "shop.example:99999", ":1"])
def test_a_target_that_is_no_place_is_the_monitors_fault(target: str) -> None:
    assert probe(target, check={"kind": "tcp"}).error == "request_invalid"
