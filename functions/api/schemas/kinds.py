"""The kinds of monitors and their own blocks: a kind is one model and one line at the end."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from functions.api.schemas.base import Strict
from functions.api.schemas.target import check_host_port, check_url

TOKEN = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")  # Source: RFC 9110, 5.6.2
STATUS = re.compile(r"^[1-5]\d\d(-[1-5]\d\d)?$")
MOST_HEADERS = 30
SECRET_NAMES = frozenset({"authorization", "proxy-authorization", "cookie"})
SECRET_PARTS = ("token", "secret", "password", "api-key", "apikey")
HIDDEN = "***"


def is_secret_header(name: str) -> bool:
    """Say whether the value of a header is kept secret, judged by its name.

    >>> is_secret_header("X-Api-Key"), is_secret_header("Accept")
    (True, False)
    """
    lower = name.lower()
    return lower in SECRET_NAMES or any(part in lower for part in SECRET_PARTS)


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not TOKEN.match(name):
            raise ValueError(f"{name[:40]!r} is no name of a header")
        if any(ord(character) < 32 or ord(character) > 255 for character in value):  # noqa: PLR2004
            raise ValueError(f"the value of {name} has characters that no header can carry")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("a header is named twice")
    return headers


def _statuses(expected: list[str]) -> list[str]:
    for each in expected:
        low, _, high = each.partition("-")
        if not STATUS.match(each) or int(high or low) < int(low):
            raise ValueError(
                f'{each[:20]!r} is no status; write "200" or a range such as "200-299"'
            )
    return expected


class HttpBlock(Strict):
    """What an HTTP probe sends, and which status it expects."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: Annotated[
        dict[str, Annotated[str, Field(max_length=4000)]],
        Field(
            max_length=MOST_HEADERS,
            description="values of authorization, cookies, tokens and the like are write-only",
        ),
        AfterValidator(_headers),
    ] = Field(default_factory=dict)
    body: str | None = Field(None, max_length=10_000)
    follow_redirects: bool = Field(default=True, description="at most five")
    verify_tls: bool = True
    expected_status: Annotated[
        list[str], Field(min_length=1, max_length=20), AfterValidator(_statuses)
    ] = Field(default_factory=lambda: ["200-299"])


class TcpBlock(Strict):
    """A TCP probe has no options: the port takes a connection or it does not."""


@dataclass(frozen=True, slots=True)
class KindRules:
    """How monitors of a kind are checked."""

    block: type[Strict]
    check_target: Callable[..., str]
    sources: frozenset[str]


KINDS: Mapping[str, KindRules] = {
    "http": KindRules(HttpBlock, check_url, frozenset({"status", "body", "header", "latency_ms"})),
    "tcp": KindRules(TcpBlock, check_host_port, frozenset({"latency_ms"})),
}
