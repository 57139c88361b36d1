"""The `http` block of a check, read and completed with its secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.prober.http.credentials import authorization, identity
from functions.prober.options import read_options
from functions.prober.tls.contexts import HTTP_1, Wish

SECRET_HEADER = "headers."  # noqa: S105 (a prefix of field names)
HTTP_2 = ("h2",)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """What an HTTP probe sends and expects; the API documents each field.

    Args:
        identity: client certificate and key.
    """

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    follow_redirects: bool = True
    verify_tls: bool = True
    server_name: str | None = None
    version: Literal["1.1", "2"] = "1.1"
    expected_status: tuple[str, ...] = ("200-299",)
    identity: tuple[str, str] | None = field(default=None, repr=False)

    def wish(self, *, is_first: bool) -> Wish:
        """Return how to shake hands.

        Args:
            is_first: with the monitor's own target; name and identity are not meant for the
                places that it redirects to.
        """
        return Wish(
            verify=self.verify_tls,
            server_name=self.server_name if is_first else None,
            applications=HTTP_2 if self.version == "2" else HTTP_1,
            identity=self.identity if is_first else None,
        )


def options_of(block: Mapping[str, Any], secrets: Mapping[str, str]) -> HttpOptions:
    """Read the block of a check and put its secrets back in their places.

    Raises:
        ProbeFailed: a client certificate without its key.
    """
    known = dict(block)
    known["headers"] = headers_of(block, secrets)
    known["expected_status"] = tuple(block.get("expected_status") or ("200-299",))
    known["identity"] = identity(block, secrets)
    return read_options(HttpOptions, known)


def headers_of(block: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a block adds, secret ones and credentials among them."""
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
    credentials = authorization(block.get("auth"), secrets)
    if credentials is not None:
        shown = {name: value for name, value in shown.items() if name.lower() != "authorization"}
        secret["authorization"] = credentials
    return {**shown, **secret}


def is_expected(status: int, expected: tuple[str, ...]) -> bool:
    """Return whether a status is one of the expected ones.

    >>> is_expected(204, ("200-299",)), is_expected(404, ("200", "301-302"))
    (True, False)
    """
    for each in expected:
        low, _, high = each.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
