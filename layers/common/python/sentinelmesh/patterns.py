"""Regular expressions in linear time: no pattern can be made to hang by what a target sends.

Source: https://github.com/google/re2/wiki/Syntax; docs/decisions/0033-assertions-in-bounded-time.md
"""

from functools import lru_cache
from typing import Any

MAX_PATTERNS = 256


class InvalidPattern(ValueError):
    """The text is no regular expression that can be evaluated; the error's text says why."""


@lru_cache(MAX_PATTERNS)
def compile_pattern(pattern: str) -> Any:
    """Compile a pattern; the engine is loaded by the first.

    Raises:
        InvalidPattern: with a sentence.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # nobody looks at groups, and to find them takes ten times as long
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if isinstance(error, re2.error) else "it has half a character"
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise InvalidPattern(f"this is no pattern that ends in time: {said}") from error


def is_found(pattern: str, text: str) -> bool:
    """Return whether a pattern is found anywhere in a text.

    >>> is_found("^a+b$", "aaab"), is_found("c", "aaab")
    (True, False)
    """
    found: Any
    try:
        found = compile_pattern(pattern).search(text)
    except UnicodeEncodeError:  # half a character: JSON can write one
        found = compile_pattern(pattern).search(text.encode(errors="replace").decode())
    return found is not None
