"""When enough regions agree: the one rule that turns votes into a verdict."""

from collections.abc import Iterable
from enum import StrEnum

from sentinelmesh.domain.probing.result import Outcome


class Verdict(StrEnum):
    """What the votes of one round say together."""

    CONFIRMED_DOWN = "confirmed_down"
    DISMISSED = "dismissed"
    UNDECIDED = "undecided"


def judge(outcomes: Iterable[Outcome], *, regions: int, quorum: int) -> Verdict:
    """Judge one round; at most one outcome per region.

    Failures confirm when they reach the quorum. Successes dismiss when so many regions saw it
    work that the quorum is out of reach. Abstentions do neither. More votes never turn one
    verdict into the other, so the order of arrival cannot matter.

    >>> judge([Outcome.FAILURE, Outcome.FAILURE], regions=3, quorum=2).value
    'confirmed_down'
    >>> judge([Outcome.FAILURE, Outcome.SUCCESS], regions=2, quorum=2).value
    'dismissed'
    >>> judge([Outcome.FAILURE, Outcome.UNKNOWN, Outcome.UNKNOWN], regions=3, quorum=2).value
    'undecided'
    """
    votes = list(outcomes)
    if votes.count(Outcome.FAILURE) >= quorum:
        return Verdict.CONFIRMED_DOWN
    if votes.count(Outcome.SUCCESS) > regions - quorum:
        return Verdict.DISMISSED
    return Verdict.UNDECIDED
