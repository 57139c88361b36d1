"""Targets that are a host and a port."""

import re
from ipaddress import IPv6Address

from functions.prober.observation import ProbeFailed
from sentinelmesh.host_name import UnusableHost, ascii_host

MAX_PORT = 65_535
PLACE = re.compile(r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


def place_of(target: str, default_port: int = 0) -> tuple[str, int]:
    """Take a target apart.

    Args:
        default_port: for targets that name none; 0 means that they have to.

    Raises:
        ProbeFailed: it is no host and port.

    >>> place_of("[2001:DB8::1]:443"), place_of("Shop.example", 443)
    (('2001:db8::1', 443), ('shop.example', 443))
    """
    found = PLACE.fullmatch(f"[{target}]" if _is_bare_v6(target) else target)
    port = int(found["port"] or default_port) if found else 0
    if found is None or not 0 < port <= MAX_PORT:
        raise ProbeFailed("request_invalid", f"{target!r} is no host and port")
    try:
        return ascii_host(found["v6"] or found["host"]), port
    except UnusableHost as error:
        raise ProbeFailed("request_invalid", str(error)) from error


def _is_bare_v6(target: str) -> bool:
    try:
        IPv6Address(target)
    except ValueError:
        return False
    return True
