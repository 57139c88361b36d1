"""Reading an answer's body without letting it fill the memory, packed or unpacked."""

import zlib
from collections.abc import Iterable

import httpx

MOST_BYTES = 1_048_576
SAMPLE_BYTES = 2_048
REDACTED = "***"


async def read_capped(response: httpx.Response) -> bytes:
    """Read at most a megabyte; the rest of a longer body is never asked for."""
    taken = bytearray()
    async for chunk in response.aiter_raw():
        taken += chunk[: MOST_BYTES - len(taken)]
        if len(taken) >= MOST_BYTES:
            break
    return unpacked(bytes(taken), response.headers.get("content-encoding", ""))


def unpacked(body: bytes, encoding: str) -> bytes:
    """Unpack what was packed although we asked for it plain; a bomb stops at the cap.

    What does not unpack is given back as it came.
    """
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MOST_BYTES)
    except zlib.error:
        return body


def as_text(body: bytes, response: httpx.Response) -> str:
    """Decode a body by its declared charset, or else as UTF-8 with marks for what does not fit."""
    charset = response.charset_encoding or "utf-8"
    try:
        return body.decode(charset, errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")


def sample(text: str, secrets: Iterable[str]) -> str:
    """Keep the beginning of a failing answer, with every secret that was echoed blotted out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, REDACTED)
    return text.encode()[:SAMPLE_BYTES].decode(errors="ignore").replace("\x00", "")
