"""Monitors as people write them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator

from functions.api.schemas.base import LINE, STRIPPED, Line, Strict
from functions.api.schemas.kinds import HttpBlock, TcpBlock
from sentinelmesh.domain.assertion import problem_of
from sentinelmesh.domain.monitor import INTERVALS, MAX_CHANNELS, MAX_REGIONS, MAX_TIMEOUT_MS
from sentinelmesh.domain.monitor import Assertion as DomainAssertion

LEAST_TIMEOUT_MS = 500
EXAMPLES: list[JsonValue] = [
    {"name": "Shop front page", "kind": "http", "target": "https://shop.example/health"},
    {"name": "Shop database", "kind": "tcp", "target": "db.shop.example:5432"},
]
# The store keeps no number that is larger, or closer to zero.
MOST_NUMBER, LEAST_NUMBER = 1e15, 1e-15


def _interval(seconds: int) -> int:
    if seconds not in INTERVALS:
        known = ", ".join(str(each) for each in INTERVALS)
        raise ValueError(f"{seconds} is no interval; take one of {known} seconds")
    return seconds


def _unique(items: list[str]) -> list[str]:
    if len(set(items)) < len(items):
        raise ValueError("something is named twice")
    return items


def _storable(number: float) -> float:
    if 0 < abs(number) < LEAST_NUMBER:
        raise ValueError("a number that close to zero cannot be kept")
    return number


class AssertionIn(Strict):
    """One statement about the answer that must hold."""

    source: str = Field(max_length=40, examples=["body"])
    operator: str = Field(max_length=40, examples=["contains"])
    value: (
        Annotated[str, Field(max_length=2000)]
        | Annotated[int, Field(ge=-MOST_NUMBER, le=MOST_NUMBER)]
        | Annotated[float, Field(ge=-MOST_NUMBER, le=MOST_NUMBER), AfterValidator(_storable)]
    )
    path: str | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _can_be_evaluated(self) -> "AssertionIn":
        problem = problem_of(self.to_domain())
        if problem:
            raise ValueError(problem)
        return self

    def to_domain(self) -> DomainAssertion:
        """Give the domain's form."""
        return DomainAssertion(**self.model_dump())


class VerificationIn(Strict):
    """How many failing votes and rounds it takes; left out, a strict majority decides."""

    quorum: int | None = Field(None, ge=1, description="failing regions that confirm an outage")
    confirm_after: int | None = Field(None, ge=1, le=10, description="confirmed rounds in a row")
    recover_after: int = Field(1, ge=1, le=10, description="passing rounds in a row")


class MonitorIn(Strict):
    """A monitor; only name, kind and target are needed."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    name: Line
    kind: Literal["http", "tcp"]
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
        ge=LEAST_TIMEOUT_MS,
        le=MAX_TIMEOUT_MS,
        description="shorter than the interval; 10000, or less where the interval is 10 s",
    )
    regions: Annotated[list[str], AfterValidator(_unique)] | None = Field(
        None,
        min_length=1,
        max_length=MAX_REGIONS,
        description="all regions of the mesh if left out",
    )
    strategy: Literal["rotate", "all"] = "rotate"
    verification: VerificationIn = VerificationIn(quorum=None, confirm_after=None, recover_after=1)
    grace_period_seconds: int = Field(300, ge=0, le=86_400)
    http: HttpBlock | None = None
    tcp: TcpBlock | None = None
    assertions: list[AssertionIn] = Field(default_factory=list, max_length=20)
    degraded_after_ms: int | None = Field(None, ge=1, le=MAX_TIMEOUT_MS)
    channels: Annotated[list[str], AfterValidator(_unique)] | None = Field(
        None, max_length=MAX_CHANNELS, description="every enabled channel if left out; [] for none"
    )
    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=50), STRIPPED, LINE]],
        AfterValidator(_unique),
    ] = Field(default_factory=list, max_length=30)
