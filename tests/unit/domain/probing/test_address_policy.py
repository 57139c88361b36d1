"""Which addresses may be called."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.probing.address_policy import (
    REFUSED_PORTS,
    address_of,
    is_private,
    is_public,
    is_same_door,
    refusal,
)

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "168.63.129.15",
    "::ffff:8.8.8.8",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2400:cb00::1",
    "2001:200::1",
    "3ffe::1",
]
# Those that the operator's own machines may have; open where private targets are allowed.
PRIVATE = [
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.168.0.0",
    "192.168.255.255",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
]
# Those that nothing opens.
CLOSED = [
    "0.0.0.0",  # noqa: S104 (an address to be refused)
    "0.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.255.255",
    "192.0.0.1",
    "192.0.0.171",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::2",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:0:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::7f00:1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:a00:1::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fe80::1",
    "fe80::1%eth0",
    "fe80::1%1",
    "2606:4700::1111%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
NO_ADDRESS = [
    "",
    "localhost",
    "127.1",
    "0x7f000001",
    "2130706433",
    "127.0.0.01",
    "1.2.3.4 ",
    "[::1]",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_public_internet_may_be_called(address: str) -> None:
    assert is_public(address)
    assert refusal(address, 443, allow_private=False) is None
    assert refusal(address, 443, allow_private=True) is None


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_may_be_called_only_where_that_is_allowed(address: str) -> None:
    assert not is_public(address)
    assert is_private(address)
    refused = refusal(address, 443, allow_private=False)
    assert refused == f"{address} is not an address of the public internet"
    assert refusal(address, 443, allow_private=True) is None


@pytest.mark.parametrize("address", CLOSED + NO_ADDRESS)
def test_everything_else_is_never_called(address: str) -> None:
    assert not is_public(address)
    assert not is_private(address)
    assert refusal(address, 443, allow_private=False) is not None
    refused = refusal(address, 443, allow_private=True)
    assert refused == f"{address} is neither a public nor a private address"


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(PUBLIC + PRIVATE + CLOSED + NO_ADDRESS) > 100


@pytest.mark.parametrize("port", sorted(REFUSED_PORTS))
@pytest.mark.parametrize("address", ["8.8.8.8", "127.0.0.1"])
def test_ports_for_sending_mail_are_never_called(address: str, port: int) -> None:
    refused = refusal(address, port, allow_private=True)
    assert refused == f"port {port} is for sending mail and is never probed"


# Python's own judgement is the oracle: it may refuse less than we do, never more. What it wrongly
# lets pass stands in CLOSED by name: NAT64 (64:ff9b::), 6to4 (2002::), Azure's 168.63.129.16.
any_v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
any_v6 = st.integers(0, 2**128 - 1).map(IPv6Address)
global_v6 = st.integers(2**125, 2**126 - 1).map(IPv6Address)
mapped = any_v4.map(lambda address: IPv6Address(f"::ffff:{address}"))


@given(any_v4 | any_v6 | global_v6 | mapped)
def test_whatever_we_call_public_python_calls_global(
    address: IPv4Address | IPv6Address,
) -> None:
    read = address_of(str(address))
    assert not is_public(str(address)) or read.is_global


@given(any_v4)
def test_an_address_is_judged_alike_however_it_is_dressed(address: IPv4Address) -> None:
    dressed = f"::ffff:{address}"
    assert is_public(dressed) == is_public(str(address))
    assert is_private(dressed) == is_private(str(address))


@given(any_v4)
def test_no_form_that_smuggles_an_address_is_ever_called(address: IPv4Address) -> None:
    packed = int(address)
    nat64 = IPv6Address((0x64FF9B << 96) | packed)
    six_to_four = IPv6Address((0x2002 << 112) | (packed << 80) | 1)
    teredo = IPv6Address((0x20010000 << 96) | (packed ^ 0xFFFFFFFF))
    compatible = IPv6Address(packed)
    for smuggler in map(str, (nat64, six_to_four, teredo, compatible)):
        if ip_address(smuggler) != IPv6Address("::1"):
            assert refusal(smuggler, 80, allow_private=True) is not None


@given(any_v4 | any_v6)
def test_nothing_is_both_public_and_private(address: IPv4Address | IPv6Address) -> None:
    assert not (is_public(str(address)) and is_private(str(address)))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.9.9.9", True),
        ("::1", "127.0.0.1", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "127.0.0.1", False),
        ("localhost", "127.0.0.1", False),
    ],
)
def test_a_machine_is_recognized_behind_all_its_addresses(
    one: str, other: str, *, same: bool
) -> None:
    assert is_same_door(one, other) is same
    assert is_same_door(other, one) is same


def test_mail_servers_are_nobodys_target() -> None:
    assert {25, 465, 587} == REFUSED_PORTS
