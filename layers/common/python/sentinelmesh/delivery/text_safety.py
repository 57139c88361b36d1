"""Words that are safe in every medium, whatever a target or a person wrote into them."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

# Control characters, line and paragraph separators, halves of surrogate pairs.
BREAKING = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")
# Characters that turn the direction of what is around them, or are invisible.
TURNING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

ELLIPSIS = "…"
# What could end an address early in some medium, as an address may write it.
UNSAFE = re.compile("[\\s<>|\"'`()\\[\\]\\\\^{}*]")


def one_line(written: str) -> str:
    r"""Take from hostile text what could break a line or turn its direction.

    >>> one_line("Shop\r\nBcc: all\u202egpj.exe ")
    'Shop Bcc: allgpj.exe'
    """
    return TURNING.sub("", BREAKING.sub(" ", written)).strip()


def safe_link(address: str) -> str:
    """Write an address so that no medium finds its end too early, or markup in it.

    >>> safe_link("https://wiki.example/run book?a=(b)|c")
    'https://wiki.example/run%20book?a=%28b%29%7Cc'
    """
    return UNSAFE.sub(lambda found: quote(found[0], safe=""), one_line(address))


def moment(instant: datetime) -> str:
    """Write an instant for people, to the second.

    >>> moment(datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC))
    '2026-01-02 03:04:05 UTC'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def cut(text: str, most: int) -> str:
    """Shorten a text to so many characters, and say so.

    >>> cut("Shop front page", 8)
    'Shop fr…'
    """
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def cut_bytes(text: str, most: int) -> str:
    """Shorten a text to so many bytes of UTF-8, and say so; no character is cut in two.

    >>> cut_bytes("äöü", 6), cut_bytes("äöü", 5)
    ('äöü', 'ä…')
    """
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - len(ELLIPSIS.encode())].decode(errors="ignore") + ELLIPSIS
