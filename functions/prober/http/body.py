"""What the bytes of a body mean, unpacked and decoded without letting them fill the memory."""

import codecs
import re
import zlib
from collections.abc import Mapping

CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)
# Codecs of Python's own that no web page is written in; some take quadratic time.
NO_CHARSETS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)


Bytes = bytes | bytearray


def text_of(body: Bytes, headers: Mapping[str, str], most_bytes: int) -> str:
    """Read the beginning of a body as text.

    Args:
        headers: names in lower case.
        most_bytes: how much of it, unpacked.
    """
    plain = decompress(body, headers.get("content-encoding", ""), most_bytes)[:most_bytes]
    declared = CHARSET.search(headers.get("content-type", ""))
    return decode(plain, declared[1] if declared else "utf-8")


def decompress(body: Bytes, encoding: str, most_bytes: int) -> Bytes:
    """Unpack what was packed although we asked for it plain; a bomb stops at the cap.

    What does not unpack is given back as it came.
    """
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, most_bytes)
    except zlib.error:
        return body


def decode(body: Bytes, charset: str) -> str:
    """Decode by the declared charset, or else as UTF-8 with marks for what does not fit.

    >>> decode("grün".encode("latin-1"), "ISO-8859-1"), decode(b"plain", "no-such-charset")
    ('grün', 'plain')
    """
    try:
        name = codecs.lookup(charset).name
        if name not in NO_CHARSETS:
            return body.decode(name, errors="replace")
    except (LookupError, UnicodeError):
        pass
    return body.decode("utf-8", errors="replace")
