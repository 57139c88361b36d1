"""Trying a policy on the past: what is proposed, and what it would have made of it."""

from typing import Literal

from pydantic import Field

from functions.api.schemas.base import Instant, Shown, Strict
from functions.api.schemas.monitor_shown import VerificationShown


class ProposalIn(Strict):
    """What is to be different; what is left out stays as the monitor has it."""

    quorum: int | None = Field(None, ge=1, description="failing regions that confirm an outage")
    confirm_after: int | None = Field(None, ge=1, le=10, description="confirmed rounds in a row")
    recover_after: int | None = Field(None, ge=1, le=10, description="passing rounds in a row")


class BacktestIn(Strict):
    """Which policy, over which time."""

    verification: ProposalIn = Field(
        default_factory=lambda: ProposalIn(quorum=None, confirm_after=None, recover_after=None)
    )
    window: Literal["24h", "7d", "30d"] = "7d"


class TriedIncidentOut(Shown):
    """An incident that was, or would have been."""

    id: str | None = Field(description="null where it would have been only")
    opened_at: Instant
    confirmed_at: Instant
    resolved_at: Instant | None
    duration_seconds: int | None
    detection_delay_ms: int
    cause: str
    regions: list[str]


class CourseOut(Shown):
    """How it went, or would have gone."""

    incidents: list[TriedIncidentOut]
    alerts: int = Field(description="alert rows: openings and ends times the channels told")
    downtime_seconds: int
    detection_delay_ms: int | None = Field(description="the middle one; null without incidents")


class BacktestOut(Shown):
    """A proposal beside what really happened."""

    from_: Instant = Field(alias="from")
    to: Instant
    limited_by: str | None = Field(
        description="why `from` is later than the beginning of the window; null if it is not"
    )
    results: int = Field(description="results looked at")
    verification: VerificationShown
    proposed: CourseOut
    actual: CourseOut
    avoided_alarms: int = Field(description="suspicions that the proposal would have dismissed")
    spared: list[TriedIncidentOut] = Field(description="incidents that would not have been")
    added: list[TriedIncidentOut] = Field(description="incidents that were not")
    missing_votes: int = Field(
        description="votes that the proposal would have asked for and that nobody measured: the "
        "more there are, the less the proposal's figures are worth"
    )
