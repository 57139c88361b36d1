"""Every possible round of up to four regions, judged against the words of the guarantees."""

from itertools import product

import pytest

from sentinelmesh.domain.monitors.monitor import majority
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.quorum import Verdict, judge

S, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN
# Every mesh of up to four regions, every quorum of it, every set of votes that may be in.
CASES = [
    (regions, quorum, votes)
    for regions in range(1, 5)
    for quorum in range(1, regions + 1)
    for voters in range(regions + 1)
    for votes in product((S, F, U), repeat=voters)
]


def test_a_majority_is_strict() -> None:
    assert [majority(regions) for regions in range(1, 8)] == [1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("regions", range(2, 21, 2))
def test_a_tie_of_the_default_quorum_is_never_an_outage(regions: int) -> None:
    tie = [F] * (regions // 2) + [S] * (regions // 2)
    assert judge(tie, regions=regions, quorum=majority(regions)) is Verdict.DISMISSED


def test_a_round_is_confirmed_exactly_when_its_failures_reach_the_quorum() -> None:
    for regions, quorum, votes in CASES:
        confirmed = judge(votes, regions=regions, quorum=quorum) is Verdict.CONFIRMED_DOWN
        assert confirmed == (votes.count(F) >= quorum), (regions, quorum, votes)


def test_a_round_is_dismissed_exactly_when_successes_put_the_quorum_out_of_reach() -> None:
    for regions, quorum, votes in CASES:
        dismissed = judge(votes, regions=regions, quorum=quorum) is Verdict.DISMISSED
        out_of_reach = regions - votes.count(S) < quorum
        assert dismissed == out_of_reach, (regions, quorum, votes)


def test_further_votes_never_overturn_a_verdict() -> None:
    for regions, quorum, votes in CASES:
        verdict = judge(votes, regions=regions, quorum=quorum)
        if verdict is Verdict.UNDECIDED or len(votes) == regions:
            continue
        for further in (S, F, U):
            assert judge([*votes, further], regions=regions, quorum=quorum) is verdict


def test_the_order_of_votes_does_not_matter() -> None:
    for regions, quorum, votes in CASES:
        verdicts = {judge(order, regions=regions, quorum=quorum) for order in (votes, votes[::-1])}
        assert len(verdicts) == 1


def test_abstentions_alone_decide_nothing() -> None:
    assert judge([U, U, U], regions=3, quorum=1) is Verdict.UNDECIDED
    assert judge([], regions=3, quorum=1) is Verdict.UNDECIDED


def test_an_unknown_vote_is_an_abstention() -> None:
    assert judge([F, U, U], regions=3, quorum=2) is Verdict.UNDECIDED
    assert judge([S, U, U], regions=3, quorum=2) is Verdict.UNDECIDED
