"""What was out of reach a moment ago is not waited for again until one caller has tried."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from sentinelmesh.circuit_breaker import OPEN_SECONDS, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock)


def test_a_service_of_which_nothing_is_known_is_called(breaker: CircuitBreaker) -> None:
    assert not breaker.is_open
    assert breaker.allows_call()
    assert breaker.allows_call()


def test_a_service_that_was_out_of_reach_is_not_called_for_some_seconds(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_failure()
    assert breaker.is_open
    clock.now += OPEN_SECONDS - 0.001
    assert not breaker.allows_call()


def test_afterwards_one_caller_tries_and_the_others_still_do_not_wait(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_failure()
    clock.now += OPEN_SECONDS
    assert [breaker.allows_call() for _ in range(3)] == [True, False, False]
    assert breaker.is_open


def test_of_many_callers_at_once_only_one_tries(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.record_failure()
    clock.now += OPEN_SECONDS
    together = Barrier(8)

    def call(_number: int) -> bool:
        together.wait(30)
        return breaker.allows_call()

    with ThreadPoolExecutor(8) as callers:
        assert sum(callers.map(call, range(8))) == 1


def test_a_success_lets_everybody_call_again(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.record_failure()
    clock.now += OPEN_SECONDS
    assert breaker.allows_call()
    breaker.record_success()
    assert not breaker.is_open
    assert [breaker.allows_call() for _ in range(3)] == [True, True, True]


def test_a_failure_of_the_one_that_tried_begins_the_pause_anew(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_failure()
    clock.now += OPEN_SECONDS
    assert breaker.allows_call()
    clock.now += 2
    breaker.record_failure()
    clock.now += OPEN_SECONDS - 0.001
    assert not breaker.allows_call()
    clock.now += 0.001
    assert breaker.allows_call()


def test_one_that_tried_and_was_never_heard_of_again_blocks_nobody_for_good(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_failure()
    clock.now += OPEN_SECONDS
    assert breaker.allows_call()
    clock.now += OPEN_SECONDS
    assert breaker.allows_call()
