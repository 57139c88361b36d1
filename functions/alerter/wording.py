"""Words that are safe in every medium, whatever a target or a person wrote into them."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

# Control characters, line and paragraph separators, halves of surrogate pairs.
BREAKING = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")
# Characters that turn the direction of what is around them, or are invisible.
TURNING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

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
