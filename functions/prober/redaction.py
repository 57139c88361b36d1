"""Texts as people may see them: without secrets, without control characters, short."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

REDACTED = "***"
MAX_DETAIL = 500
MAX_SAMPLE = 2_048
# How much of a text is worked on: a target may fill it with what is taken out again.
MAX_READ = 65_536
# Shorter pieces of a secret tell nothing and occur everywhere; so do the names of schemes.
MIN_PIECE = 6
SCHEMES = frozenset({"basic", "bearer", "digest"})
SEPARATORS = re.compile(r"[\s;,=:\"'\\]+")
# Among them the marks that turn the direction of text around, and with it what one reads.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
BLOT = "\x00"
BLOTS = re.compile(f"{BLOT}+")


class Redaction:
    """Blots out the secrets of one check.

    Args:
        secrets: their values, as they are sent.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: a piece must not be found inside the whole.
        forms = sorted({form for each in secrets for form in _forms(each)}, key=len, reverse=True)
        self._longest = len(forms[0]) if forms else 0
        self._secret = re.compile("|".join(map(re.escape, forms)))

    def detail(self, text: str) -> str:
        """Return a sentence that quotes the target, as one short line."""
        return self._cleaned(text, MAX_DETAIL).replace("\n", " ")

    def sample(self, text: str) -> str:
        """Return the beginning of an answer."""
        return self._cleaned(text, MAX_SAMPLE)

    def _cleaned(self, text: str, most: int) -> str:
        """Blot out before cutting, at equal length: a secret cut in half would not be known."""
        # Control characters go first: put into the middle of a secret, they would hide it.
        read = CONTROL.sub("", text[:MAX_READ])
        # Where reading ends, half a secret may stand.
        shown = min(most, len(read) - (self._longest if len(text) > MAX_READ else 0))
        read = read[: most + self._longest]
        if self._longest:
            read = self._secret.sub(lambda found: BLOT * len(found[0]), read)
        return BLOTS.sub(REDACTED, read[: max(0, shown)])


def _forms(secret: str) -> Iterator[str]:
    """Return the shapes in which a target may echo a secret: whole, in pieces, decoded, escaped."""
    pieces = [
        piece
        for piece in SEPARATORS.split(secret)
        if len(piece) >= MIN_PIECE and piece.lower() not in SCHEMES
    ]
    unpacked = [text for piece in pieces if (text := _from_base64(piece))]
    parts = [part for text in unpacked for part in text.split(":") if len(part) >= MIN_PIECE]
    for form in (secret.strip(), *pieces, *unpacked, *parts):
        if form:
            yield from (form, quote(form), quote(form, safe=""), escape(form))
            yield from (json.dumps(form)[1:-1], repr(form)[1:-1])


def _from_base64(piece: str) -> str | None:
    """Read what basic authentication packs."""
    try:
        return base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True).decode()
    except ValueError:
        return None
