"""Where a monitor stands, and the ledger row that says how it got there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import Status, Vote
from sentinelmesh.domain.monitors.monitor import Monitor, Policy


class Rule(StrEnum):
    """The rule that decided a transition; `transition_text.py` has a sentence for each."""

    FIRST_PASS = "first_pass"  # noqa: S105 (a probe that passed, not a password)
    FAILING_IN_GRACE = "failing_in_grace"
    SUSPECTED = "suspected"
    DISMISSED = "dismissed"
    DISMISSED_UNVERIFIED = "dismissed_unverified"
    LAPSED = "lapsed"
    REGION_RECOVERED = "region_recovered"
    QUORUM = "quorum"
    UNVERIFIED = "unverified"
    RECOVERED = "recovered"
    RECOVERED_UNVERIFIED = "recovered_unverified"
    MAINTENANCE = "maintenance"
    REGIONAL = "regional"
    DEGRADED = "degraded"
    DEGRADED_OVER = "degraded_over"
    STABLE = "stable"
    BLIND = "blind"
    JUDGED_AGAIN = "judged_again"
    EDITED = "edited"
    PAUSED = "paused"
    RESUMED = "resumed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the verifier has decided so far about one monitor.

    Args:
        revision: the monitor's revision when this state was written.
        version: +1 with each transition; 0 means nothing was ever decided (and stored).
        watermark: slot of the last round that decided; only later rounds decide anything.
        suspect_slot: while verifying, the slot whose failure raised the suspicion.
        failing_since: start of the first failing probe of a monitor that has not worked yet.
        never_up: while verifying, whether it has not worked yet.
        failing_regions: regions known to fail for this monitor while others see it work.
        incident_id: the open incident, if any.
        flips: slots of the last changes between up and down, as many as flapping is told by.
        flapping: it went up and down too often; its incident stays open until it is stable.
        regional: a region failed again while others saw it work, and an incident was asked for.
        degraded: a quorum of regions finds that it works, but not as it should.
        blind_since: the first slot of which nobody knows anything, while nobody can judge it.
        worked_since: slot of its first passing round since it was created or resumed; None if it
            has not worked yet.
    """

    monitor_id: str
    revision: int
    version: int
    status: Status
    since: datetime
    watermark: datetime | None = None
    suspect_slot: datetime | None = None
    failing_since: datetime | None = None
    never_up: bool = False
    failing_regions: tuple[str, ...] = ()
    incident_id: str | None = None
    opened_at: datetime | None = None
    flips: tuple[datetime, ...] = ()
    flapping: bool = False
    regional: bool = False
    degraded: bool = False
    blind_since: datetime | None = None
    worked_since: datetime | None = None

    @property
    def is_restless(self) -> bool:
        """Return whether any result, also an expected one, may end a trouble."""
        is_blind = self.blind_since is not None
        return self.flapping or self.regional or self.degraded or is_blind


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the decision ledger: what changed, and why.

    Args:
        version: the state version that it produced.
        at: when it was decided.
        slot: the round that decided; None where no round did (pause, edit, delete).
        votes: the votes of that round that were known when it was decided.
        sentence: the reason in plain words.
        incident_id: the incident that it begins, ends or belongs to.
        superseded: the incident that ends because a graver or lesser one takes its place.
        flapping: whether the monitor flaps from here on.
        tells: what people are told of it; None where nobody is told anything.
    """

    monitor_id: str
    version: int
    from_status: Status
    to_status: Status
    at: datetime
    rule: Rule
    sentence: str
    revision: int
    slot: datetime | None = None
    votes: tuple[Vote, ...] = ()
    policy: Policy | None = None
    failing_regions: tuple[str, ...] = ()
    incident_id: str | None = None
    superseded: str | None = None
    flapping: bool = False
    tells: AlertKind | None = None


def known_failing(monitor: Monitor, state: State) -> frozenset[str]:
    """Regions known to fail; an edit makes us forget, for it may have changed the target.

    What people were told of is not forgotten: a regional incident ends when they work again.
    """
    known = frozenset(state.failing_regions)
    if state.revision == monitor.revision:
        return known
    return known & frozenset(monitor.regions) if state.regional else frozenset()
