"""Cookies of one chain of redirects: many a site redirects until its cookie comes back.

They go back to the very origin that set them and to nobody else, which is less than a browser does
and enough for that; with the chain they are forgotten, for each probe is a first visit.
"""

from collections import defaultdict
from collections.abc import Iterable

MAX_COOKIES = 50
MAX_BYTES = 4_096

Origin = tuple[str, str, int]


class ChainCookies:
    """What the origins of one chain have set."""

    def __init__(self) -> None:
        self._kept: defaultdict[Origin, dict[str, str]] = defaultdict(dict)

    def take(self, origin: Origin, set_cookies: Iterable[str]) -> None:
        """Keep what an answer set, and forget what it took back.

        >>> cookies, origin = ChainCookies(), ("https", "shop.example", 443)
        >>> cookies.take(origin, ["seen=1; Path=/; Secure", "old=x; Max-Age=0"])
        >>> cookies.header(origin)
        'seen=1'
        """
        kept = self._kept[origin]
        for written in set_cookies:
            pair, *attributes = written.split(";")
            name, is_pair, value = (part.strip() for part in pair.partition("="))
            if _is_taken_back(attributes):
                kept.pop(name, None)
            elif name and is_pair and len(kept) < MAX_COOKIES and len(pair) <= MAX_BYTES:
                kept[name] = value

    def header(self, origin: Origin) -> str:
        """Return what to send to an origin; nothing is an empty text."""
        return "; ".join(f"{name}={value}" for name, value in self._kept[origin].items())


def _is_taken_back(attributes: Iterable[str]) -> bool:
    """Return whether a cookie is set only to be removed: no age, or an expiry when time began."""
    for attribute in attributes:
        name, _, value = (part.strip().lower() for part in attribute.partition("="))
        if name == "max-age" and (value.startswith("-") or value == "0"):
            return True
        if name == "expires" and ("1970" in value or "jan-70" in value):
            return True
    return False
