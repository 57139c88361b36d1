"""The `http` block of a check, read and completed with its secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SECRET_HEADER = "headers."  # noqa: S105 (a prefix of field names)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """What an HTTP probe sends and expects; the API documents each field."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    follow_redirects: bool = True
    verify_tls: bool = True
    expected_status: tuple[str, ...] = ("200-299",)


def options_of(block: Mapping[str, Any], secrets: Mapping[str, str]) -> HttpOptions:
    """Read the block of a check and put the secret headers back in their places."""
    known = {name: block[name] for name in HttpOptions.__dataclass_fields__ if name in block}
    secret = {
        name.removeprefix(SECRET_HEADER).lower(): value
        for name, value in secrets.items()
        if name.startswith(SECRET_HEADER)
    }
    shown = {
        name: value
        for name, value in (block.get("headers") or {}).items()
        if name.lower() not in secret
    }
    known["headers"] = {**shown, **secret}
    if "expected_status" in known:
        known["expected_status"] = tuple(known["expected_status"])
    return HttpOptions(**known)


def is_expected(status: int, expected: tuple[str, ...]) -> bool:
    """Say whether a status is one of the expected ones.

    >>> is_expected(204, ("200-299",)), is_expected(404, ("200", "301-302"))
    (True, False)
    """
    for each in expected:
        low, _, high = each.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
