"""What a failure leaves behind for those who have to find its cause."""

import asyncio
import socket
from typing import Any

import pytest

from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.certificates import HOST, authority, issued, showing, trusting
from tests.integration.prober.probing import HERE, get, names
from tests.integration.prober.servers import Conversation, greeting, serving

ROOT = authority("Root")


def diagnosis(seen: Observation) -> str:
    assert seen.evidence is not None
    assert seen.evidence.diagnosis is not None
    return seen.evidence.diagnosis


async def failing(conversation: Conversation) -> None:
    headers = [("Server", "nginx"), ("Retry-After", "60"), ("Set-Cookie", "sid=1"), ("X-Own", "x")]
    await conversation.answer(503, b"down", headers)


def test_a_failing_page_shows_where_it_was_found_and_its_harmless_headers() -> None:
    with serving(failing) as site:
        seen = get(site.url(host="shop.example"), resolver=names(shop=[HERE, "127.0.0.2"]))
    assert seen.evidence is not None
    assert seen.evidence.addresses == (HERE, "127.0.0.2")
    assert seen.evidence.headers == {
        "content-length": "4",
        "retry-after": "60",
        "server": "nginx",
    }
    assert seen.evidence.redirects == ()
    assert (seen.http_version, seen.body_sample) == ("1.1", "down")
    assert "what the service answers is the trouble" in diagnosis(seen)
    assert diagnosis(seen).startswith("DNS and TCP work well, and")


def test_a_chain_of_redirects_is_shown_step_by_step() -> None:
    async def lead(conversation: Conversation) -> None:
        steps = {"/": "/a?token=1", "/a?token=1": "/b"}
        where = steps.get(conversation.asked.path)
        await (conversation.redirect(where) if where else conversation.answer(500))

    with serving(lead) as site:
        seen = get(site.url())
    assert seen.evidence is not None
    assert seen.evidence.redirects == (site.url(), site.url("/a?token=1"), site.url("/b"))


def test_a_success_leaves_nothing_behind() -> None:
    async def fine(conversation: Conversation) -> None:
        await conversation.answer()

    with serving(fine) as site:
        seen = get(site.url())
    assert (seen.evidence, seen.certificate, seen.body_sample) == (None, None, None)


def test_headers_of_a_hostile_target_are_short_and_cannot_steer_a_terminal() -> None:
    async def hostile(conversation: Conversation) -> None:
        await conversation.answer(500, b"", [("Server", "\x1b[31m" + "x" * 10_000)])

    with serving(hostile) as site:
        seen = get(site.url())
    if seen.error == "status_mismatch":
        assert seen.evidence is not None
        assert "\x1b" not in seen.evidence.headers["server"]
        assert len(seen.evidence.headers["server"]) <= 300
    else:
        assert seen.error == "protocol_error"


def test_a_refused_connection_is_a_matter_of_tcp() -> None:
    with socket.socket() as reserved:
        reserved.bind((HERE, 0))
        port = reserved.getsockname()[1]
        seen = get(f"http://shop.example:{port}/", resolver=names())
    assert seen.error == "connect_refused"
    assert diagnosis(seen) == (
        f"The name resolves to {HERE}, but TCP does not connect to {HERE} from this region: "
        "host, firewall or network is the trouble."
    )


def test_silence_after_the_connection_is_the_services_fault() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    with greeting(silent) as site:
        seen = get(f"http://{HERE}:{site.port}/", check={"timeout_ms": 600})
    assert seen.error == "read_timeout"
    assert diagnosis(seen) == (
        "TCP works well, but no byte of an answer came: the service behind the port is the trouble."
    )


def test_a_bad_certificate_is_named_as_the_trouble() -> None:
    async def fine(conversation: Conversation) -> None:
        await conversation.answer()

    with serving(fine, showing(issued(ROOT, "other.example"))) as site:
        seen = get(site.url(host=HOST), resolver=names(), trust=trusting([ROOT]))
    assert seen.error == "tls_hostname_mismatch"
    assert "the certificate is the trouble (for other.example, from Root, good" in diagnosis(seen)
    assert seen.certificate is not None
    assert seen.certificate.names == ("other.example",)


@pytest.mark.parametrize(
    ("limit", "degraded", "told"),
    [(1, True, "it took "), (20_000, False, None), (None, False, None)],
)
def test_a_slow_success_is_degraded_and_says_why(
    limit: int | None, *, degraded: bool, told: str | None
) -> None:
    async def slow(conversation: Conversation) -> None:
        await asyncio.sleep(0.05)
        await conversation.answer()

    with serving(slow) as site:
        seen = get(site.url(), check={"degraded_after_ms": limit})
    assert (seen.outcome, seen.degraded, seen.error) == ("success", degraded, None)
    assert (seen.detail is None) if told is None else (seen.detail or "").startswith(told)


def assertion(severity: Any, value: str) -> Assertion:
    return Assertion(source="json", path="$.db", operator="equals", value=value, severity=severity)


@pytest.mark.parametrize(
    ("assertions", "outcome", "degraded"),
    [
        ((assertion("degraded", "up"),), "success", True),
        ((assertion("degraded", "slow"),), "success", False),
        ((assertion("failure", "up"),), "failure", False),
        ((assertion("failure", "up"), assertion("degraded", "up")), "failure", True),
    ],
)
def test_an_assertion_may_only_degrade(
    assertions: tuple[Assertion, ...], outcome: str, *, degraded: bool
) -> None:
    async def as_json(conversation: Conversation) -> None:
        await conversation.answer(200, b'{"db": "slow", "odd": "\\ud800"}')

    with serving(as_json) as site:
        seen = get(site.url(), check={"assertions": assertions})
    assert (seen.outcome, seen.degraded) == (outcome, degraded)
    if outcome == "failure" or degraded:
        assert seen.detail == "json $.db should equal 'up', but is 'slow'"


@pytest.mark.parametrize("body", [b"no json", b"[" * 100_000, b"", b'{"db": '])
def test_what_is_no_json_leads_nowhere(body: bytes) -> None:
    async def other(conversation: Conversation) -> None:
        await conversation.answer(200, body)

    with serving(other) as site:
        seen = get(site.url(), check={"assertions": (assertion("failure", "up"),)})
    assert seen.detail == "json $.db should equal 'up', but is missing"
