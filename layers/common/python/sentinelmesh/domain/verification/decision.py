"""What a decision may ask for: a transition, votes from other regions, another look later."""

from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.domain.incidents.incident import Status, Vote
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.domain.verification.round import Round


@dataclass(frozen=True, slots=True, kw_only=True)
class Blindness:
    """Why nobody can judge a monitor.

    Args:
        since: the first slot of which nobody knows anything.
        reason: code of what most probes since then ended with, or "no_results".
        detail: the same in plain words.
        votes: the newest abstention of each region.
    """

    since: datetime
    reason: str
    detail: str
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """One transition that is due.

    Args:
        round: the round that decided; None for pause, resume, edit and delete.
        settled_until: rounds up to here decide nothing any more, although none of them decided.
        began: the first round of the run that decided: an outage or a recovery starts there.
        blindness: of a monitor that nobody can judge any more.
    """

    to_status: Status
    rule: Rule
    round: Round | None = None
    settled_until: datetime | None = None
    began: Round | None = None
    blindness: Blindness | None = None
    failing_regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRequest:
    """Votes that are wanted from other regions for a slot."""

    slot: datetime
    regions: tuple[str, ...]
    purpose: Purpose = Purpose.VERIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now.

    Args:
        change: the next transition; decide again after it.
        asks: verification probes to dispatch, once the change is committed: it must be possible to
            ask for them again from there. Asking twice is harmless.
        wake_at: when to decide again even if no further result arrives.
        recheck: a check of what is down that is due at this moment. Whoever found it down wakes up
            for the first of these, and whoever asks for one wakes up for the next: one alarm each.
            The sweep leaves them to the alarms: it would take them away from these, or begin one
            more thread each time.
        recheck_at: when the next one is due.
        is_recheck_lost: nobody answered the last ones: perhaps nobody asked, for an alarm was lost.
            Then the sweep sets it again.
    """

    change: StateChange | None = None
    asks: tuple[VerificationRequest, ...] = ()
    wake_at: datetime | None = None
    recheck: VerificationRequest | None = None
    recheck_at: datetime | None = None
    is_recheck_lost: bool = False


NOTHING = Decision()
