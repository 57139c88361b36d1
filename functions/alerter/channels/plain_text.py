"""A notice as plain text, for every medium that shows text to people."""

from functions.alerter.notice import Notice

ELLIPSIS = "…"


def as_text(notice: Notice) -> str:
    """Write everything that a notice says, one fact a line."""
    lines = [notice.mark, ""] if notice.mark else []
    lines += [notice.title, "", notice.sentence, ""]
    lines += [f"{label + ':':<16}{value}" for label, value in notice.facts()]
    links = notice.links()
    if links:
        lines += ["", *(f"{label + ':':<20}{address}" for label, address in links)]
    return "\n".join(lines) + "\n"


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
