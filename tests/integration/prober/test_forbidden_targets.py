"""Server-side request forgery: nobody makes the prober call where it must not.

The resolver is the test's own and every call ends on the loopback: no such address is ever dialled.
"""

import threading

import pytest

from tests.integration.prober.probing import LoopbackDial, get, names, probe
from tests.integration.prober.servers import Conversation, serving

PUBLIC = "93.184.216.34"


async def fine(conversation: Conversation) -> None:
    await conversation.answer()


@pytest.mark.parametrize("kind", ["http", "tcp"])
@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"]
)
def test_a_name_of_a_private_address_is_not_called(kind: str, address: str) -> None:
    dial = LoopbackDial()
    target = "http://shop.example/" if kind == "http" else "shop.example:80"
    seen = probe(
        target,
        check={"kind": kind},
        resolver=names(shop=address),
        allow_private=False,
        dial=dial,
    )
    assert (seen.outcome, seen.error) == ("failure", "target_forbidden")
    assert seen.detail is not None
    assert address in seen.detail
    assert dial.called == []


def test_one_bad_address_among_good_ones_spoils_the_name() -> None:
    dial = LoopbackDial()
    seen = get(
        "http://shop.example/",
        resolver=names(shop=[PUBLIC, "8.8.8.8", "10.0.0.1"]),
        allow_private=False,
        dial=dial,
    )
    assert seen.error == "target_forbidden"
    assert dial.called == []


def test_a_public_address_is_called() -> None:
    dial = LoopbackDial()
    with serving(fine) as site:
        seen = get(
            site.url(host="shop.example"),
            resolver=names(shop=PUBLIC),
            allow_private=False,
            dial=dial,
        )
    assert (seen.error, seen.remote_address) == (None, PUBLIC)
    assert dial.called == [PUBLIC]


def test_the_checked_address_is_the_one_that_is_called_whatever_the_name_says_next() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    dial = LoopbackDial()
    with serving(fine) as site:
        seen = get(
            site.url(host="rebinding.example"),
            resolver=lambda _host, _port: next(answers),
            allow_private=False,
            dial=dial,
        )
    assert (seen.error, seen.remote_address) == (None, PUBLIC)
    assert dial.called == [PUBLIC]
    assert list(answers) == [["127.0.0.1"]] * 2, "the name was asked about once"


def test_a_redirect_back_to_the_same_name_is_checked_anew() -> None:
    async def redirect(conversation: Conversation) -> None:
        await conversation.redirect("/next")

    answers = iter([[PUBLIC], ["127.0.0.1"]])
    dial = LoopbackDial()
    with serving(redirect) as site:
        seen = get(
            site.url(host="rebinding.example"),
            resolver=lambda _host, _port: next(answers),
            allow_private=False,
            dial=dial,
        )
    assert seen.error == "target_forbidden"
    assert dial.called == [PUBLIC]


@pytest.mark.parametrize(
    ("to", "resolved"),
    [
        ("http://inner.example/", "10.0.0.1"),
        ("http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", "127.0.0.1"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("http://2852039166/", "169.254.169.254"),
        ("http://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254"),
        ("//localhost/", "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_to_a_private_address_is_not_followed(
    to: str, resolved: str, status: int
) -> None:
    async def redirect(conversation: Conversation) -> None:
        await conversation.redirect(to, status)

    dial = LoopbackDial()
    with serving(redirect) as site:
        seen = get(
            site.url(host="shop.example"),
            resolver=lambda host, _port: [PUBLIC if host == "shop.example" else resolved],
            allow_private=False,
            dial=dial,
        )
    assert (seen.outcome, seen.error) == ("failure", "target_forbidden")
    assert dial.called == [PUBLIC]


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "0.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"]
)
def test_allowing_private_targets_does_not_open_metadata_services(address: str) -> None:
    dial = LoopbackDial()
    seen = get("http://shop.example/", resolver=names(shop=address), dial=dial)
    assert seen.error == "target_forbidden"
    assert dial.called == []


def test_the_name_is_looked_up_off_the_event_loop() -> None:
    threads: list[threading.Thread] = []

    def look_up(_host: str, _port: int) -> list[str]:
        threads.append(threading.current_thread())
        return [PUBLIC]

    with serving(fine) as site:
        get(site.url(host="shop.example"), resolver=look_up, dial=LoopbackDial())
    assert threads[0] is not threading.main_thread()
