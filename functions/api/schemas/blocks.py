"""What monitors of the other kinds send, and what they expect."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from functions.api.schemas.base import LINE, Form, Strict
from functions.api.schemas.web import Auth, Headers, ServerName
from sentinelmesh.timetable import cron_after

SUBPROTOCOL = Form(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$", "this is no name of a subprotocol")
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


class WebsocketBlock(Strict):
    """What a WebSocket probe says once the connection is upgraded, and what it waits for."""

    headers: Headers = Field(default_factory=dict)
    auth: Auth | None = None
    subprotocol: Annotated[str, SUBPROTOCOL] | None = None
    send: str | None = Field(None, max_length=2000)
    expect: str | None = Field(
        None, min_length=1, max_length=500, description="text that has to come"
    )
    verify_tls: bool = True
    server_name: ServerName | None = None


class GrpcBlock(Strict):
    """Whom a gRPC probe asks for its health (grpc.health.v1)."""

    service: str = Field("", max_length=120, description="empty: the whole server")
    headers: Headers = Field(default_factory=dict, description="metadata")
    auth: Auth | None = None
    tls: bool = True
    verify_tls: bool = True
    server_name: ServerName | None = None


class HeartbeatBlock(Strict):
    """When a job has to tell that it ran, by calling the monitor's `ping_url`."""

    period_seconds: int = Field(
        86_400, ge=60, le=31_536_000, description="from one ping to the next; not with cron"
    )
    cron: str | None = Field(
        None,
        max_length=100,
        description="five fields, e.g. 0 3 * * *, or @daily and the like; instead of a period",
    )
    time_zone: str = Field("UTC", max_length=60, description="of cron, e.g. Europe/Berlin")
    grace_seconds: int = Field(
        300, ge=0, le=2_592_000, description="how late a ping may be, and how long a run may take"
    )

    post_only: bool = Field(
        default=False, description="count POST requests only: a GET may be a link preview"
    )

    @model_validator(mode="after")
    def _has_a_timetable(self) -> "HeartbeatBlock":
        if self.cron is not None:
            cron_after(self.cron, self.time_zone, datetime.now(UTC))
        return self


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
