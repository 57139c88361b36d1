"""Targets, checked as far as that is possible without looking anything up."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from sentinelmesh.domain.address import refusal

MOST_PORT, LONGEST_PORT = 65_535, 5
NO_ADDRESS = "this is no web address; compare it with https://shop.example:8443/health"


def check_url(target: str, *, allow_private: bool) -> str:
    """Check the address of a web target.

    Raises:
        ValueError: with a sentence.
    """
    try:
        parts = urlsplit(target)
        port = (443 if parts.scheme == "https" else 80) if parts.port is None else parts.port
    except ValueError:
        # Not the library's own words: they may quote a password that stands in the wrong place.
        raise ValueError(NO_ADDRESS) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("give a web address that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("put credentials into http.headers.authorization, where they stay secret")
    if any(character.isspace() or ord(character) < 32 for character in target):  # noqa: PLR2004
        raise ValueError("a web address has no spaces and no control characters")
    if port == 0:
        raise ValueError(NO_ADDRESS)
    _check_place(parts.hostname, port, allow_private=allow_private)
    return target


def check_host_port(target: str, *, allow_private: bool) -> str:
    """Check a host and port.

    Raises:
        ValueError: with a sentence.
    """
    host, _, port = target.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    odd = "/" in target or "@" in target or any(map(str.isspace, target))
    if odd or not bare or not _is_port(port):
        raise ValueError("give host:port, for example db.shop.example:5432")
    if ":" in bare and not host.startswith("["):
        raise ValueError("write an IPv6 address in brackets, for example [2001:db8::1]:443")
    _check_place(bare, int(port), allow_private=allow_private)
    return target


def origin_of(target: str) -> str:
    """Name the place that a web target leads to: scheme, host and port.

    >>> origin_of("https://Shop.example/health?x=1") == origin_of("https://shop.example:443/")
    True
    """
    parts = urlsplit(target)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _is_port(text: str) -> bool:
    return (
        text.isascii()
        and text.isdecimal()
        and len(text) <= LONGEST_PORT
        and (0 < int(text) <= MOST_PORT)
    )


def _check_place(host: str, port: int, *, allow_private: bool) -> None:
    """Refuse early what the prober's guard would refuse anyway; names are its business."""
    try:
        address = str(ip_address(host))
    except ValueError:
        address = "1.1.1.1"
    reason = refusal(address, port, allow_private=allow_private)
    if reason is not None:
        raise ValueError(reason)
