"""HTTP/2: the same facts as over HTTP/1.1, the same limits, and a reason when it is not there."""

import asyncio
import struct
from typing import Any

import pytest

from functions.prober.http.http1 import MAX_OVERHEAD_BYTES
from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.certificates import HOST, authority, issued, showing, trusting
from tests.integration.prober.http2_servers import Handler, Stream, serving_http2
from tests.integration.prober.probing import get, names
from tests.integration.prober.servers import Conversation, greeting, serving

ROOT = authority("Root")
TRUST = trusting([ROOT])


async def fine(stream: Stream) -> None:
    await stream.answer(headers=[("server", "test"), ("x-version", "7")])


def seen_of(handler: Handler, path: str = "/", **rest: Any) -> tuple[Observation, list[Stream]]:
    options = {"version": "2", **rest.pop("options", {})}
    with serving_http2(handler, showing(issued(ROOT))) as (site, got):
        url = f"https://{HOST}:{site.port}{path}"
        return get(url, resolver=names(), trust=TRUST, options=options, **rest), got


def test_a_page_over_http2_is_seen_with_all_its_times() -> None:
    version = Assertion(source="header", operator="equals", path="X-Version", value="7")
    fields = {"headers": {"X-Team": "shop"}, "method": "POST", "body": "ä" * 20_000}
    seen, got = seen_of(fine, "/a?b", options=fields, check={"assertions": (version,)})
    assert (seen.outcome, seen.error, seen.status_code) == ("success", None, 200)
    assert seen.http_version == "2"
    assert seen.timings is not None
    assert None not in (seen.timings.tls_ms, seen.timings.ttfb_ms, seen.timings.connect_ms)
    headers = dict(got[0].headers)
    assert headers[":method"] == "POST"
    assert headers[":path"] == "/a?b"
    assert headers[":authority"].startswith(HOST)
    assert headers["x-team"] == "shop"
    assert "connection" not in headers
    assert "host" not in headers
    assert got[0].body.decode() == "ä" * 20_000


def test_a_failing_page_keeps_its_evidence() -> None:
    async def fail(stream: Stream) -> None:
        await stream.answer(503, b"no", [("retry-after", "30"), ("set-cookie", "a=1")])

    seen, _ = seen_of(fail)
    assert (seen.error, seen.body_sample) == ("status_mismatch", "no")
    assert seen.evidence is not None
    assert seen.evidence.headers == {"retry-after": "30"}


def test_redirects_are_followed() -> None:
    async def lead(stream: Stream) -> None:
        if dict(stream.headers)[":path"] == "/":
            await stream.answer(302, b"", [("location", "/next")])
        else:
            await stream.answer()

    seen, got = seen_of(lead)
    assert seen.error is None
    assert [dict(each.headers)[":path"] for each in got] == ["/", "/next"]


def test_a_plain_port_is_spoken_to_at_once() -> None:
    with serving_http2(fine) as (site, _):
        seen = get(f"http://127.0.0.1:{site.port}/", options={"version": "2"})
    assert (seen.error, seen.http_version) == (None, "2")


def test_a_server_without_http2_is_told() -> None:
    async def only_one(conversation: Conversation) -> None:
        await conversation.answer()

    for applications in ([], ["http/1.1"]):
        tls = showing(issued(ROOT))
        tls.set_alpn_protocols(applications)
        with serving(only_one, tls) as site:
            seen = get(site.url(host=HOST), resolver=names(), trust=TRUST, options={"version": "2"})
        assert (seen.outcome, seen.error) == ("failure", "http_version_mismatch")


def test_a_stream_that_is_reset_says_so() -> None:
    async def reset(stream: Stream) -> None:
        stream.machine.reset_stream(stream.number, error_code=11)
        await stream.send()

    seen, _ = seen_of(reset)
    assert seen.error == "read_error"
    assert seen.detail == "the server ended the stream: ENHANCE_YOUR_CALM"


def test_an_answer_that_never_comes_is_a_timeout() -> None:
    async def silent(_stream: Stream) -> None:
        await asyncio.sleep(0)

    seen, _ = seen_of(silent, check={"timeout_ms": 700})
    assert seen.error == "read_timeout"


def test_what_is_not_http2_is_a_protocol_error() -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    with greeting(other) as site:
        seen = get(f"http://127.0.0.1:{site.port}/", options={"version": "2"})
    assert seen.error == "protocol_error"


def frame(kind: int, payload: bytes, flags: int = 0, stream: int = 0) -> bytes:
    return struct.pack("!IBBI", len(payload) << 8 | kind, flags, 0, 0)[:5] + (
        struct.pack("!I", stream) + payload
    )


FLOODS = {
    "pings": frame(6, b"\0" * 8) * 1000,
    "settings": frame(4, b"") * 1000,
    "unknown frames": frame(200, b"x" * 16_000),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_frames_ends_at_a_cap(name: str) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.read(1)
        writer.write(frame(4, b""))
        while True:
            writer.write(FLOODS[name])
            await writer.drain()
            sent += len(FLOODS[name])

    with greeting(flood) as site:
        seen = get(f"http://127.0.0.1:{site.port}/", options={"version": "2"})
    assert seen.error in {"protocol_error", "read_error"}
    assert sent < 40 * MAX_OVERHEAD_BYTES
