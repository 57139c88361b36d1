"""What monitors of the other kinds send, and what they expect."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from functions.api.schemas.base import LINE, Form, Strict
from functions.api.schemas.web import ServerName

RESOLVER = Form(r"^[A-Za-z0-9_.:\[\]-]{1,260}$", "give a name server as host or host:port")


class TcpBlock(Strict):
    """What a TCP probe says, and what it waits for; without both it only connects."""

    send: str | None = Field(None, max_length=2000)
    expect: str | None = Field(
        None, min_length=1, max_length=500, description="text that has to come"
    )
    tls: bool = Field(default=False, description="speak TLS on the connection")
    verify_tls: bool = True


class TlsBlock(Strict):
    """How a TLS probe shakes hands, and what it expects of the certificate."""

    server_name: ServerName | None = None
    verify_tls: bool = Field(default=True, description="false: only its end is looked at")
    minimum_version: Literal["1.2", "1.3"] = "1.2"
    degraded_below_days: int = Field(
        14, ge=0, le=825, description="degraded when the certificate ends sooner than that"
    )


class DnsBlock(Strict):
    """What a DNS probe asks, whom, and what it expects."""

    record: Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "TXT"] = "A"
    expected: list[Annotated[str, Field(min_length=1, max_length=500), LINE]] = Field(
        default_factory=list,
        max_length=20,
        description="records that have to be there, written as 1.2.3.4, mail.shop.example, "
        "10 mail.shop.example, ...",
    )
    exact: bool = Field(default=False, description="and no others may be there")
    resolver: Annotated[str, RESOLVER] | None = Field(
        None, description="host or host:port to ask; the prober's own if left out"
    )

    @model_validator(mode="after")
    def _expects_something(self) -> "DnsBlock":
        if self.exact and not self.expected:
            raise ValueError("exact needs the records that are expected")
        return self
