"""The guard: what a host's spelling means, and which hosts may be called."""

import socket

import pytest

from sentinelmesh.errors import ForbiddenTarget
from sentinelmesh.target_guard import HostNotFound, TargetGuard, resolve, runtime_api
from tests.unit.prober.resolving import as_the_system_reads_it

LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "0X7F000001",
    "2130706433",
    "017700000001",
    "127.0.0.1.",
    "127。0。0。1",
    "１２７.0.0.1",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
]
METADATA = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "025177524776",
    "169.254.43518",
    "169.16689662",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "fe80::a9fe:a9fe",
    "fd00:ec2::254",
]


def guard(*, allow_private: bool = False, **rest: str) -> TargetGuard:
    return TargetGuard(
        allow_private=allow_private,
        resolver=as_the_system_reads_it,
        forbidden=runtime_api(rest.get("runtime")),
    )


@pytest.mark.parametrize("host", LOOPBACK + METADATA)
def test_no_spelling_of_a_private_address_gets_past_the_guard(host: str) -> None:
    with pytest.raises((ForbiddenTarget, HostNotFound)):
        guard().addresses(host, 80)


@pytest.mark.parametrize("host", METADATA)
def test_metadata_services_stay_closed_where_private_targets_are_allowed(host: str) -> None:
    with pytest.raises(ForbiddenTarget):
        guard(allow_private=True).addresses(host, 80)


@pytest.mark.parametrize("host", [each for each in LOOPBACK if not each.endswith(".")])
@pytest.mark.parametrize("runtime", ["127.0.0.1:9001", "127.0.0.2:9001"])
def test_the_runtime_api_stays_closed_behind_every_spelling(host: str, runtime: str) -> None:
    closed = guard(allow_private=True, runtime=runtime)
    with pytest.raises(ForbiddenTarget, match="belongs to the platform"):
        closed.addresses(host, 9001)
    assert closed.addresses(host, 9002)


@pytest.mark.parametrize("written", [None, "", "9001", "127.0.0.1:", "127.0.0.1:http"])
def test_outside_of_lambda_there_is_no_runtime_api(written: str | None) -> None:
    assert runtime_api(written) == frozenset()


def test_a_host_is_looked_up_once_and_all_its_addresses_are_given_back_in_order() -> None:
    asked: list[str] = []

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8", "1.1.1.1"]

    assert TargetGuard(resolver=look_up).addresses("dns.example", 443) == ["8.8.8.8", "1.1.1.1"]
    assert asked == ["dns.example"]


def test_what_a_resolver_cannot_mean_is_refused() -> None:
    with pytest.raises(ForbiddenTarget):
        TargetGuard(resolver=lambda _host, _port: ["not an address"]).addresses("x", 80)


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example", "\ud800", ".example"])
def test_what_is_no_name_has_no_address(host: str) -> None:
    with pytest.raises(HostNotFound) as missing:
        resolve(host, 80)
    assert not missing.value.is_temporary


@pytest.mark.parametrize(
    ("number", "temporary"),
    [
        (socket.EAI_NONAME, False),
        (socket.EAI_NODATA, False),
        (socket.EAI_AGAIN, True),
        (socket.EAI_FAIL, True),
        (socket.EAI_MEMORY, True),
        (socket.EAI_SYSTEM, True),
    ],
)
def test_only_a_firm_no_of_the_name_server_is_firm(
    number: int, *, temporary: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise socket.gaierror(number, "as the system says it")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(HostNotFound) as missing:
        resolve("shop.example", 80)
    assert missing.value.is_temporary is temporary


def test_addresses_by_ipv4_come_first_and_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_arguments: object, **_more: object) -> list[tuple[object, ...]]:
        entries = [(socket.AF_INET6, "2606:4700::1"), (socket.AF_INET, "1.1.1.1")] * 2
        return [(family, 1, 6, "", (address, 80)) for family, address in entries]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert resolve("one.example", 80) == ["1.1.1.1", "2606:4700::1"]
