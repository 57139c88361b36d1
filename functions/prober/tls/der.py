"""DER, the encoding of certificates, walked by hand: a probe pays microseconds for it.

What targets send is hostile: whatever is not shaped like DER ends in a ValueError or IndexError.
Source: X.690, 8.1.
"""

from collections.abc import Iterator
from typing import NamedTuple

LONG_FORM = 0x80


class Element(NamedTuple):
    """One element: its tag, and where its content begins and ends."""

    tag: int
    start: int
    end: int


def element(der: bytes, at: int) -> Element:
    """Read the element that begins at a place.

    Raises:
        IndexError, ValueError: there is none.
    """
    tag, length = der[at], der[at + 1]
    start = at + 2
    if length >= LONG_FORM:
        octets = length - LONG_FORM
        length = int.from_bytes(der[start : start + octets], "big")
        start += octets
    if start + length > len(der):
        raise ValueError("the element is cut off")
    return Element(tag, start, start + length)


def inside(der: bytes, outer: Element) -> Iterator[Element]:
    """Walk over the elements within another."""
    at = outer.start
    while at < outer.end:
        found = element(der, at)
        yield found
        at = found.end


def content(der: bytes, of: Element) -> bytes:
    """Return what an element contains."""
    return der[of.start : of.end]
