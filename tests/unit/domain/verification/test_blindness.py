"""A monitor that nobody can judge any more is blind, with the reason; so may be a whole mesh."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.blindness import (
    Judged,
    MeshSight,
    can_turn_blind,
    find_blindness,
    is_overdue,
    is_verdict,
    judge_mesh,
)
from sentinelmesh.domain.verification.decide import initial_state
from sentinelmesh.domain.verification.decision import Blindness, StateChange
from sentinelmesh.domain.verification.monitor_state import Rule, State
from tests.support.builders import REGIONS, START, a_monitor, a_result, a_slot

SECRET = {"outcome": Outcome.UNKNOWN, "error": "secrets_unavailable", "detail": "no such secret"}
MINUTE = timedelta(minutes=1)


def a_state(monitor: Monitor, status: Status = Status.UP, **changes: Any) -> State:
    """Build the state of a monitor whose last deciding round was the first of the tests' time."""
    plain = State(
        monitor_id=monitor.id,
        revision=monitor.revision,
        version=4,
        status=status,
        since=START,
        watermark=a_slot(monitor, 0),
    )
    return replace(plain, **changes)


def abstentions(monitor: Monitor, slots: Iterable[int], **changes: Any) -> list[Result]:
    """Build a scheduled abstention of each slot."""
    return [
        a_result(monitor, a_slot(monitor, slot), REGIONS[slot % 3], **SECRET | changes)
        for slot in slots
    ]


def blind_after(
    monitor: Monitor, results: list[Result], minutes: float, state: State | None = None, **more: Any
) -> StateChange | None:
    """Look for blindness so many minutes after the first slot of the tests' time."""
    at = a_slot(monitor, 0) + minutes * MINUTE
    return find_blindness(monitor, state or a_state(monitor), results, at, **more)


def found(change: StateChange | None) -> Blindness:
    """Return the blindness that a change is about."""
    assert change is not None
    assert change.blindness is not None
    return change.blindness


def test_a_monitor_is_blind_when_all_have_abstained_for_three_intervals_and_ten_minutes() -> None:
    shop = a_monitor()
    results = [a_result(shop, a_slot(shop, 0), REGIONS[0]), *abstentions(shop, range(1, 10))]
    assert blind_after(shop, results, 10) is None
    # The last of the probes may take its whole timeout.
    assert blind_after(shop, results, 10 + 10 / 60) is None
    change = blind_after(shop, results, 10 + 11 / 60)
    assert change is not None
    assert (change.to_status, change.rule) == (Status.UP, Rule.BLIND)
    assert found(change).since == a_slot(shop, 1)
    assert found(change).reason == "secrets_unavailable"
    assert found(change).detail == "no such secret"
    assert [vote.region for vote in found(change).votes] == sorted(REGIONS)
    assert {vote.started_at.replace(microsecond=0) for vote in found(change).votes} == {
        a_slot(shop, 7),
        a_slot(shop, 8),
        a_slot(shop, 9),
    }


def test_a_slow_monitor_is_blind_after_three_intervals() -> None:
    daily = a_monitor(interval_seconds=3600)
    results = [a_result(daily, a_slot(daily, 0), REGIONS[0]), *abstentions(daily, range(1, 4))]
    assert blind_after(daily, results, 180) is None
    assert blind_after(daily, results, 181) is not None


def test_a_monitor_without_any_result_is_blind_too() -> None:
    shop = a_monitor()
    change = blind_after(shop, [a_result(shop, a_slot(shop, 0), REGIONS[0])], 11)
    assert found(change) == Blindness(
        since=a_slot(shop, 1), reason="no_results", detail="no region has sent a result"
    )


def test_the_clock_starts_with_the_timetable_where_no_verdict_is_stored() -> None:
    shop = a_monitor(scheduled_since=a_slot(a_monitor(), 5))
    assert blind_after(shop, [], 15) is None
    assert found(blind_after(shop, [], 16)).since == a_slot(shop, 6)


def test_an_abstention_without_words_is_named_by_its_code() -> None:
    shop = a_monitor()
    results = abstentions(shop, range(1, 10), detail=None, error="internal_error")
    assert found(blind_after(a_monitor(scheduled_since=START), results, 30)).detail == (
        "internal_error"
    )


def test_the_most_frequent_reason_is_given_whatever_the_order() -> None:
    shop = a_monitor()
    seen = a_result(shop, a_slot(shop, 0), REGIONS[0])
    many = abstentions(shop, range(1, 7))
    few = abstentions(shop, range(7, 10), error="expired", detail="it had expired")
    assert found(blind_after(shop, [seen, *many, *few], 11)).reason == "secrets_unavailable"
    assert found(blind_after(shop, [*few, *many, seen], 11)) == found(
        blind_after(shop, [seen, *many, *few], 11)
    )
    tie = abstentions(shop, range(1, 4)) + abstentions(shop, range(4, 7), error="expired")
    assert found(blind_after(shop, [seen, *tie], 11)).reason == "expired"
    assert found(blind_after(shop, [*tie[::-1], seen], 11)).reason == "expired"


@pytest.mark.parametrize("outcome", [Outcome.SUCCESS, Outcome.FAILURE])
@pytest.mark.parametrize("purpose", [Purpose.SCHEDULED, Purpose.VERIFICATION])
def test_one_verdict_of_any_region_is_sight(outcome: Outcome, purpose: Purpose) -> None:
    shop = a_monitor()
    seen = a_result(shop, a_slot(shop, 4), REGIONS[1], outcome=outcome, purpose=purpose)
    results = [seen, *abstentions(shop, range(5, 12))]
    assert blind_after(shop, results, 13) is None
    assert found(blind_after(shop, results, 15)).since == a_slot(shop, 5)


def test_a_probe_by_hand_is_no_verdict() -> None:
    shop = a_monitor()
    by_hand = a_result(shop, a_slot(shop, 9), REGIONS[0], purpose=Purpose.MANUAL)
    assert not is_verdict(by_hand)
    change = blind_after(shop, [a_result(shop, a_slot(shop, 0), REGIONS[0]), by_hand], 11)
    assert found(change).votes == ()


def test_a_job_that_need_not_have_reported_yet_is_known_to_be_well() -> None:
    shop = a_monitor()
    waiting = abstentions(shop, range(1, 12), error="heartbeat_waiting")
    assert blind_after(shop, waiting, 12) is None


@pytest.mark.parametrize("status", [Status.UP, Status.VERIFYING, Status.DOWN, Status.PENDING])
def test_every_watched_monitor_that_was_judged_once_can_turn_blind(status: Status) -> None:
    shop = a_monitor()
    assert can_turn_blind(shop, a_state(shop, status), START)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.PAUSED},
        {"status": Status.DELETED},
        {"watermark": None},
        {"blind_since": START},
    ],
)
def test_what_is_not_watched_never_worked_or_is_known_to_be_blind_is_no_news(
    changes: dict[str, Any],
) -> None:
    shop = a_monitor()
    assert not can_turn_blind(shop, replace(a_state(shop), **changes), START)
    assert blind_after(shop, [], 600, replace(a_state(shop), **changes)) is None


def test_a_paused_monitor_is_not_blind() -> None:
    shop = a_monitor(paused=True)
    assert not can_turn_blind(shop, a_state(shop), START)


def test_a_resumed_monitor_has_its_grace_period_first() -> None:
    shop = a_monitor(enabled_at=START, grace_period_seconds=300)
    pending = a_state(shop, Status.PENDING)
    assert not can_turn_blind(shop, pending, START + timedelta(seconds=299))
    assert can_turn_blind(shop, pending, START + timedelta(seconds=300))
    assert not is_overdue(Judged(monitor=shop, slot=None), START + 10 * MINUTE)
    assert is_overdue(Judged(monitor=shop, slot=None), START + 11 * MINUTE)


def test_a_maintenance_window_excuses_blindness_and_the_clock_starts_anew_at_its_end() -> None:
    shop = a_monitor()
    results = [a_result(shop, a_slot(shop, 0), REGIONS[0]), *abstentions(shop, range(1, 40))]
    window = Interval(a_slot(shop, 5), a_slot(shop, 20))
    assert blind_after(shop, results, 12, maintenance=[window]) is None
    assert blind_after(shop, results, 30, maintenance=[window]) is None
    assert found(blind_after(shop, results, 31, maintenance=[window])).since == a_slot(shop, 1)


def test_a_blind_mesh_excuses_its_monitors_and_the_clock_starts_anew_at_its_end() -> None:
    shop = a_monitor()
    results = [a_result(shop, a_slot(shop, 0), REGIONS[0])]
    lifted = a_slot(shop, 20)
    assert blind_after(shop, results, 30, mesh_blind_at=lifted) is None
    assert found(blind_after(shop, results, 31, mesh_blind_at=lifted)).since == a_slot(shop, 1)


def mesh(silent: int, judged: int, **changes: Any) -> list[Judged]:
    """Build a mesh of which some monitors have had no verdict since the beginning of the tests."""
    each = a_monitor(**changes)
    return [Judged(monitor=each, slot=START)] * silent + [
        Judged(monitor=each, slot=START + 9 * MINUTE)
    ] * judged


@pytest.mark.parametrize(
    ("silent", "judged", "is_blind"),
    [(6, 5, True), (5, 5, False), (5, 4, True), (4, 0, False), (5, 0, True), (300, 299, True)],
)
def test_more_than_half_of_at_least_five_are_the_mesh(
    silent: int, judged: int, *, is_blind: bool
) -> None:
    assert judge_mesh(mesh(silent, judged), START + 10 * MINUTE) == MeshSight(
        watched=silent + judged, silent=silent, is_blind=is_blind
    )


def test_where_no_region_judges_anything_slow_monitors_do_not_outvote_the_others() -> None:
    slow = [Judged(monitor=a_monitor(interval_seconds=3600), slot=START)] * 20
    at = START + 11 * MINUTE
    assert judge_mesh([*mesh(5, 0), *slow], at).is_blind
    seen = Judged(monitor=a_monitor(interval_seconds=3600), slot=START + 2 * MINUTE)
    assert not judge_mesh([*mesh(5, 0), *slow, seen], at).is_blind
    assert not judge_mesh([*mesh(4, 0), *slow], at).is_blind


def test_a_monitor_that_never_worked_is_never_blind() -> None:
    shop = a_monitor()
    assert find_blindness(shop, initial_state(shop), [], START + timedelta(days=2)) is None
