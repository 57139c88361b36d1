"""What is watched, how often, from where, and what it takes to call it down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sentinelmesh.domain.values.interval import Interval

INTERVALS = (10, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 21600, 43200, 86400)
MAX_TIMEOUT_MS = 30_000
MAX_REGIONS = 20
MAX_CHANNELS = 40
MAX_PARENTS = 10

# No interval and no timeout is longer, in any version.
MAX_SECONDS = 31 * 86_400

Strategy = Literal["rotate", "all"]
Severity = Literal["failure", "degraded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One statement about a probe's answer that must hold for it to count as a success.

    Args:
        source: "status", "body", "latency_ms", "header", "json", ...: see `assertion.OPERATORS`.
        operator: "equals", "contains", "less_than", ...
        value: what the answer is compared with; None is null of JSON.
        path: JSONPath or header name, for the sources that take one.
        severity: what it means when it does not hold: a failure, or only a degraded success.
    """

    source: str
    operator: str
    value: Any = None
    path: str | None = None
    severity: Severity = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many failing votes and rounds it takes to change status.

    Args:
        quorum: failing votes that confirm a round, 1..number of regions.
        confirm_after: consecutive confirmed rounds until the monitor is down.
        recover_after: consecutive dismissed rounds until it is up again.
        regional_incidents: a region that fails again while others see it work opens an incident.
        degraded_incidents: a quorum of regions that find it degraded opens one.
        quick_detection: other regions are asked while a probe is slow, and suspects are checked
            again between slots.
    """

    quorum: int
    confirm_after: int = 1
    recover_after: int = 1
    regional_incidents: bool = False
    degraded_incidents: bool = False
    quick_detection: bool = True

    @classmethod
    def default_for(cls, regions: int) -> "Policy":
        """Ask a strict majority; a lone region has to fail three times running.

        >>> [(each.quorum, each.confirm_after) for each in map(Policy.default_for, (3, 1))]
        [(2, 1), (1, 3)]
        """
        return cls(quorum=majority(regions), confirm_after=1 if regions > 1 else 3)


def check_plan(interval_seconds: int, timeout_ms: int, regions: Sequence[str]) -> None:
    """Raise ValueError if nobody can plan the probes of a monitor."""
    if not INTERVALS[0] <= interval_seconds <= MAX_SECONDS:
        raise ValueError(f"an interval of {interval_seconds} s cannot be planned")
    if not 0 < timeout_ms <= MAX_SECONDS * 1000:
        raise ValueError(f"a timeout of {timeout_ms} ms is none")
    if not regions:
        raise ValueError("no region probes it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One thing to watch, as its owner configured it.

    Args:
        revision: +1 on each edit; results of older revisions do not vote.
        probe: the options of the kind, e.g. the `http` block, without its secrets.
        secret_fields: names of the secrets kept for this monitor, e.g. "headers.Authorization".
        secrets_version: the version of them that this revision means; None means the newest.
        channels: ids to alert; None means every enabled channel whose tags do not say otherwise.
        escalation_policy: id of the policy that says whom to ask when nobody takes care.
        depends_on: ids of monitors without which it cannot work: while one of them is down nobody
            is told that this one is too.
        runbook_url: where it is written down what to do when it is down.
        slo_target_percent: uptime that its owner promises, e.g. 99.9; None promises nothing.
        enabled_at: when it was created or last resumed; the grace period starts here.
        scheduled_since: when its present timetable began; coverage is counted from here.
        probed_since: when it was created, resumed, or last edited in what it probes: then all its
            regions probe it at once.
    """

    id: str
    revision: int
    name: str
    kind: str
    target: str
    interval_seconds: int
    timeout_ms: int
    regions: tuple[str, ...]
    policy: Policy
    created_at: datetime
    updated_at: datetime
    enabled_at: datetime
    scheduled_since: datetime
    strategy: Strategy = "rotate"
    grace_period_seconds: int = 300
    probe: Mapping[str, Any] = field(default_factory=dict)
    secret_fields: tuple[str, ...] = ()
    secrets_version: int | None = None
    assertions: tuple[Assertion, ...] = ()
    degraded_after_ms: int | None = None
    channels: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    escalation_policy: str | None = None
    depends_on: tuple[str, ...] = ()
    runbook_url: str | None = None
    slo_target_percent: float | None = None
    paused: bool = False
    probed_since: datetime | None = None

    @property
    def interval(self) -> timedelta:
        """Time from one slot to the next."""
        return timedelta(seconds=self.interval_seconds)

    @property
    def timeout(self) -> timedelta:
        """Longest time that one probe may take."""
        return timedelta(milliseconds=self.timeout_ms)

    @property
    def grace(self) -> Interval:
        """Its grace period."""
        return Interval(self.enabled_at, self.grace_ends_at)

    @property
    def grace_ends_at(self) -> datetime:
        """Instant until which a monitor that never passed stays silent."""
        return self.enabled_at + timedelta(seconds=self.grace_period_seconds)


def majority(regions: int) -> int:
    """Count the votes of a strict majority: a tie is never one.

    >>> [majority(n) for n in (1, 2, 3, 4, 5)]
    [1, 2, 2, 3, 3]
    """
    return regions // 2 + 1
