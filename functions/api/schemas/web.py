"""What blocks of monitors on the web have in common: headers, credentials, certificates."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from functions.api.schemas.base import Form, Strict
from sentinelmesh.host_name import check_host

# Source: RFC 9110, 5.6.2 and 5.5
HEADER_NAME = Form(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$", "this is no name of a header")
HEADER_VALUE = Form(
    r"^[\x20-\x7e\xa0-\xff\t]*$", "the value has characters that no header can carry"
)
# Source: RFC 7617, 2
USERNAME = Form(r"^[^:\x00-\x1f\x7f]*$", "a user name has no colon and no control characters")
ONE_LINE = Form(r"^[\x21-\x7e]+$", "a token has no blanks and nothing outside of ASCII")
PASSWORD = Form(r"^[^\x00-\x1f\x7f]+$", "a password has no control characters")
CERTIFICATE = Form(
    r"^\s*-----BEGIN CERTIFICATE-----\r?\n", "give the certificate, and those behind it, in PEM"
)
KEY = Form(
    r"^(\*\*\*|\s*-----BEGIN (RSA |EC |)PRIVATE KEY-----\r?\n[\s\S]*)$",
    "give the key in PEM, without a password",
)
HOST = Form(r"^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$", "this is no name of a host")
MAX_HEADERS = 30
# Better one harmless value too many kept secret than one key shown.
SECRET_PARTS = (
    "auth", "cookie", "credential", "key", "passw", "secret", "session", "signature", "token",
)  # fmt: skip
HIDDEN = "***"


def is_secret_header(name: str) -> bool:
    """Return whether the value of a header is kept secret, judged by its name.

    >>> is_secret_header("X-Api-Key"), is_secret_header("Accept")
    (True, False)
    """
    return any(part in name.lower() for part in SECRET_PARTS)


def _headers(headers: dict[str, str]) -> dict[str, str]:
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("a header is named twice")
    return headers


Headers = Annotated[
    dict[
        Annotated[str, HEADER_NAME],
        Annotated[str, Field(max_length=4000), HEADER_VALUE],
    ],
    Field(
        max_length=MAX_HEADERS,
        description="values of authorization, cookies, tokens and the like are write-only",
    ),
    AfterValidator(_headers),
]


def _server_name(name: str) -> str:
    check_host(name)
    return name


ServerName = Annotated[
    str,
    Field(
        description="to ask for in the handshake (SNI) and to find in the certificate, instead of "
        "the target's host"
    ),
    HOST,
    AfterValidator(_server_name),
]


class BasicAuth(Strict):
    """A user name and a password (RFC 7617)."""

    kind: Literal["basic"]
    username: Annotated[str, Field(max_length=200), USERNAME]
    password: Annotated[str, Field(max_length=1000, description="write-only"), PASSWORD]


class BearerAuth(Strict):
    """A token (RFC 6750)."""

    kind: Literal["bearer"]
    token: Annotated[str, Field(max_length=4000, description="write-only"), ONE_LINE]


Auth = Annotated[BasicAuth | BearerAuth, Field(discriminator="kind")]


class ClientCertificate(Strict):
    """What a probe shows to a server that asks for a certificate."""

    certificate: Annotated[str, Field(max_length=12_000), CERTIFICATE]
    key: Annotated[str, Field(max_length=4000, description="write-only"), KEY]
