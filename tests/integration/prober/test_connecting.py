"""Finding a host and getting through to it: which troubles there are, and whose they are."""

import asyncio
import errno
import os
import socket
from collections.abc import Awaitable, Callable

import pytest

from functions.prober.net import connector
from functions.prober.net.connection import Connection
from functions.prober.net.connector import Connector, open_connection
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import Observation
from sentinelmesh.target_guard import HostNotFound
from tests.integration.prober.probing import HERE, a_context, names, probe
from tests.integration.prober.servers import greeting

V4, OTHER_V4, V6 = "93.184.216.34", "8.8.8.8", "2606:4700::1"


async def accept(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


def failing(**errors: int) -> Callable[[str, int], Awaitable[Connection]]:
    """Dial addresses that fail like this, by version: v4 or v6."""

    async def dial(address: str, _port: int) -> Connection:
        number = errors["v6" if ":" in address else "v4"]
        raise OSError(number, os.strerror(number))

    return dial


def seen_of(*addresses: str, **errors: int) -> Observation:
    return probe(
        "shop.example:443",
        check={"kind": "tcp"},
        resolver=names(shop=addresses),
        dial=failing(**errors),
    )


def test_a_port_that_takes_a_connection_is_up() -> None:
    with greeting(accept) as site:
        seen = probe(f"127.0.0.1:{site.port}", check={"kind": "tcp"})
    assert (seen.outcome, seen.error, seen.remote_address) == ("success", None, HERE)
    assert seen.status_code is None
    assert seen.timings is not None
    assert seen.latency_ms == seen.timings.total_ms
    assert seen.timings.connect_ms is not None


@pytest.mark.parametrize("host", ["[2001:db8::1]", "shop.example", "bücher.example"])
def test_each_spelling_of_a_host_is_understood(host: str) -> None:
    with greeting(accept) as site:
        seen = probe(f"{host}:{site.port}", check={"kind": "tcp"}, resolver=names())
    assert seen.error is None


@pytest.mark.parametrize("target", ["shop.example", "shop.example:https", ":80", "a b:80"])
def test_what_is_no_host_and_port_is_the_configurations_fault(target: str) -> None:
    seen = probe(target, check={"kind": "tcp"}, resolver=names())
    assert (seen.outcome, seen.error) == ("unknown", "request_invalid")


def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.socket() as reserved:
        reserved.bind((HERE, 0))
        port = reserved.getsockname()[1]
        seen = probe(f"{HERE}:{port}", check={"kind": "tcp"})
    assert (seen.outcome, seen.error) == ("failure", "connect_refused")
    assert seen.detail == f"nothing listens at {HERE}:{port}"


@pytest.mark.parametrize(
    ("number", "code", "outcome"),
    [
        (errno.ECONNREFUSED, "connect_refused", "failure"),
        (errno.ECONNRESET, "connect_reset", "failure"),
        (errno.ETIMEDOUT, "connect_timeout", "failure"),
        (errno.EHOSTUNREACH, "connect_error", "failure"),
        (errno.ENETUNREACH, "connect_error", "failure"),
        (errno.EMFILE, "internal_error", "unknown"),
        (errno.ENFILE, "internal_error", "unknown"),
        (errno.EADDRNOTAVAIL, "internal_error", "unknown"),
        (errno.EPERM, "internal_error", "unknown"),
    ],
)
def test_what_our_own_machine_lacks_is_not_the_targets_fault(
    number: int, code: str, outcome: str
) -> None:
    seen = seen_of(V4, v4=number)
    assert (seen.error, seen.outcome) == (code, outcome)


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_without_a_way_by_ipv6_a_target_with_nothing_else_is_unknown(number: int) -> None:
    seen = seen_of(V6, v6=number)
    assert (seen.outcome, seen.error) == ("unknown", "ipv6_unsupported")


@pytest.mark.parametrize("addresses", [(V4, V6), (V6, V4)])
def test_a_missing_way_by_ipv6_does_not_hide_that_the_ipv4_host_is_down(
    addresses: tuple[str, str],
) -> None:
    seen = seen_of(*addresses, v4=errno.ECONNREFUSED, v6=errno.ENETUNREACH)
    assert (seen.outcome, seen.error, seen.remote_address) == ("failure", "connect_refused", V4)


def test_an_ipv6_host_that_refuses_is_down() -> None:
    seen = seen_of(V6, v6=errno.ECONNREFUSED)
    assert (seen.error, seen.detail) == ("connect_refused", f"nothing listens at [{V6}]:443")


def test_no_more_than_three_addresses_are_tried() -> None:
    called: list[str] = []

    async def dial(address: str, _port: int) -> Connection:
        called.append(address)
        raise ConnectionRefusedError

    many = [f"93.184.216.{last}" for last in range(9)]
    probe("shop.example:443", check={"kind": "tcp"}, resolver=names(shop=many), dial=dial)
    assert called == many[:3]


def test_an_address_that_hangs_leaves_time_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One dead address of two is no outage: people's browsers would find the other one."""
    monkeypatch.setattr(connector, "MIN_SHARE_SECONDS", 0.01)

    async def dial(address: str, port: int) -> Connection:
        if address == V4:
            await asyncio.Event().wait()
        return await open_connection(HERE, port)

    async def connect(connector: Connector, port: int, watch: Stopwatch) -> None:
        with await connector.connect("shop.example", port, watch):
            pass

    watch = Stopwatch(seconds=1)
    resolver = names(shop=[V4, OTHER_V4])
    with greeting(accept) as site, a_context(resolver=resolver, dial=dial) as context:
        asyncio.run(connect(context.connector, site.port, watch))
    assert watch.met.remote_address == OTHER_V4
    assert watch.spent["connect"] >= 0.4, "the first address had half of the time"


def test_a_connection_that_is_given_up_leaves_no_socket_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_up: list[socket.socket] = []

    async def hang(plain: socket.socket, _place: tuple[str, int]) -> None:
        given_up.append(plain)
        await asyncio.Event().wait()

    async def connect() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", hang)
        async with asyncio.timeout(0.01):
            await open_connection(HERE, 80)

    with pytest.raises(TimeoutError):
        asyncio.run(connect())
    assert [plain.fileno() for plain in given_up] == [-1]


@pytest.mark.parametrize(("temporary", "code"), [(False, "dns_nxdomain"), (True, "dns_error")])
def test_a_firm_no_of_a_name_server_is_told_from_one_that_fails(
    *, temporary: bool, code: str
) -> None:
    def look_up(host: str, _port: int) -> list[str]:
        raise HostNotFound(f"{host} could not be resolved", is_temporary=temporary)

    seen = probe("shop.example:443", check={"kind": "tcp"}, resolver=look_up)
    assert (seen.outcome, seen.error) == ("failure", code)
    assert seen.timings is not None
    assert seen.timings.dns_ms is not None
    assert seen.timings.connect_ms is None


def test_a_name_server_that_kept_silent_is_told_from_one_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system reports both alike; only the silent one uses up its patience."""
    monkeypatch.setattr(connector, "LOOKUP_SECONDS", 0.0)

    def look_up(host: str, _port: int) -> list[str]:
        raise HostNotFound(f"{host} could not be resolved", is_temporary=True)

    seen = probe("shop.example:443", check={"kind": "tcp"}, resolver=look_up)
    assert seen.error == "dns_timeout"


def test_a_name_without_addresses_is_not_found() -> None:
    seen = probe("shop.example:443", check={"kind": "tcp"}, resolver=lambda _host, _port: [])
    assert (seen.error, seen.detail) == ("dns_nxdomain", "shop.example has no address")
