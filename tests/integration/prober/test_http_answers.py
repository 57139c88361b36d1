"""What an answer is worth: status, assertions, encodings, and answers that are none."""

import asyncio
import gzip
import zlib
from typing import Any

import pytest

from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.probing import get
from tests.integration.prober.servers import Conversation, Handler, Headers, greeting, serving


def answering(status: int = 200, body: bytes = b"fine", headers: Headers = ()) -> Handler:
    async def handle(conversation: Conversation) -> None:
        await conversation.answer(status, body, headers)

    return handle


def saying(*data: bytes) -> Handler:
    """Send these bytes as the answer, and hang up."""

    async def handle(conversation: Conversation) -> None:
        for each in data:
            await conversation.say(each)
            await asyncio.sleep(0.01)

    return handle


def seen_of(handler: Handler, *assertions: Assertion, **options: Any) -> Observation:
    with serving(handler) as site:
        return get(site.url(), options=options, check={"assertions": assertions})


def body(operator: str, value: str) -> Assertion:
    return Assertion(source="body", operator=operator, value=value)


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        (200, ["200-299"], None),
        (299, ["200-299"], None),
        (300, ["200-299"], "status_mismatch"),
        (404, ["200", "404"], None),
        (503, ["200-299", "500-502"], "status_mismatch"),
        (503, ["503"], None),
        (999, ["200"], "status_mismatch"),
    ],
)
def test_the_status_is_compared_with_the_expected_ranges(
    status: int, expected: list[str], code: str | None
) -> None:
    seen = seen_of(answering(status), expected_status=expected)
    assert (seen.error, seen.status_code) == (code, status)


def test_an_unexpected_status_says_what_came_and_shows_a_sample() -> None:
    seen = seen_of(answering(503, b"down for lunch"))
    assert seen.detail == "HTTP 503, expected 200-299"
    assert seen.body_sample == "down for lunch"
    assert (seen.outcome, seen.timings is not None) == ("failure", True)


def test_a_success_keeps_nothing_of_the_answer() -> None:
    seen = seen_of(answering())
    assert (seen.detail, seen.body_sample) == (None, None)


@pytest.mark.parametrize(
    ("assertion", "holds"),
    [
        (body("contains", "in"), True),
        (body("contains", "nothing"), False),
        (body("not_contains", "error"), True),
        (body("not_contains", "fine"), False),
        (body("equals", "fine"), True),
        (Assertion(source="status", operator="less_than", value=201), True),
        (Assertion(source="status", operator="greater_than", value=200), False),
        (Assertion(source="header", path="X-Version", operator="equals", value="7"), True),
        (Assertion(source="header", path="x-version", operator="contains", value="8"), False),
        (Assertion(source="header", path="X-None", operator="equals", value="7"), False),
        (Assertion(source="header", path="X-None", operator="not_contains", value="7"), True),
        (Assertion(source="latency_ms", operator="greater_than", value=0), True),
        (Assertion(source="latency_ms", operator="less_than", value=0), False),
    ],
)
def test_assertions_decide_over_an_answer_of_the_right_status(
    assertion: Assertion, *, holds: bool
) -> None:
    seen = seen_of(answering(headers=[("X-Version", "7")]), assertion)
    assert seen.error == (None if holds else "assertion_failed")


def test_every_assertion_that_does_not_hold_is_told() -> None:
    seen = seen_of(answering(), body("contains", "in"), body("contains", "a"), body("equals", "b"))
    assert seen.detail == (
        "body should contain 'a', but does not; body should equal 'b', but does not"
    )


def test_headers_of_one_name_are_joined() -> None:
    wanted = Assertion(source="header", path="Via", operator="equals", value="a, b")
    assert seen_of(answering(headers=[("Via", "a"), ("via", "b")]), wanted).error is None


def test_a_header_in_utf8_is_read_as_such() -> None:
    wanted = Assertion(source="header", path="x-city", operator="equals", value="Köln")
    raw = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-City: Köln\r\n\r\n"
    assert seen_of(saying(raw.encode()), wanted).error is None
    assert seen_of(saying(raw.encode("latin-1")), wanted).error is None


@pytest.mark.parametrize(
    ("charset", "sent"),
    [
        ("text/html; charset=utf-8", "grün".encode()),
        ("text/html", "grün".encode()),
        ("text/html; charset=ISO-8859-1", "grün".encode("latin-1")),
        ('text/html; charset="windows-1252"', "grün".encode("cp1252")),
        ("text/html; charset=utf-16", "grün".encode("utf-16")),
        ("text/html; charset=no-such-thing", "grün".encode()),
        ("text/html; charset=punycode", "grün".encode()),
        ("text/html; charset=undefined", "grün".encode()),
        ("text/html; charset=hex", "grün".encode()),
    ],
)
def test_a_body_is_read_in_its_charset_or_else_as_utf8(charset: str, sent: bytes) -> None:
    handler = answering(body=sent, headers=[("Content-Type", charset)])
    assert seen_of(handler, body("equals", "grün")).error is None


def test_bytes_that_are_no_text_are_no_reason_to_fail() -> None:
    assert seen_of(answering(body=b"\xff\xfe ok \x00"), body("contains", "ok")).error is None


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"all is well")),
        ("X-GZIP", gzip.compress(b"all is well")),
        ("deflate", zlib.compress(b"all is well")),
        ("identity", b"all is well"),
    ],
    ids=["gzip", "x-gzip", "deflate", "identity"],
)
def test_a_body_that_was_packed_unasked_is_unpacked(encoding: str, packed: bytes) -> None:
    handler = answering(body=packed, headers=[("Content-Encoding", encoding)])
    assert seen_of(handler, body("equals", "all is well")).error is None


def test_what_only_pretends_to_be_packed_is_read_as_it_is() -> None:
    handler = answering(body=b"all is well", headers=[("Content-Encoding", "gzip")])
    assert seen_of(handler, body("equals", "all is well")).error is None


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_never_has_a_body_ends_with_its_headers(status: int) -> None:
    async def handle(conversation: Conversation) -> None:
        await conversation.say(f"HTTP/1.1 {status} So\r\nContent-Length: 5\r\n\r\n".encode())
        await conversation.keep_silent()

    assert seen_of(handle, expected_status=["200-399"]).status_code == status


def test_an_answer_to_head_ends_with_its_headers_even_if_a_body_follows() -> None:
    async def handle(conversation: Conversation) -> None:
        await conversation.answer(body=b"a body that does not belong here")
        await conversation.keep_silent()

    assert seen_of(handle, method="HEAD").error is None


def test_an_answer_that_only_hanging_up_ends_is_complete() -> None:
    handler = saying(b"HTTP/1.0 200 OK\r\n\r\nall ", b"is well")
    assert seen_of(handler, body("equals", "all is well")).error is None


def test_chunks_are_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    handler = saying(head, b"4\r\nall \r\n", b"7;x=y\r\nis well\r\n0\r\nX-Trail: 1\r\n\r\n")
    assert seen_of(handler, body("equals", "all is well")).error is None


def test_an_answer_before_the_request_was_read_counts() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    with greeting(refuse) as site:
        block = {"method": "POST", "body": "x" * 10_000, "expected_status": ["413"]}
        assert get(f"http://127.0.0.1:{site.port}/", options=block).error is None


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ([b""], "read_error"),
        ([b"HTTP/1.1 200 OK\r\n"], "read_error"),
        ([b"HTTP/1.1 200 OK\r\nContent-Len"], "read_error"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"], "read_error"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"], "read_error"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"], "read_error"),
        ([b"SSH-2.0-OpenSSH_9.6\r\n"], "protocol_error"),
        ([b"220 mail.example ESMTP\r\n"], "protocol_error"),
        ([b"+PONG"], "protocol_error"),
        ([b"\x15\x03\x01\x00\x02\x02\x46"], "protocol_error"),
        ([b"HTTP/2 200\r\n\r\n"], "protocol_error"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n"], "protocol_error"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"], "protocol_error"),
        ([b"HTTP/1.1 200 OK\r\nA header without a colon\r\n\r\n"], "protocol_error"),
    ],
)
def test_an_answer_that_is_none_or_only_half_of_one_is_a_failure(
    sent: list[bytes], code: str
) -> None:
    seen = seen_of(saying(*sent))
    assert (seen.outcome, seen.error) == ("failure", code)
    assert seen.detail is not None
    assert "\r" not in seen.detail


def test_an_answer_torn_off_is_a_failure() -> None:
    async def tear(conversation: Conversation) -> None:
        await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        conversation.writer.transport.abort()

    assert seen_of(tear).error == "read_error"


def test_a_slow_success_is_degraded_and_a_quick_one_is_not() -> None:
    with serving(answering()) as site:
        assert get(site.url(), check={"degraded_after_ms": 0}).degraded
        assert not get(site.url(), check={"degraded_after_ms": 60_000}).degraded


def test_each_phase_has_a_time_and_they_add_up() -> None:
    async def think(conversation: Conversation) -> None:
        await asyncio.sleep(0.05)
        await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
        await asyncio.sleep(0.05)
        await conversation.say(b"fine")

    timings = seen_of(think).timings
    assert timings is not None
    dns, connect, tls = timings.dns_ms, timings.connect_ms, timings.tls_ms
    ttfb, total = timings.ttfb_ms, timings.total_ms
    assert (tls, None not in (dns, connect, ttfb, total)) == (None, True)
    assert ttfb is not None
    assert total is not None
    assert ttfb >= 50, "the first byte came 50 ms after the request"
    assert total >= max(100, ttfb), "and the last one after another 50 ms of the server's"
    assert (dns or 0) + (connect or 0) <= ttfb
