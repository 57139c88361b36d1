"""The forms that a row takes: claimed, sent, waiting for another attempt, finished."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.alert import Alert, AlertState
from sentinelmesh.domain.alerts.alert_transitions import (
    MAX_ANSWER,
    MAX_PAUSE,
    claim,
    defer,
    finish,
    lease,
    mark_sent,
    postpone,
    record_failure,
    retry_at,
)
from sentinelmesh.domain.alerts.delivery_action import Defer, Postpone, Send
from sentinelmesh.domain.alerts.delivery_context import QUIET_WINDOW
from sentinelmesh.domain.alerts.delivery_policy import GIVE_UP_AFTER, KEYED_LEASE, KEYLESS_LEASE
from sentinelmesh.errors import DeliveryFailed
from tests.support.alerts import an_alert
from tests.support.builders import START

SECOND = timedelta(seconds=1)
NOW = START + timedelta(minutes=1)
ROW = an_alert(attempts=3, uncertain_attempts=1)


def after(failure: DeliveryFailed, row: Alert | None = None, *, takes_key: bool = False) -> Alert:
    mine = row or claim(an_alert(), Send(), START, takes_key=takes_key, chance=Random(1))
    return record_failure(mine, failure, NOW, takes_key=takes_key, chance=Random(1))


@pytest.mark.parametrize(("takes_key", "length"), [(True, KEYED_LEASE), (False, KEYLESS_LEASE)])
def test_a_claim_is_the_claimers_until_the_lease_ends(
    takes_key: bool,  # noqa: FBT001 (a column of the table)
    length: timedelta,
) -> None:
    mine = claim(
        ROW, Send(combined=True, uncertain_attempts=1), NOW, takes_key=takes_key, chance=Random(1)
    )
    assert lease(NOW, takes_key=takes_key) == NOW + length
    assert (mine.state, mine.claimed_at) == (AlertState.CLAIMED, NOW)
    assert mine.lease_until == mine.due_at == NOW + length
    assert (mine.attempts, mine.uncertain_attempts, mine.combined) == (4, 1, True)
    assert not mine.finished


def test_what_is_put_off_waits_as_it_was_and_says_why() -> None:
    until = NOW + timedelta(minutes=5)
    fresh = defer(an_alert(), Defer(until=until, reason="quiet hours", is_held=True))
    assert (fresh.state, fresh.due_at, fresh.held_until) == (AlertState.PENDING, until, until)
    assert fresh.answer == "waits: quiet hours"
    tried = defer(ROW, Defer(until=until, reason="asked again"))
    assert (tried.state, tried.held_until) == (AlertState.RETRY, None)
    held = an_alert(parent="Router", held_until=START)
    again = defer(held, Defer(until=until, reason="again"))
    assert (again.parent, again.held_until) == ("Router", START), "not held, and not forgotten"


@pytest.mark.parametrize("asked", [0.0, 30.0])
def test_a_pause_that_a_provider_asks_for_is_kept_with_two_seconds_of_jitter(asked: float) -> None:
    pauses = [
        (retry_at(ROW, NOW, asked, Random(seed)) - NOW).total_seconds() - asked
        for seed in range(300)
    ]
    assert 0 <= min(pauses) < 0.1
    assert 1.9 < max(pauses) <= 2


def test_what_was_sent_is_finished_with_the_providers_answer() -> None:
    done = mark_sent(ROW, NOW, "HTTP 200 " + "x" * 1000)
    assert (done.state, done.finished, done.sent_at) == (AlertState.SENT, True, NOW)
    assert done.answer is not None
    assert len(done.answer) == MAX_ANSWER


def test_what_is_finished_says_why() -> None:
    done = finish(ROW, AlertState.DEAD, "no such address")
    assert (done.state, done.finished, done.answer) == (AlertState.DEAD, True, "no such address")
    assert done.sent_at is None


def test_what_is_postponed_is_looked_at_again_when_the_quiet_window_ends() -> None:
    until = NOW + timedelta(minutes=2)
    quiet = postpone(an_alert(attempts=3), Postpone(until=until, uncertain_attempts=1))
    assert (quiet.state, quiet.finished, quiet.due_at) == (AlertState.SUPPRESSED, False, until)
    assert (quiet.attempts, quiet.uncertain_attempts) == (3, 1)


def test_every_claim_has_a_name_of_its_own() -> None:
    chance = Random(1)
    claims = {claim(ROW, Send(), NOW, takes_key=True, chance=chance).claim for _ in range(9)}
    assert len(claims) == 9


def test_a_passing_failure_is_followed_by_another_attempt() -> None:
    again = after(DeliveryFailed("HTTP 503 busy"))
    assert (again.state, again.finished, again.answer) == (AlertState.RETRY, False, "HTTP 503 busy")
    assert NOW < again.due_at <= NOW + timedelta(seconds=20)
    assert (again.attempts, again.uncertain_attempts) == (1, 0)


def test_a_permanent_failure_ends_the_row() -> None:
    end = after(DeliveryFailed("HTTP 404 no_service", permanent=True))
    assert (end.state, end.finished) == (AlertState.DEAD, True)


def test_after_an_uncertain_answer_a_repeat_has_to_wait_for_five_minutes() -> None:
    again = after(DeliveryFailed("no answer", uncertain=True))
    assert (again.state, again.uncertain_attempts) == (AlertState.RETRY, 1)
    assert again.due_at >= NOW + QUIET_WINDOW


def test_a_longer_pause_that_the_provider_asked_for_is_kept_all_the_same() -> None:
    again = after(DeliveryFailed("?", uncertain=True, retry_after_seconds=900))
    assert again.due_at >= NOW + timedelta(seconds=900)


def test_a_second_uncertain_answer_ends_the_row() -> None:
    row = claim(an_alert(), Send(uncertain_attempts=1), START, takes_key=False, chance=Random(1))
    end = after(DeliveryFailed("no answer", uncertain=True), row)
    assert (end.state, end.finished, end.uncertain_attempts) == (AlertState.DEAD, True, 2)


def test_a_certain_failure_after_an_uncertain_one_keeps_the_doubt_and_the_pace() -> None:
    row = claim(an_alert(), Send(uncertain_attempts=1), START, takes_key=False, chance=Random(1))
    again = after(DeliveryFailed("HTTP 503"), row)
    assert (again.state, again.uncertain_attempts) == (AlertState.RETRY, 1)
    assert again.due_at <= NOW + timedelta(seconds=20)


def test_with_a_key_nothing_is_uncertain_and_attempts_go_on() -> None:
    row = claim(an_alert(attempts=7), Send(), START, takes_key=True, chance=Random(1))
    again = after(DeliveryFailed("no answer", uncertain=True), row, takes_key=True)
    assert (again.state, again.uncertain_attempts) == (AlertState.RETRY, 0)


def test_pauses_double_up_to_a_quarter_of_an_hour_with_full_jitter() -> None:
    def longest(attempts: int) -> float:
        row = an_alert(attempts=attempts)
        pauses = [
            (retry_at(row, NOW, None, Random(seed)) - NOW).total_seconds() for seed in range(300)
        ]
        assert min(pauses) < max(pauses) / 10
        return max(pauses)

    ceilings = [20, 40, 80, 160, 320, 640, 900, 900]
    for attempts, ceiling in enumerate(ceilings, start=1):
        assert ceiling * 0.9 < longest(attempts) <= ceiling


@given(
    asked=st.one_of(st.none(), st.floats(allow_nan=False), st.sampled_from([float("inf"), 1e300])),
    age=st.integers(0, 30 * 3600),
    attempts=st.integers(0, 10**6),
    seed=st.integers(0, 99),
)
def test_the_next_attempt_is_ahead_and_never_behind_the_day(
    asked: float | None, age: int, attempts: int, seed: int
) -> None:
    row: Any = an_alert(attempts=attempts)
    at = row.created_at + timedelta(seconds=age)
    again = retry_at(row, at, asked, Random(seed))
    assert again > at
    assert again <= max(row.created_at + GIVE_UP_AFTER, at + SECOND)
    if asked is None:
        assert again - at <= MAX_PAUSE
    elif asked <= (row.created_at + GIVE_UP_AFTER - at).total_seconds():
        assert again >= at + timedelta(seconds=max(0.0, asked))
