"""Monitors as people write them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from functions.api.schemas.base import LINE, STRIPPED, Line, Reference, Strict
from functions.api.schemas.blocks import (
    DnsBlock,
    GrpcBlock,
    HeartbeatBlock,
    TcpBlock,
    TlsBlock,
    WebsocketBlock,
)
from functions.api.schemas.channel_kinds import WebAddress
from functions.api.schemas.http_block import HttpBlock
from sentinelmesh.domain.monitors.monitor import (
    INTERVALS,
    MAX_CHANNELS,
    MAX_PARENTS,
    MAX_REGIONS,
    MAX_TIMEOUT_MS,
    Severity,
)
from sentinelmesh.domain.monitors.monitor import Assertion as DomainAssertion
from sentinelmesh.domain.probing.assertion import PATTERNS, problem_of
from sentinelmesh.patterns import InvalidPattern, compile_pattern

MIN_TIMEOUT_MS = 500
EXAMPLES: list[JsonValue] = [
    {"name": "Shop front page", "kind": "http", "target": "https://shop.example/health"},
    {"name": "Shop database", "kind": "tcp", "target": "db.shop.example:5432"},
    {"name": "Shop certificate", "kind": "tls", "target": "shop.example"},
    {"name": "Shop mail", "kind": "dns", "target": "shop.example", "dns": {"record": "MX"}},
]
# The store keeps no number that is larger, or closer to zero.
MAX_NUMBER, MIN_NUMBER = 1e15, 1e-15


def _interval(seconds: int) -> int:
    if seconds not in INTERVALS:
        known = ", ".join(str(each) for each in INTERVALS)
        raise ValueError(f"{seconds} is no interval; take one of {known} seconds")
    return seconds


def unique(items: list[str]) -> list[str]:
    """Let a list pass that names nothing twice.

    Raises:
        ValueError: it does.
    """
    if len(set(items)) < len(items):
        raise ValueError("something is named twice")
    return items


def _storable(number: float) -> float:
    if 0 < abs(number) < MIN_NUMBER:
        raise ValueError("a number that close to zero cannot be kept")
    return number


class AssertionIn(Strict):
    """One statement about the answer that must hold."""

    source: str = Field(max_length=40, examples=["body"])
    operator: str = Field(max_length=40, examples=["contains"])
    value: (
        bool
        | Annotated[str, Field(max_length=2000)]
        | Annotated[int, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
        | Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER), AfterValidator(_storable)]
        | None
    ) = None
    path: str | None = Field(
        None, max_length=200, description="name of a header, or where to look in JSON: $.db.status"
    )
    severity: Severity = Field("failure", description="degraded: does not make a probe fail")

    @model_validator(mode="after")
    def _can_be_evaluated(self) -> "AssertionIn":
        problem = problem_of(self.to_domain())
        if problem:
            raise ValueError(problem)
        if self.operator in PATTERNS:
            try:
                compile_pattern(str(self.value))
            except InvalidPattern as error:
                raise ValueError(str(error)) from error
        return self

    def to_domain(self) -> DomainAssertion:
        """Return the domain's form."""
        return DomainAssertion(**self.model_dump())


class VerificationIn(Strict):
    """How many failing votes and rounds it takes; left out, a strict majority decides."""

    quorum: int | None = Field(None, ge=1, description="failing regions that confirm an outage")
    confirm_after: int | None = Field(None, ge=1, le=10, description="confirmed rounds in a row")
    recover_after: int = Field(1, ge=1, le=10, description="passing rounds in a row")
    regional_incidents: bool = Field(
        False, description="a region that fails again while others see it work opens an incident"
    )
    degraded_incidents: bool = Field(
        False, description="a quorum of regions that find it slow or degraded opens an incident"
    )
    quick_detection: bool = Field(
        True,
        description="ask other regions while a probe is slow, check suspects between slots",
    )


class MonitorIn(Strict):
    """A monitor; only name, kind and target are needed."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    name: Line
    kind: Literal["http", "tcp", "tls", "dns", "websocket", "grpc", "heartbeat"]
    target: Annotated[
        str,
        Field(min_length=1, max_length=2000, examples=["https://shop.example/health"]),
        STRIPPED,
        LINE,
    ]
    interval_seconds: Annotated[int, AfterValidator(_interval)] = Field(
        60, json_schema_extra={"enum": list(INTERVALS)}
    )
    timeout_ms: int | None = Field(
        None,
        ge=MIN_TIMEOUT_MS,
        le=MAX_TIMEOUT_MS,
        description="shorter than the interval; 10000, or less where the interval is 10 s",
    )
    regions: Annotated[list[str], AfterValidator(unique)] | None = Field(
        None,
        min_length=1,
        max_length=MAX_REGIONS,
        description="all regions of the mesh if left out",
    )
    strategy: Literal["rotate", "all"] = "rotate"
    verification: VerificationIn = VerificationIn(
        quorum=None,
        confirm_after=None,
        recover_after=1,
        regional_incidents=False,
        degraded_incidents=False,
        quick_detection=True,
    )
    grace_period_seconds: int = Field(300, ge=0, le=86_400)
    http: HttpBlock | None = None
    tcp: TcpBlock | None = None
    tls: TlsBlock | None = None
    dns: DnsBlock | None = None
    websocket: WebsocketBlock | None = None
    grpc: GrpcBlock | None = None
    heartbeat: HeartbeatBlock | None = None
    assertions: list[AssertionIn] = Field(default_factory=list, max_length=20)
    degraded_after_ms: int | None = Field(None, ge=1, le=MAX_TIMEOUT_MS)
    channels: Annotated[list[Reference], AfterValidator(unique)] | None = Field(
        None, max_length=MAX_CHANNELS, description="every enabled channel if left out; [] for none"
    )
    escalation_policy: Reference | None = Field(
        None, description="id of the policy that says whom to ask next"
    )
    depends_on: Annotated[list[Reference], AfterValidator(unique)] = Field(
        default_factory=list,
        max_length=MAX_PARENTS,
        description="ids of monitors without which it cannot work: what fails with one of them is "
        "told only if it still fails when that works again",
    )
    runbook_url: WebAddress | None = Field(
        None, description="what to do when it is down; a link to it is in every message"
    )
    slo_target_percent: float | None = Field(
        None, ge=50, lt=100, description="uptime that is promised, e.g. 99.9"
    )
    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=50), STRIPPED, LINE]],
        AfterValidator(unique),
    ] = Field(default_factory=list, max_length=30)
