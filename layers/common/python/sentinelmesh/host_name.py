"""Names of hosts as name servers, certificates and requests know them: in ASCII."""

import re
import socket
from ipaddress import IPv6Address

MAX_LABEL, MAX_NAME = 63, 253
# Source: https://url.spec.whatwg.org/#ends-in-a-number-checker
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
NAME = re.compile(r"(?!\.)[a-z0-9._-]{1,255}")


class UnusableHost(ValueError):
    """The text is no name of a host and no address; the error's text says which."""


def ascii_host(written: str) -> str:
    """Return the one spelling of a host that everything behind works with.

    Raises:
        UnusableHost: there is no such name, or it is an address of one link only.

    >>> ascii_host("Shop.Example."), ascii_host("bücher.example"), ascii_host("2001:DB8::1")
    ('shop.example.', 'xn--bcher-kva.example', '2001:db8::1')
    """
    try:
        if ":" in written:
            address = IPv6Address(written)
            if address.scope_id is None:
                return str(address)
        name = written.lower() if written.isascii() else _encode(written)
    except ValueError as error:
        raise UnusableHost(f"{written!r} is no host: {error}") from error
    if not NAME.fullmatch(name):
        raise UnusableHost(f"{written!r} is no host")
    return name


def check_host(written: str) -> str:
    """Return the spelling of a host that can be looked up, or the address that it means.

    Raises:
        UnusableHost: no resolver could ever be asked for it.

    >>> check_host("Shop.Example"), check_host("127.1")
    ('shop.example', '127.0.0.1')
    """
    if "*" in written:
        raise UnusableHost("nobody can ask for a wildcard: name one host that it covers")
    host = ascii_host(written)
    if ":" in host:
        return host
    labels = host.removesuffix(".").split(".")
    if len(".".join(labels)) > MAX_NAME or not all(0 < len(each) <= MAX_LABEL for each in labels):
        text = f"{written[:60]!r} has a part that is empty or longer than {MAX_LABEL} characters"
        raise UnusableHost(text)
    return _address(written, ".".join(labels)) if NUMBER.fullmatch(labels[-1]) else host


def _address(written: str, numbers: str) -> str:
    """Return the IPv4 address that is meant by numbers, as the system's resolver reads them."""
    try:
        return socket.inet_ntoa(socket.inet_aton(numbers))
    except OSError as error:
        text = f"{written[:60]!r} ends in a number and is no IPv4 address"
        raise UnusableHost(text) from error


def _encode(written: str) -> str:
    import idna  # only the few targets with such names pay for its tables

    try:
        return idna.encode(written, uts46=True).decode()
    except idna.IDNAError:
        # Names with symbols, such as a heart, were registered under the rules of 2003.
        return written.encode("idna").decode()
