"""Keeping secrets out of answers: many a provider repeats the address that it was called by."""

import html
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

BLOT = "***"
LEAST = 6  # shorter pieces are words of every answer


def redact(text: str, secrets: Iterable[str]) -> str:
    """Blot out secrets and every telling piece of secret addresses.

    The beginning of a piece at the very end of the text goes too: an answer may have been cut
    there.

    >>> redact("no hook at /T01/B02/s3cr3tT0ken", ["https://hooks.example/T01/B02/s3cr3tT0ken"])
    'no hook at ***'
    """
    pieces = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    for piece in pieces:
        text = _strip_beginning(piece, text)
    for piece in pieces:
        text = text.replace(piece, BLOT)
    return text


def _forms(secret: str) -> Iterator[str]:
    """Return a secret's pieces in every spelling by which an answer may repeat them."""
    for piece in {secret, *_pieces(secret)}:
        for form in (piece, unquote(piece)):
            spelled = {form, html.escape(form), form.replace("/", "\\/")}
            yield from (each for each in spelled if len(each) >= LEAST)


def _pieces(secret: str) -> Iterator[str]:
    try:
        parts = urlsplit(secret)
    except ValueError:
        return
    if not parts.netloc:
        return
    yield parts.netloc.rpartition("@")[0]
    yield parts.path
    yield f"{parts.path}?{parts.query}"
    yield from filter(_is_telling, parts.path.split("/"))
    yield from (value for _, value in parse_qsl(parts.query))
    yield parts.password or ""


def _is_telling(segment: str) -> bool:
    """Tell a token from a word like "services"."""
    return not (segment.isalpha() and segment.islower())


def _strip_beginning(piece: str, text: str) -> str:
    for length in range(min(len(piece) - 1, len(text)), LEAST - 1, -1):
        if text.endswith(piece[:length]):
            return text[:-length] + BLOT
    return text
