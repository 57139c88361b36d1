"""Which results can move nothing, so that nobody has to look at them."""

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.verification.expected_result import is_expected

P, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN


def expected(status: Status, outcome: Outcome, **changes: bool) -> bool:
    wanted = {"restless": False, "is_scheduled": True, **changes}
    return is_expected(status, ("us-east-1",), region="eu-west-1", outcome=outcome, **wanted)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("outcome", Outcome)
def test_what_is_up_passes_and_what_is_down_fails(status: Status, outcome: Outcome) -> None:
    usual = {(Status.UP, P), (Status.DOWN, F)}
    assert expected(status, outcome) is ((status, outcome) in usual)


@pytest.mark.parametrize(("status", "outcome"), [(Status.UP, P), (Status.DOWN, F)])
def test_a_vote_and_a_word_about_a_restless_monitor_deserve_a_look(
    status: Status, outcome: Outcome
) -> None:
    assert not expected(status, outcome, is_scheduled=False)
    assert not expected(status, outcome, restless=True)


def test_a_region_that_is_known_to_fail_and_works_again_is_news() -> None:
    news = {"restless": False, "is_scheduled": True}
    assert not is_expected(Status.UP, ("eu-west-1",), region="eu-west-1", outcome=P, **news)
