"""A probe that goes without an answer: what probers and scheduler know of speculative verification.

It stands apart from the decision, whose parts neither of them imports.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sentinelmesh.domain.monitors.monitor import Strategy

# So long a probe may go without an answer before anybody else is asked, or as long as it usually
# takes if that is longer.
PATIENCE = timedelta(milliseconds=1500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A scheduled probe that goes without an answer for longer than usual; no vote, no result."""

    slot: datetime
    region: str
    revision: int


def can_speculate(strategy: Strategy, regions: Sequence[str]) -> bool:
    """Return whether there is anybody left to ask: with `all` everybody is asked anyway."""
    return strategy == "rotate" and len(regions) > 1
