"""Posting to providers on loopback: what each answer means, and what is shown of it."""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from functions.alerter.channels import connection
from functions.alerter.channels.http_sender import MAX_SHOWN, HttpSender
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.target_guard import HostNotFound, TargetGuard
from tests.support.builders import START
from tests.unit.alerter.provider import (
    Drip,
    Provider,
    Reply,
    a_provider,
    answer,
    hang_up,
    reset,
    silence,
)

pytestmark = pytest.mark.enable_socket
CANARY = "C4n4ry-t0ken-of-the-hook"


def known_hosts(host: str, _port: int) -> Sequence[str]:
    """Resolve without asking anybody."""
    addresses = {
        "127.0.0.1": ["127.0.0.1"],
        "hooks.example": ["127.0.0.1"],
        "inside.example": ["10.0.0.1"],
        "two.example": ["127.0.0.2", "127.0.0.1"],
        "none.example": [],
    }
    if host not in addresses:
        raise HostNotFound(f"{host} has no address", is_temporary=False)
    return addresses[host]


def a_poster(*, allow_private: bool = True) -> HttpSender:
    guard = TargetGuard(allow_private=allow_private, resolver=known_hosts)
    return HttpSender(guard, clock=lambda: START)


def post(provider: Provider, url: str | None = None, poster: HttpSender | None = None) -> str:
    address = url or provider.url(f"/hook/{CANARY}")
    return (poster or a_poster()).post(address, b'{"a": 1}', {"x-one": "1"}, [address])


def failure_of(*replies: Reply, url: str | None = None) -> DeliveryFailed:
    with a_provider(*replies) as provider, pytest.raises(DeliveryFailed) as raised:
        post(provider, url)
    return raised.value


def verdict(failure: DeliveryFailed) -> tuple[bool, bool]:
    return failure.permanent, failure.uncertain


PASSING, PERMANENT, UNCERTAIN = (False, False), (True, False), (False, True)


def test_the_request_is_a_plain_post_of_json() -> None:
    with a_provider() as provider:
        assert post(provider) == "HTTP 200 ok"
    first, headers, body = provider.request
    assert first == f"POST /hook/{CANARY} HTTP/1.1"
    assert body == b'{"a": 1}'
    assert headers["host"] == f"127.0.0.1:{provider.port}"
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == "8"
    assert headers["x-one"] == "1"
    assert headers["user-agent"] == "SentinelMesh"
    assert headers["accept-encoding"] == "identity"
    assert "cookie" not in headers


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_a_success(status: int) -> None:
    with a_provider(answer(status, "taken")) as provider:
        assert post(provider).startswith(f"HTTP {status}")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 408, 425, 429])
def test_trouble_of_the_provider_passes(status: int) -> None:
    failure = failure_of(answer(status, "later"))
    assert verdict(failure) == PASSING
    assert failure.answer == f"HTTP {status} later"
    assert failure.retry_after_seconds is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 451])
def test_a_refusal_does_not_pass(status: int) -> None:
    failure = failure_of(answer(status, "no_service"))
    assert verdict(failure) == PERMANENT
    assert failure.answer == f"HTTP {status} no_service"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_a_wrong_address_and_is_not_followed(status: int) -> None:
    where = f"http://127.0.0.1/{CANARY}"
    with a_provider(answer(status, "moved", Location=where)) as provider:
        with pytest.raises(DeliveryFailed) as raised:
            post(provider)
        assert len(provider.requests) == 1
    assert verdict(raised.value) == PERMANENT
    assert "give the final address" in raised.value.answer
    assert CANARY not in raised.value.answer


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry_After": "17"}, 17),
        ({"Retry_After": " 0 "}, 0),
        ({"Retry_After": "Thu, 01 Jan 2026 12:02:00 GMT"}, 120),
        ({"Retry_After": "Thursday, 01-Jan-26 12:02:00 GMT"}, 120),
        ({"Retry_After": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0),
        (
            {
                "Retry_After": "Sat, 07 Mar 2026 08:00:30 GMT",
                "Date": "Sat, 07 Mar 2026 08:00:00 GMT",
            },
            30,
        ),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "1.5"}, None),
        ({"Retry_After": "²"}, None),
        ({"Retry_After": "Thu, 99 Jan 99999 12:02:00 GMT"}, None),
        ({"Retry_After": "9" * 400}, float("inf")),
        ({}, None),
    ],
)
def test_the_pause_that_a_provider_asks_for_is_read(
    headers: dict[str, str], pause: float | None
) -> None:
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    failure = failure_of(answer(429, "", **encoded))
    assert failure.retry_after_seconds == pause
    assert verdict(failure) == PASSING


@pytest.mark.parametrize("reply", [silence, reset, hang_up, Drip()])
def test_without_a_status_nobody_knows(reply: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TOTAL_SECONDS", 0.15)
    failure = failure_of(reply)
    assert verdict(failure) == UNCERTAIN
    assert failure.answer.startswith("no complete answer: ")


def test_an_exchange_has_one_deadline_for_all_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drip would pass every deadline that counts from the last byte."""
    monkeypatch.setattr(connection, "TOTAL_SECONDS", 0.15)
    drip = Drip()
    with a_provider(drip) as provider, pytest.raises(DeliveryFailed):
        post(provider)
    assert drip.sent < len(drip.text)


def test_a_connection_that_breaks_in_the_body_has_answered_all_the_same() -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf")

    with a_provider(cut) as provider:
        assert post(provider) == "HTTP 200 half (answer cut short)"


def test_of_a_huge_answer_only_the_beginning_is_read_and_shown() -> None:
    with a_provider(answer(200, "word " * 400_000)) as provider:
        shown = post(provider)
    assert len(shown) <= MAX_SHOWN
    assert shown.startswith("HTTP 200 word word")


def test_what_is_no_text_is_shown_as_far_as_it_is() -> None:
    failure = failure_of(answer(500, b"\x1b[31m\xff\xfe\x00<b>\r\nno\xe2\x80\xaeway"))
    assert failure.answer == "HTTP 500 [31m\ufffd\ufffd <b> no way"


def test_nothing_listening_is_known_for_certain() -> None:
    with a_provider() as provider:
        url = provider.url(f"/{CANARY}")
    with pytest.raises(DeliveryFailed) as raised:
        a_poster().post(url, b"", {}, [url])
    assert verdict(raised.value) == PASSING
    assert raised.value.answer.startswith("no connection: ")


@pytest.mark.parametrize("host", ["unknown.example", "none.example"])
def test_a_host_without_an_address_may_have_one_later(host: str) -> None:
    failure = failure_of(url=f"http://{host}/{CANARY}")
    assert verdict(failure) == PASSING
    assert failure.answer == f"no connection: {host} has no address"


def test_a_tls_handshake_that_fails_has_sent_nothing() -> None:
    def plain(connection: socket.socket) -> None:
        connection.sendall(b"no tls here\r\n\r\n")

    with a_provider(plain) as provider, pytest.raises(DeliveryFailed) as raised:
        post(provider, provider.url("/x", scheme="https"))
    assert verdict(raised.value) == PASSING


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "ftp://hooks.example/x",
        "http://",
        "http://hooks.example:no/x",
        "https://[::1",
        f"http://hooks.example/{CANARY}\n",
        "http://\u0378\u0379.example/",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_never_called(url: str) -> None:
    with pytest.raises(DeliveryFailed) as raised:
        a_poster().post(url, b"", {}, [url])
    assert verdict(raised.value) == PERMANENT
    assert raised.value.answer == "this is no address that can be called"


def test_a_private_address_is_refused_before_anything_is_sent() -> None:
    poster = a_poster(allow_private=False)
    with a_provider() as provider:
        for host in ("hooks.example", "127.0.0.1", "two.example"):
            with pytest.raises(DeliveryFailed) as raised:
                post(provider, provider.url(host=host), poster)
            assert verdict(raised.value) == PERMANENT
            assert "is not an address of the public internet" in raised.value.answer
        assert provider.requests == []


def test_the_next_address_of_a_host_is_tried_when_one_refuses() -> None:
    with a_provider() as provider:
        assert post(provider, provider.url(host="two.example")) == "HTTP 200 ok"
        assert provider.request[1]["host"] == f"two.example:{provider.port}"


def test_each_request_has_a_connection_of_its_own() -> None:
    poster = a_poster()
    with a_provider() as provider:
        for _ in range(3):
            post(provider, poster=poster)
        assert len(provider.requests) == 3


ECHOES = [
    "Cannot POST {path}",
    "you called {url}",
    '{{"request": "{json}"}}',
    "<p>{html}</p>",
    "unknown token {token}",
    "x" * 470 + " {path}",
    "x" * 4060 + "{path} and more" * 9,
]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("status", [200, 404, 503])
def test_an_answer_that_repeats_the_address_does_not_tell_it(echo: str, status: int) -> None:
    path = f"/T01/{CANARY}?key={CANARY}&x='"
    with a_provider() as provider:
        url = provider.url(path)
        said = echo.format(
            path=path,
            url=url,
            json=path.replace("/", "\\/"),
            html=path.replace("&", "&amp;").replace("'", "&#x27;"),
            token=CANARY,
        )
        provider.replies = [answer(status, said)]
        try:
            shown = post(provider, url)
        except DeliveryFailed as failure:
            shown = failure.answer
    assert shown.startswith(f"HTTP {status}")
    assert CANARY[:8] not in shown


def test_a_date_counts_from_our_clock_where_the_provider_does_not_tell_its_own() -> None:
    later = (START + timedelta(seconds=90)).astimezone(UTC)
    written = datetime.strftime(later, "%a, %d %b %Y %H:%M:%S GMT")
    assert failure_of(answer(503, "", Retry_After=written)).retry_after_seconds == 90
