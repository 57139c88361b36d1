"""Which addresses may be called: judged as addresses, never as strings.

Source: the IANA special-purpose registries for IPv4 and IPv6. Python's own `is_global` is not
enough: it lets pass NAT64 and 6to4 forms that lead back to 169.254.169.254.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

REFUSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared, carrier-grade NAT
        "127.0.0.0/8",  # loopback: Lambda's runtime API listens here
        "168.63.129.16/32",  # Azure's platform address
        "169.254.0.0/16",  # link-local: the metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")
REFUSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: contains an IPv4 address that would need judging of its own
        "3fff::/20",  # documentation
    )
)
# What "private targets are allowed" opens: the operator's own machines, and nothing else. Metadata
# services (link-local), forms that smuggle an IPv4 address and multicast stay closed.
PRIVATE_V4 = tuple(
    IPv4Network(network)
    for network in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
PRIVATE_V6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
# Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
METADATA_V6 = IPv6Network("fd00:ec2::/32")
# Mail submission: a probe would look like spam.
REFUSED_PORTS = frozenset({25, 465, 587})

Address = IPv4Address | IPv6Address


def address_of(text: str) -> Address:
    """Read an address; an IPv4 one dressed as IPv6 comes out as what it is.

    >>> address_of("::ffff:10.0.0.1")
    IPv4Address('10.0.0.1')

    Raises:
        ValueError: the text is no address, or has a zone: resolve names first.
    """
    read = ip_address(text)
    if isinstance(read, IPv6Address):
        if read.scope_id is not None:
            raise ValueError(f"{text} is an address of one link only")
        return read.ipv4_mapped or read
    return read


def is_public(address: str) -> bool:
    """Return whether an address belongs to the public internet.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    judged = _read_address(address)
    if isinstance(judged, IPv6Address):
        return judged in GLOBAL_V6 and not _is_in(judged, REFUSED_V6)
    return judged is not None and not _is_in(judged, REFUSED_V4)


def is_private(address: str) -> bool:
    """Return whether an address may belong to a machine of the operator's own.

    >>> is_private("10.0.0.1"), is_private("169.254.169.254"), is_private("8.8.8.8")
    (True, False, False)
    """
    judged = _read_address(address)
    if isinstance(judged, IPv6Address):
        return judged not in METADATA_V6 and _is_in(judged, PRIVATE_V6)
    return judged is not None and _is_in(judged, PRIVATE_V4)


def is_same_door(address: str, other: str) -> bool:
    """Return whether two addresses lead to one machine, as far as that can be told.

    >>> is_same_door("::1", "127.0.0.1"), is_same_door("10.0.0.1", "10.0.0.2")
    (True, False)
    """
    one, two = _read_address(address), _read_address(other)
    if one is None or two is None:
        return False
    return one == two or (one.is_loopback and two.is_loopback)


def _read_address(text: str) -> Address | None:
    """Read an address; None for what cannot be judged and is therefore refused."""
    try:
        return address_of(text)
    except ValueError:
        return None


def _is_in(address: Address, networks: tuple[IPv4Network, ...] | tuple[IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)


def refusal(address: str, port: int, *, allow_private: bool) -> str | None:
    """Say in a sentence why an address may not be called; None when it may.

    >>> refusal("10.0.0.1", 80, allow_private=False)
    '10.0.0.1 is not an address of the public internet'
    >>> refusal("10.0.0.1", 80, allow_private=True) is None
    True
    >>> refusal("169.254.169.254", 80, allow_private=True)
    '169.254.169.254 is neither a public nor a private address'
    """
    if port in REFUSED_PORTS:
        return f"port {port} is for sending mail and is never probed"
    if is_public(address) or (allow_private and is_private(address)):
        return None
    if allow_private:
        return f"{address} is neither a public nor a private address"
    return f"{address} is not an address of the public internet"
