"""Who we say we are: the `auth` of a block with its secret, as it is sent."""

import base64
from collections.abc import Mapping
from typing import Any

from functions.prober.observation import ProbeFailed


def authorization(auth: Mapping[str, Any] | None, secrets: Mapping[str, str]) -> str | None:
    """Write the Authorization header; None without credentials.

    Source: RFC 7617 (basic), RFC 6750 (bearer).

    >>> authorization({"kind": "basic", "username": "ann"}, {"auth.password": "x"})
    'Basic YW5uOng='
    """
    if not auth:
        return None
    if auth["kind"] == "bearer":
        return f"Bearer {secrets['auth.token']}"
    pair = f"{auth['username']}:{secrets['auth.password']}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def as_sent(block: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
    """Return the secrets of a check in every form in which its target gets to see them."""
    sent = [value for name, value in secrets.items() if name != "client_certificate.key"]
    header = authorization(block.get("auth"), secrets) if "auth" in block else None
    return [*sent, header] if header else sent


def identity(block: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the client's certificate and key; None without.

    Raises:
        ProbeFailed: the key is missing.
    """
    shown = block.get("client_certificate")
    if not shown:
        return None
    key = secrets.get("client_certificate.key")
    if key is None:
        raise ProbeFailed("request_invalid", "the client certificate has no key")
    return shown["certificate"], key
