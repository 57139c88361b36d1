"""The kinds of monitors and their own blocks: a kind is one model and one line at the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from functions.api.schemas.base import Form, Strict
from functions.api.schemas.target import check_host_port, check_url

# Source: RFC 9110, 5.6.2 and 5.5
HEADER_NAME = Form(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$", "this is no name of a header")
HEADER_VALUE = Form(
    r"^[\x20-\x7e\xa0-\xff\t]*$", "the value has characters that no header can carry"
)
STATUS = Form(
    r"^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$", 'write a status as "200" or a range as "200-299"'
)
MOST_HEADERS = 30
# Better one harmless value too many kept secret than one key shown.
SECRET_PARTS = (
    "auth", "cookie", "credential", "key", "passw", "secret", "session", "signature", "token",
)  # fmt: skip
HIDDEN = "***"


def is_secret_header(name: str) -> bool:
    """Say whether the value of a header is kept secret, judged by its name.

    >>> is_secret_header("X-Api-Key"), is_secret_header("Accept")
    (True, False)
    """
    return any(part in name.lower() for part in SECRET_PARTS)


def _headers(headers: dict[str, str]) -> dict[str, str]:
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("a header is named twice")
    return headers


def _statuses(expected: list[str]) -> list[str]:
    for each in expected:
        low, _, high = each.partition("-")
        if int(high or low) < int(low):
            raise ValueError(f"{each}: a range goes from the lower to the higher status")
    return expected


class HttpBlock(Strict):
    """What an HTTP probe sends, and which status it expects."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: Annotated[
        dict[
            Annotated[str, HEADER_NAME],
            Annotated[str, Field(max_length=4000), HEADER_VALUE],
        ],
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
        list[Annotated[str, STATUS]],
        Field(min_length=1, max_length=20),
        AfterValidator(_statuses),
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
