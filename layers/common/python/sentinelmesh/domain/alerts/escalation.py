"""Whom to ask next when nobody takes care of an outage."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_STEPS = 5
MAX_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """Channels that hear of an outage which nobody has acknowledged for so long.

    Args:
        after_minutes: counted from the moment at which the incident was opened.
        channels: their ids.
    """

    after_minutes: int
    channels: tuple[str, ...]

    @property
    def after(self) -> timedelta:
        """How long the step waits."""
        return timedelta(minutes=self.after_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """At most five steps, each later than the one before."""

    id: str
    name: str
    steps: tuple[EscalationStep, ...]
    created_at: datetime
    updated_at: datetime
    revision: int = 1

    def check(self) -> None:
        """Raise ValueError if a step never comes, or comes before the incident."""
        if any(not 0 <= step.after_minutes <= MAX_MINUTES for step in self.steps):
            raise ValueError(f"steps come within {MAX_MINUTES} minutes")
