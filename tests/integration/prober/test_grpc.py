"""The kind grpc: what a server's standard health service says."""

from typing import Any

import pytest

from functions.prober.observation import Observation
from functions.prober.probes.grpc import PREFIX, health, request
from tests.integration.prober.certificates import HOST, authority, issued, showing, trusting
from tests.integration.prober.http2_servers import Handler, Stream, serving_http2
from tests.integration.prober.probing import names, probe
from tests.integration.prober.servers import Conversation, serving

ROOT = authority("Root")
GRPC = [("content-type", "application/grpc")]


def answering(message: bytes | None, trailers: dict[str, str], status: int = 200) -> Handler:
    async def handle(stream: Stream) -> None:
        machine, number = stream.machine, stream.number
        if message is None:  # a call that fails at once has its trailers in its headers
            headers = [(":status", str(status)), *GRPC, *trailers.items()]
            machine.send_headers(number, headers, end_stream=True)
        else:
            machine.send_headers(number, [(":status", str(status)), *GRPC])
            machine.send_data(number, PREFIX.pack(0, len(message)) + message)
            machine.send_headers(number, list(trailers.items()), end_stream=True)
        await stream.send()

    return handle


SERVING = answering(b"\x08\x01", {"grpc-status": "0"})


def seen_of(handler: Handler, **block: Any) -> tuple[Observation, list[Stream]]:
    with serving_http2(handler) as (site, got):
        check = {"kind": "grpc", "probe": {"tls": False, **block}}
        return probe(f"127.0.0.1:{site.port}", check=check), got


def test_a_service_that_serves_is_a_success() -> None:
    seen, got = seen_of(SERVING, service="shop.Cart")
    assert (seen.outcome, seen.error, seen.http_version) == ("success", None, "2")
    headers = dict(got[0].headers)
    assert headers[":path"] == "/grpc.health.v1.Health/Check"
    assert headers["te"] == "trailers"
    assert headers["content-type"] == "application/grpc"
    assert bytes(got[0].body) == request("shop.Cart") == b"\0\0\0\0\x0b\x0a\x09shop.Cart"


@pytest.mark.parametrize(
    ("handler", "code", "detail"),
    [
        (
            answering(b"\x08\x02", {"grpc-status": "0"}),
            "grpc_not_serving",
            "expected SERVING, came NOT_SERVING",
        ),
        (
            answering(b"", {"grpc-status": "0"}),
            "grpc_not_serving",
            "expected SERVING, came UNKNOWN",
        ),
        (
            answering(None, {"grpc-status": "5", "grpc-message": "no%20such%20service"}),
            "grpc_error",
            "it does not know the service (NOT_FOUND): no such service",
        ),
        (
            answering(b"\x08\x01", {"grpc-status": "14"}),
            "grpc_error",
            "it is not available (UNAVAILABLE)",
        ),
        (answering(None, {}, status=404), "status_mismatch", "HTTP 404, expected 200 from gRPC"),
        (
            answering(None, {}),
            "protocol_error",
            "the answer has no grpc-status: this is no gRPC",
        ),
    ],
)
def test_each_other_answer_says_what_came(handler: Handler, code: str, detail: str) -> None:
    seen, _ = seen_of(handler)
    assert (seen.outcome, seen.error, seen.detail) == ("failure", code, detail)


@pytest.mark.parametrize("body", [b"\0", b"\x01\0\0\0\x02\x08\x01", b"\0\0\0\0\x02\x09\x01"])
def test_what_cannot_be_read_is_no_health(body: bytes) -> None:
    assert health(body) == "nothing readable"


def test_it_is_asked_over_tls_unless_told_otherwise() -> None:
    check = {"kind": "grpc"}
    with serving_http2(SERVING, showing(issued(ROOT))) as (site, _):
        target = f"{HOST}:{site.port}"
        seen = probe(target, check=check, resolver=names(), trust=trusting([ROOT]))
    assert (seen.error, seen.tls_expires_at is not None) == (None, True)


def test_a_server_without_http2_speaks_no_grpc() -> None:
    async def other(conversation: Conversation) -> None:
        await conversation.answer()

    tls = showing(issued(ROOT))
    tls.set_alpn_protocols(["http/1.1"])
    with serving(other, tls) as site:
        target = f"{HOST}:{site.port}"
        seen = probe(target, check={"kind": "grpc"}, resolver=names(), trust=trusting([ROOT]))
    assert seen.error == "http_version_mismatch"


def test_metadata_of_the_monitor_never_keeps_the_call_from_being_made() -> None:
    """HTTP/2 takes no blanks around a value, and of TE no other value than trailers."""
    seen, got = seen_of(SERVING, headers={"X-Team": " shop ", "TE": "gzip"})
    assert seen.error is None
    headers = dict(got[0].headers)
    assert (headers["x-team"], headers["te"]) == ("shop", "trailers")


def test_a_long_name_of_a_service_is_asked_for_whole() -> None:
    name = "ä" * 100
    seen, got = seen_of(SERVING, service=name)
    assert seen.error is None
    # Lengths from 128 on take two octets. Source: https://protobuf.dev/programming-guides/encoding/
    assert bytes(got[0].body)[5:] == b"\x0a\xc8\x01" + name.encode()
