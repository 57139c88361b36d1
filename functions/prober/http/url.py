"""Addresses of web targets: what is connected to, and what is written into the request."""

from dataclasses import dataclass
from string import ascii_letters, digits, punctuation
from urllib.parse import quote, urljoin, urlsplit

from sentinelmesh.host_name import ascii_host

DEFAULT_PORTS = {"http": 80, "https": 443}
# All that may stand on a request line stays as it was written; the rest is percent-encoded.
SENDABLE = "".join(sorted(set(ascii_letters + digits + punctuation) - set('"<>')))


class UnusableUrl(ValueError):
    """The text is no address of the web; the error's text says why."""


class ForeignScheme(UnusableUrl):
    """The address belongs to something else than the web."""


@dataclass(frozen=True, slots=True)
class Url:
    """One address, taken apart.

    Args:
        host: in ASCII, an IPv6 address without its brackets.
        path: path and query as they are sent; there is no fragment, for no server sees it.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What a user's headers are meant for: any difference makes it somebody else."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them; the port only where it is a special one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_url(written: str) -> Url:
    """Take an address apart; user names in it are dropped, for they are never sent.

    Raises:
        ForeignScheme: neither http nor https.
        UnusableUrl: no such host or port.

    >>> str(parse_url("HTTP://me:secret@Shop.Example:80/a b?q=ä#top"))
    'http://shop.example/a%20b?q=%C3%A4'
    """
    try:
        parts = urlsplit(written.strip())
        is_foreign = parts.scheme not in DEFAULT_PORTS
        host = "" if is_foreign else ascii_host(parts.hostname or "")
        port = parts.port
    except ValueError as error:
        raise UnusableUrl(f"{written!r} is no address: {error}") from error
    if is_foreign:
        raise ForeignScheme(f"only http and https are probed, not {parts.scheme or written!r}")
    if port == 0 or "\\" in parts.netloc:
        raise UnusableUrl(f"{written!r} has no place that could be called")
    query = f"?{parts.query}" if parts.query else ""
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    return Url(parts.scheme, host, port, quote((parts.path or "/") + query, safe=SENDABLE))


def resolve(base: Url, location: str) -> Url:
    """Return the address that a redirect leads to.

    Raises:
        UnusableUrl: see `parse_url`.
    """
    try:
        absolute = urljoin(str(base), location.strip())
    except ValueError as error:
        raise UnusableUrl(f"{location!r} is no address: {error}") from error
    return parse_url(absolute)
