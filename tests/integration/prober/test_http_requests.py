"""What a web target is asked: method, address, headers, body."""

import pytest

from functions.prober.probes.context import user_agent
from tests.integration.prober.probing import get, names
from tests.integration.prober.servers import Asked, Conversation, serving


async def fine(conversation: Conversation) -> None:
    await conversation.answer()


def asked_for(path: str = "/", host: str = "127.0.0.1", **rest: object) -> Asked:
    """Probe a site that is fine, and give what it was asked."""
    with serving(fine) as site:
        seen = get(site.url(path, host), **rest)  # type: ignore[arg-type]
    assert seen.error is None, seen
    (asked,) = site.asked
    return asked


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_each_method_is_sent_as_configured(method: str) -> None:
    assert asked_for(options={"method": method}).method == method


def test_a_body_comes_with_its_length() -> None:
    asked = asked_for(options={"method": "POST", "body": "größe=1"})
    assert asked.body == "größe=1".encode()
    assert asked.header("content-length") == "9"


@pytest.mark.parametrize(("method", "length"), [("POST", "0"), ("PUT", "0"), ("GET", None)])
def test_methods_that_carry_content_say_that_there_is_none(method: str, length: str | None) -> None:
    assert asked_for(options={"method": method}).header("content-length") == length


def test_every_probe_says_who_it_is() -> None:
    assert asked_for().header("user-agent") == "SentinelMesh/test"
    said = user_agent("1.2", "eu-west-1", "https://up.example")
    assert said == "SentinelMesh/1.2 (eu-west-1; +https://up.example)"
    assert user_agent("1.2", "eu-west-1", "") == "SentinelMesh/1.2 (eu-west-1)"


def test_a_monitor_may_name_itself() -> None:
    asked = asked_for(options={"headers": {"User-Agent": "mine"}})
    assert asked.header("user-agent") == "mine"


def test_no_connection_is_kept_for_a_probe_that_is_to_measure_its_own() -> None:
    assert asked_for().header("connection") == "close"


def test_headers_go_out_as_they_were_written() -> None:
    asked = asked_for(options={"headers": {"X-Thing": "grün", "Accept": "text/html"}})
    assert ("X-Thing", "grün") in asked.headers
    assert asked.header("accept") == "text/html"


def test_a_monitor_may_ask_for_another_virtual_host() -> None:
    assert asked_for(options={"headers": {"host": "inner.example"}}).header("host") == (
        "inner.example"
    )


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "TE", "Trailer"])
def test_how_a_message_ends_is_not_the_monitors_to_say(name: str) -> None:
    asked = asked_for(options={"method": "POST", "body": "abc", "headers": {name: "77"}})
    assert asked.body == b"abc"
    assert asked.header("content-length") == "3"


@pytest.mark.parametrize("value", ["line\nbreak", "over\u20ac", "nul\x00"])
def test_a_header_that_cannot_be_sent_is_the_configurations_fault(value: str) -> None:
    with serving(fine) as site:
        seen = get(site.url(), options={"headers": {"x-odd": value}})
    assert (seen.outcome, seen.error) == ("unknown", "request_invalid")
    assert site.asked == []
    assert seen.detail is not None
    assert value not in seen.detail


def test_spaces_around_a_value_do_not_spoil_it() -> None:
    asked = asked_for(options={"headers": {"authorization": " Bearer abc \t"}})
    assert asked.header("authorization") == "Bearer abc"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/a b", "/a%20b"),
        ("/a%20b?x=%2F", "/a%20b?x=%2F"),
        ("/ä?ö=ü", "/%C3%A4?%C3%B6=%C3%BC"),
        ("/page#part", "/page"),
        ("?only=query", "/?only=query"),
        ("", "/"),
        ("/100%", "/100%"),
        ("/[a]{b}|c", "/[a]{b}|c"),
    ],
)
def test_paths_are_sent_as_written_where_that_is_possible(written: str, sent: str) -> None:
    assert asked_for(written).path == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("shop.example", "shop.example"),
        ("SHOP.Example", "shop.example"),
        ("shop.example.", "shop.example."),
        ("bücher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("i❤.example", "xn--i-7iq.example"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("[2001:DB8:0::0:1]", "[2001:db8::1]"),
        ("a_b.example", "a_b.example"),
    ],
)
def test_hosts_are_named_as_the_web_knows_them(written: str, sent: str) -> None:
    asked = asked_for(host=written, resolver=names())
    host = asked.header("host") or ""
    assert host.rpartition(":")[0] == sent


def test_user_names_in_an_address_are_never_sent() -> None:
    with serving(fine) as site:
        get(f"http://me:canary@127.0.0.1:{site.port}/")
    (asked,) = site.asked
    assert asked.header("authorization") is None
    assert "canary" not in f"{asked.line}{asked.headers}"


@pytest.mark.parametrize(
    ("target", "code", "outcome"),
    [
        ("ftp://127.0.0.1/", "target_forbidden", "failure"),
        ("file:///etc/passwd", "target_forbidden", "failure"),
        ("http:///nowhere", "request_invalid", "unknown"),
        ("http://127.0.0.1:0/", "request_invalid", "unknown"),
        ("http://127.0.0.1:99999/", "request_invalid", "unknown"),
        ("http://[fe80::1%25lo]/", "request_invalid", "unknown"),
        ("http://good.example\\@evil.example/", "request_invalid", "unknown"),
        ("http://exa mple/", "request_invalid", "unknown"),
        ("http://127.0.0.1:25/", "target_forbidden", "failure"),
    ],
)
def test_addresses_that_are_none_are_not_called(target: str, code: str, outcome: str) -> None:
    seen = get(target)
    assert (seen.error, seen.outcome) == (code, outcome)
    assert seen.timings is not None
    assert seen.timings.connect_ms is None


def test_a_server_may_be_asked_to_say_go_on_first() -> None:
    async def go_on_first(conversation: Conversation) -> None:
        await conversation.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        await conversation.answer()

    with serving(go_on_first) as site:
        options = {"method": "POST", "body": "abc", "headers": {"Expect": "100-continue"}}
        seen = get(site.url(), options=options)
    assert (seen.status_code, seen.error) == (200, None)
    assert site.asked[0].body == b"abc"


def test_an_upgrade_that_was_asked_for_is_an_answer() -> None:
    async def switch(conversation: Conversation) -> None:
        await conversation.say(
            b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00"
        )

    upgrade = {"Connection": "upgrade", "Upgrade": "websocket"}
    with serving(switch) as site:
        seen = get(site.url(), options={"headers": upgrade, "expected_status": ["101"]})
    assert (seen.status_code, seen.error) == (101, None)
