"""Each kind against a provider in every mood: what its answer means, and what is shown of it."""

import pytest

from functions.alerter.channels import connection
from sentinelmesh.errors import DeliveryFailed
from tests.unit.alerter.kinds import KINDS, SECRET, deliver
from tests.unit.alerter.notices import a_notice
from tests.unit.alerter.provider import Reply, a_provider, answer, hang_up, reset, silence

pytestmark = pytest.mark.enable_socket
of_each_kind = pytest.mark.parametrize("kind", KINDS)
PASSING, PERMANENT, UNCERTAIN = (False, False), (True, False), (False, True)


def failure_of(kind: str, *replies: Reply, test: bool = False) -> DeliveryFailed:
    with a_provider(*replies) as provider, pytest.raises(DeliveryFailed) as raised:
        deliver(kind, provider, a_notice(test=test))
    assert SECRET not in raised.value.answer
    return raised.value


def verdict(failure: DeliveryFailed) -> tuple[bool, bool]:
    return failure.permanent, failure.uncertain


@of_each_kind
def test_an_example_is_taken(kind: str) -> None:
    with a_provider(answer(202, f"taken, {SECRET}")) as provider:
        told = deliver(kind, provider, a_notice(test=True))
        assert len(provider.requests) == KINDS[kind].requests
    assert told == "; ".join(["HTTP 202 taken, ***"] * KINDS[kind].requests)


@of_each_kind
def test_too_many_requests_pass_after_the_pause_asked_for(kind: str) -> None:
    failure = failure_of(kind, answer(429, "slow down", Retry_After="17"))
    assert verdict(failure) == PASSING
    assert failure.retry_after_seconds == 17


@of_each_kind
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_final_and_word_for_word(kind: str, status: int) -> None:
    failure = failure_of(kind, answer(status, f'{{"error":"no such key {SECRET}"}}'))
    assert verdict(failure) == PERMANENT
    assert failure.answer == f'HTTP {status} {{"error":"no such key ***"}}'


@of_each_kind
@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_of_the_provider_passes(kind: str, status: int) -> None:
    assert verdict(failure_of(kind, answer(status))) == PASSING


@of_each_kind
@pytest.mark.parametrize("reply", [silence, reset, hang_up])
def test_without_an_answer_nobody_knows(
    kind: str, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TOTAL_SECONDS", 0.15)
    assert verdict(failure_of(kind, reply)) == UNCERTAIN


@pytest.mark.parametrize("kind", [kind for kind, made in KINDS.items() if made.requests > 1])
def test_what_fails_half_way_is_repeated_as_a_whole(kind: str) -> None:
    assert verdict(failure_of(kind, answer(202), answer(500), test=True)) == PASSING
