"""What may be done about an alert row at a moment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Claim the row and deliver it.

    Args:
        combined: tell beginning and end in one message; an OPENED row that was not sent yet is
            suppressed with it.
        overtaken: the channel heard of a newer outage already: this is no news about the present.
        uncertain_attempts: messages so far of which nobody knows whether they arrived.
    """

    combined: bool = False
    overtaken: bool = False
    uncertain_attempts: int = 0

    @property
    def repeat(self) -> bool:
        """Whether it may have arrived before: the message has to say so."""
        return self.uncertain_attempts > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Postpone:
    """Suppress for now, and look again when the quiet window ends.

    Args:
        uncertain_attempts: as in Send; the doubts stay.
    """

    until: datetime
    uncertain_attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    """Be due again at this moment, for a reason that somebody may read meanwhile.

    Args:
        uncertain_attempts: as in Send; the doubts stay.
        is_held: quiet hours or flapping hold it back: the day after which it is given up begins
            then.
        parent: the name of what it depends on, if it is held for that.
    """

    until: datetime
    reason: str
    uncertain_attempts: int = 0
    is_held: bool = False
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again at this moment."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """Do not send, for good.

    Args:
        with_opened: the OPENED row ends in the same write, so that nobody sends it meanwhile.
    """

    reason: str
    with_opened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Return up; the row stays visible as DEAD."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The row is finished."""


Action = Send | Postpone | Defer | Wait | Suppress | Kill | Nothing
