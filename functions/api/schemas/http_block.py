"""What an HTTP monitor sends, and what it expects."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from functions.api.schemas.base import Form, Strict
from functions.api.schemas.web import Auth, ClientCertificate, Headers, ServerName

STATUS = Form(
    r"^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$", 'write a status as "200" or a range as "200-299"'
)


def _statuses(expected: list[str]) -> list[str]:
    for each in expected:
        low, _, high = each.partition("-")
        if int(high or low) < int(low):
            raise ValueError(f"{each}: a range goes from the lower to the higher status")
    return expected


class HttpBlock(Strict):
    """What an HTTP probe sends, and which status it expects."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] = "GET"
    headers: Headers = Field(default_factory=dict)
    body: str | None = Field(None, max_length=10_000)
    auth: Auth | None = Field(None, description="instead of a header authorization")
    version: Literal["1.1", "2"] = Field("1.1", description="of HTTP; 2 accepts nothing else")
    follow_redirects: bool = Field(default=True, description="at most five")
    verify_tls: bool = True
    server_name: ServerName | None = None
    client_certificate: ClientCertificate | None = None
    expected_status: Annotated[
        list[Annotated[str, STATUS]],
        Field(min_length=1, max_length=20, json_schema_extra={"default": ["200-299"]}),
        AfterValidator(_statuses),
    ] = Field(default_factory=lambda: ["200-299"])
