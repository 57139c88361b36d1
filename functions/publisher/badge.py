"""Badges: what it is and how it is, as a small image for other people's pages."""

from html import escape

from functions.publisher.page import WORDS
from functions.publisher.page_model import Word
from functions.publisher.text import line
from sentinelmesh.delivery.text_safety import cut

# White is readable on each.
COLOURS: dict[Word, str] = {
    "operational": "#1f7a45",
    "degraded": "#9a6700",
    "down": "#b3261e",
    "maintenance": "#2456a6",
    "unknown": "#59626e",
    "paused": "#59626e",
}
MAX_NAME = 40
PER_CHARACTER, PADDING, HEIGHT = 7, 12, 20


def badge(name: str, word: Word) -> str:
    """Write a badge; its texts are as wide as they are said to be, whatever font is there."""
    label, state = cut(line(name), MAX_NAME), WORDS[word].lower()
    left, right = _width(label), _width(state)
    said = escape(f"{label}: {state}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'role="img" aria-label="{said}"><title>{said}</title>'
        f'<rect width="{left}" height="{HEIGHT}" fill="#3b424c"/>'
        f'<rect x="{left}" width="{right}" height="{HEIGHT}" fill="{COLOURS[word]}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_text(label, 0, left)}{_text(state, left, right)}</g></svg>"
    )


def _width(text: str) -> int:
    return PER_CHARACTER * len(text) + PADDING


def _text(text: str, start: int, width: int) -> str:
    return (
        f'<text x="{start + PADDING // 2}" y="14" textLength="{width - PADDING}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
    )
