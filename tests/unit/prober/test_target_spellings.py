"""What a target means however it is spelt, from the text of its address to the guard's decision.

The resolver reads numbers as the system does and asks nobody; no such address is ever dialled.
Two libraries are asked as well, neither of which knows our tables: ada-url reads hosts as browsers
do, netaddr judges by the registries of the IANA.
"""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

import ada_url
import netaddr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.prober.http.url import UnusableUrl, parse_url
from functions.prober.observation import ProbeFailed
from functions.prober.probes.host_port import place_of
from sentinelmesh.domain.probing.address_policy import address_of, is_public
from sentinelmesh.errors import ForbiddenTarget
from sentinelmesh.target_guard import HostNotFound, TargetGuard
from tests.unit.prober.resolving import as_the_system_reads_it

# A spelling, and the address that it means to one or another program.
SPELLINGS = {
    # loopback, where Lambda's runtime API listens
    "127.0.0.1": "127.0.0.1",
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "127.000.000.001": "127.0.0.1",
    "0127.0.0.1": "87.0.0.1",
    "0177.0.0.1": "127.0.0.1",
    "0177.1": "127.0.0.1",
    "00000177.0.0.01": "127.0.0.1",
    "0x7f.0.0.1": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "0x7F.0x0.0x0.0x1": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "0X7F000001": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "127.0x0.0.1": "127.0.0.1",
    "127.0.0.1.": "127.0.0.1",
    "127。0。0。1": "127.0.0.1",
    "１２７.０.０.１": "127.0.0.1",
    "①②⑦.⓪.⓪.①": "127.0.0.1",
    "%31%32%37.0.0.1": "127.0.0.1",
    "127.255.255.254": "127.255.255.254",
    "[::1]": "::1",
    "[0:0:0:0:0:0:0:1]": "::1",
    "[0000::0001]": "::1",
    "[::0.0.0.1]": "::1",
    "[::ffff:127.0.0.1]": "127.0.0.1",
    "[::FFFF:7F00:1]": "127.0.0.1",
    "[0:0:0:0:0:ffff:127.0.0.1]": "127.0.0.1",
    "[::127.0.0.1]": "::7f00:1",
    "[64:ff9b::127.0.0.1]": "64:ff9b::7f00:1",
    "[2002:7f00:1::]": "2002:7f00:1::",
    # this machine by its other names
    "0": "0.0.0.0",  # noqa: S104 (an address to be refused)
    "0.0.0.0": "0.0.0.0",  # noqa: S104
    "0x0": "0.0.0.0",  # noqa: S104
    "[::]": "::",
    "[::ffff:0:0]": "0.0.0.0",  # noqa: S104
    # metadata services
    "169.254.169.254": "169.254.169.254",
    "2852039166": "169.254.169.254",
    "0xa9fea9fe": "169.254.169.254",
    "0xa9.0xfe.0xa9.0xfe": "169.254.169.254",
    "0251.0376.0251.0376": "169.254.169.254",
    "0251.254.0xa9.0376": "169.254.169.254",
    "025177524776": "169.254.169.254",
    "169.254.43518": "169.254.169.254",
    "169.16689662": "169.254.169.254",
    "0xa9.0xfea9fe": "169.254.169.254",
    "169.254.169.254.": "169.254.169.254",
    "169。254。169。254": "169.254.169.254",
    "[::ffff:169.254.169.254]": "169.254.169.254",
    "[::ffff:a9fe:a9fe]": "169.254.169.254",
    "[::a9fe:a9fe]": "::a9fe:a9fe",
    "[64:ff9b::a9fe:a9fe]": "64:ff9b::a9fe:a9fe",
    "[64:ff9b:1::a9fe:a9fe]": "64:ff9b:1::a9fe:a9fe",
    "[2002:a9fe:a9fe::]": "2002:a9fe:a9fe::",
    "[2001:0:a9fe:a9fe::1]": "2001:0:a9fe:a9fe::1",
    "[fe80::a9fe:a9fe]": "fe80::a9fe:a9fe",
    "[fe80::1%25eth0]": "fe80::1",
    "[fd00:ec2::254]": "fd00:ec2::254",
    "169.254.170.2": "169.254.170.2",
    "168.63.129.16": "168.63.129.16",
    "0xa83f8110": "168.63.129.16",
    "100.100.100.200": "100.100.100.200",
    "192.0.0.192": "192.0.0.192",
    # networks of one's own
    "10.0.0.1": "10.0.0.1",
    "012.0.0.1": "10.0.0.1",
    "167772161": "10.0.0.1",
    "0xa.1": "10.0.0.1",
    "[::ffff:10.0.0.1]": "10.0.0.1",
    "172.16.0.1": "172.16.0.1",
    "0xac100001": "172.16.0.1",
    "192.168.1": "192.168.0.1",
    "0300.0250.0.1": "192.168.0.1",
    "3232235777": "192.168.1.1",
    "[fc00::1]": "fc00::1",
    "[fec0::1]": "fec0::1",
    "[ff02::1]": "ff02::1",
    "224.0.0.1": "224.0.0.1",
    "255.255.255.255": "255.255.255.255",
    "4294967295": "255.255.255.255",
    "[2001:db8::1]": "2001:db8::1",
    # of the public internet
    "93.184.216.34": "93.184.216.34",
    "1572395042": "93.184.216.34",
    "0x5db8d822": "93.184.216.34",
    "[::ffff:93.184.216.34]": "93.184.216.34",
    "[2606:4700::1111]": "2606:4700::1111",
}
REFUSALS = (ForbiddenTarget, HostNotFound, UnusableUrl)


GUARD = TargetGuard(resolver=as_the_system_reads_it)


def called(host: str) -> list[str]:
    """Return the addresses that a probe of such a page would call."""
    url = parse_url(f"http://{host}/")
    return GUARD.addresses(url.host, url.port)


def test_the_table_is_large_enough_to_mean_something() -> None:
    refused = [each for each in SPELLINGS.values() if not is_public(each)]
    assert len(refused) >= 60


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_is_judged_by_the_address_that_it_means(spelling: str) -> None:
    meant = SPELLINGS[spelling]
    if is_public(meant):
        with suppress(*REFUSALS):
            assert [address_of(each) for each in called(spelling)] == [address_of(meant)]
    else:
        with pytest.raises(REFUSALS):
            called(spelling)


@pytest.mark.parametrize(
    "spelling", ["93.184.216.34", "1572395042", "[::ffff:93.184.216.34]", "[2606:4700::1111]"]
)
def test_public_addresses_are_called(spelling: str) -> None:
    assert called(spelling)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_host_and_port_are_judged_as_the_same_host_in_an_address_is(spelling: str) -> None:
    def decision(of: str) -> str:
        try:
            return str(called(of))
        except REFUSALS:
            return "refused"

    try:
        host, port = place_of(f"{spelling}:80")
        found = str(GUARD.addresses(host, port))
    except (*REFUSALS, ProbeFailed):
        found = "refused"
    assert found == decision(spelling)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_browser_does_not_read_another_address_than_we_call(spelling: str) -> None:
    assert_agrees(spelling)


def assert_agrees(spelling: str) -> None:
    """Compare with how a browser reads a host: we may refuse more, never call what it means."""
    try:
        read = ada_url.URL(f"http://{spelling}/").hostname.strip("[]")
        meant = address_of(str(ip_address(read)))
    except ValueError:  # no address to a browser
        return
    try:
        addresses = called(spelling)
    except REFUSALS:
        return
    assert [address_of(each) for each in addresses] == [meant]
    assert meant.is_global


def _number(value: int, base: str) -> str:
    return {"decimal": str(value), "octal": f"0{value:o}", "hex": f"0x{value:x}"}[base]


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """Spell an IPv4 address in one of the ways that programs take for one."""
    packed = draw(st.sampled_from([0x7F000001, 0xA9FEA9FE, 0x0A000001]) | st.integers(0, 2**32 - 1))
    parts = [packed >> 24, packed >> 16 & 255, packed >> 8 & 255, packed & 255]
    while len(parts) > draw(st.integers(1, 4)):
        last = parts.pop()
        parts[-1] = parts[-1] << 8 * (4 - len(parts)) | last
    bases = st.sampled_from(["decimal", "octal", "hex"])
    dot = draw(st.sampled_from([".", "。", "．", "%2e"]))
    written = dot.join(_number(part, draw(bases)) for part in parts)
    return written + draw(st.sampled_from(["", "", "."]))


@given(spelt())
@example("127.0.0.1")
def test_no_spelling_of_numbers_means_one_address_to_a_browser_and_another_to_us(
    spelling: str,
) -> None:
    assert_agrees(spelling)


any_v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
any_v6 = st.integers(0, 2**128 - 1).map(IPv6Address)
global_v6 = st.integers(2**125, 2**126 - 1).map(IPv6Address)


@given(any_v4 | any_v6 | global_v6)
def test_what_we_call_public_is_global_to_the_registries_of_the_iana(
    address: IPv4Address | IPv6Address,
) -> None:
    if is_public(str(address)):
        assert netaddr.IPAddress(str(address_of(str(address)))).is_global()


@pytest.mark.parametrize("meant", sorted(set(SPELLINGS.values())))
def test_what_the_registries_do_not_call_global_is_refused(meant: str) -> None:
    if not netaddr.IPAddress(meant).is_global():
        assert not is_public(meant)
