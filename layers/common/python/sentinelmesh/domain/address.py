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
# Mail submission: a probe would look like spam.
REFUSED_PORTS = frozenset({25, 465, 587})


def is_public(address: str) -> bool:
    """Say whether an address belongs to the public internet.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)

    Raises:
        ValueError: the text is no address; resolve names first.
    """
    judged = ip_address(address.split("%", 1)[0])
    if isinstance(judged, IPv6Address):
        if judged.ipv4_mapped is not None:
            return _is_public_v4(judged.ipv4_mapped)
        return judged in GLOBAL_V6 and not any(judged in network for network in REFUSED_V6)
    return _is_public_v4(judged)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in REFUSED_V4)


def refusal(address: str, port: int, *, allow_private: bool) -> str | None:
    """Say in a sentence why an address may not be called; None when it may.

    >>> refusal("10.0.0.1", 80, allow_private=False)
    '10.0.0.1 is not an address of the public internet'
    >>> refusal("10.0.0.1", 80, allow_private=True) is None
    True
    """
    if port in REFUSED_PORTS:
        return f"port {port} is for sending mail and is never probed"
    if allow_private or is_public(address):
        return None
    return f"{address} is not an address of the public internet"
