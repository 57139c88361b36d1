"""What the API saves, a prober can probe: no target or block makes all its probes abstain."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.api.schemas.kinds import KINDS
from functions.prober.dns.wire import query
from functions.prober.http.url import parse_url
from functions.prober.probes.host_port import place_of
from sentinelmesh.host_name import ascii_host

# How the probe of each kind reads its target.
READERS: dict[str, Callable[[str], Any]] = {
    "http": parse_url,
    "websocket": lambda target: parse_url("http" + target[2:]),
    "tcp": place_of,
    "grpc": place_of,
    "tls": lambda target: place_of(target, 443),
    "dns": lambda target: query(1, ascii_host(target), "A"),
}
BEGINNINGS = {"http": ["http://", "https://"], "websocket": ["ws://", "wss://"]}
# Characters of hosts, addresses and ports, and those that stand in the wrong places in them.
PLACES = st.text(alphabet="aZ09.-_*:[]\\/@%ü !x", max_size=30) | st.text(max_size=20)
ODD = ("*.shop.example", "a..b", "a!b", "[::1", "::1]:1", "x" * 64, "1.2.3.999", "a\\b", "[a]:1")


@pytest.mark.parametrize("kind", READERS)
@given(place=PLACES, beginning=st.integers(0, 1), allow_private=st.booleans())
def test_a_target_that_is_saved_can_be_probed(
    kind: str, place: str, beginning: int, *, allow_private: bool
) -> None:
    is_taken(kind, BEGINNINGS.get(kind, ["", ""])[beginning] + place, allow_private=allow_private)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("place", ODD)
def test_an_odd_target_is_refused_or_can_be_probed(kind: str, place: str) -> None:
    beginning = BEGINNINGS.get(kind, [""])[0]
    for target in (place, f"{place}:80"):
        is_taken(kind, beginning + target, allow_private=True)


def is_taken(kind: str, target: str, *, allow_private: bool) -> None:
    """Check that the prober reads a target, if the API takes it."""
    try:
        KINDS[kind].check_target(target, allow_private=allow_private)
    except ValueError:
        return
    assert READERS[kind](target)


@given(place=PLACES)
@example(place="2606:4700::1111")
@example(place="[2606:4700::1111]:53")
def test_a_name_server_that_is_saved_can_be_asked(place: str) -> None:
    check = KINDS["dns"].places["resolver"]
    try:
        check(place, allow_private=False)
    except ValueError:
        return
    assert place_of(place, 53)
