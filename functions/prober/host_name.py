"""Names of hosts as name servers, certificates and requests know them: in ASCII."""

import re
from ipaddress import IPv6Address

NAME = re.compile(r"(?!\.)[a-z0-9._-]{1,255}")


class UnusableHost(ValueError):
    """The text is no name of a host and no address; the error's text says which."""


def ascii_host(written: str) -> str:
    """Give the one spelling of a host that everything behind works with.

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
        name = written.lower() if written.isascii() else _encoded(written)
    except ValueError as error:
        raise UnusableHost(f"{written!r} is no host: {error}") from error
    if not NAME.fullmatch(name):
        raise UnusableHost(f"{written!r} is no host")
    return name


def _encoded(written: str) -> str:
    import idna  # only the few targets with such names pay for its tables

    try:
        return idna.encode(written, uts46=True).decode()
    except idna.IDNAError:
        # Names with symbols, such as a heart, were registered under the rules of 2003.
        return written.encode("idna").decode()
