"""Targets, checked as far as that is possible without looking anything up."""

from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from sentinelmesh.domain.probing.address_policy import refusal
from sentinelmesh.host_name import check_host

MAX_PORT, MAX_PORT_DIGITS = 65_535, 5
TLS_PORT, DNS_PORT = 443, 53
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
    if port == 0 or "\\" in parts.netloc:
        raise ValueError(NO_ADDRESS)
    _check_place(parts.hostname, port, allow_private=allow_private)
    return target


def check_websocket(target: str, *, allow_private: bool) -> str:
    """Check the address of a WebSocket.

    Raises:
        ValueError: with a sentence.
    """
    scheme, separator, rest = target.partition("://")
    if scheme.lower() not in {"ws", "wss"}:
        raise ValueError("give an address that begins with ws:// or wss://")
    web = "https" if scheme.lower() == "wss" else "http"
    check_url(f"{web}{separator}{rest}", allow_private=allow_private)
    return target


def check_host_port(target: str, *, allow_private: bool) -> str:
    """Check a host and port.

    Raises:
        ValueError: with a sentence.
    """
    host, _, port = target.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    odd = "/" in target or "@" in target or any(map(str.isspace, target))
    is_whole = host in {bare, f"[{bare}]"}
    if odd or not bare or not is_whole or not _is_port(port):
        raise ValueError("give host:port, for example db.shop.example:5432")
    if ":" in bare and not host.startswith("["):
        raise ValueError("write an IPv6 address in brackets, for example [2001:db8::1]:443")
    _check_place(bare, int(port), allow_private=allow_private)
    return target


def check_tls_place(target: str, *, allow_private: bool) -> str:
    """Check a host with or without a port; 443 is where TLS is spoken.

    Raises:
        ValueError: with a sentence.
    """
    check_host_port(_with_port(target, TLS_PORT), allow_private=allow_private)
    return target


def check_name_server(place: str, *, allow_private: bool) -> str:
    """Check the name server that a monitor asks: a host with or without a port.

    Raises:
        ValueError: with a sentence.
    """
    with suppress(ValueError):
        place = f"[{IPv6Address(place)}]"
    return check_host_port(_with_port(place, DNS_PORT), allow_private=allow_private)


def _with_port(place: str, port: int) -> str:
    has_port = ":" in place.rpartition("]")[2] if place.startswith("[") else ":" in place
    return place if has_port else f"{place}:{port}"


def check_name(target: str, *, allow_private: bool) -> str:  # noqa: ARG001 (a name has no address)
    """Check a name to ask a name server for.

    Raises:
        ValueError: with a sentence.
    """
    if set(target) & set("/@:[]") or any(map(str.isspace, target)):
        raise ValueError("give a name, for example shop.example")
    check_host(target)
    return target


def check_job(target: str, *, allow_private: bool) -> str:  # noqa: ARG001 (nobody calls a job)
    """Take any text for the name of a job: it is for people."""
    return target


def origin_of(target: str) -> str:
    """Return the place that a target leads to: scheme, host and port.

    >>> origin_of("https://Shop.example/health?x=1") == origin_of("https://shop.example:443/")
    True
    """
    if "://" not in target:
        return target.lower()
    parts = urlsplit(target)
    port = parts.port or (443 if parts.scheme in {"https", "wss"} else 80)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _is_port(text: str) -> bool:
    return (
        text.isascii()
        and text.isdecimal()
        and len(text) <= MAX_PORT_DIGITS
        and (0 < int(text) <= MAX_PORT)
    )


def _check_place(host: str, port: int, *, allow_private: bool) -> None:
    """Refuse early what the prober would refuse anyway; where a name leads is its business."""
    host = check_host(host)
    try:
        address = str(ip_address(host))
    except ValueError:
        address = "1.1.1.1"
    reason = refusal(address, port, allow_private=allow_private)
    if reason is not None:
        raise ValueError(reason)
