"""Other regions are asked early where that may help, and nobody is told anything by it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.decide import decide, initial_state
from sentinelmesh.domain.verification.decision import VerificationRequest
from sentinelmesh.domain.verification.early_verification import is_worth_asking, speculate
from sentinelmesh.domain.verification.monitor_state import Rule, State
from sentinelmesh.domain.verification.transition import plan_transition
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot

HERE, *OTHERS = REGIONS
MONITOR = a_monitor()
SLOT = a_slot(MONITOR, 3)
SLOW = Unanswered(slot=SLOT, region=HERE, revision=1)
AT = SLOT + timedelta(seconds=2)
BEFORE = a_slot(MONITOR, 2)


def a_state(monitor: Monitor = MONITOR, **changes: Any) -> State:
    plain = replace(initial_state(monitor), version=1, status=Status.UP, watermark=BEFORE)
    return replace(plain, **changes)


def asked(
    monitor: Monitor = MONITOR,
    state: State | None = None,
    results: tuple[Result, ...] = (),
    slow: Unanswered = SLOW,
    **when: Any,
) -> VerificationRequest | None:
    return speculate(
        monitor, state or a_state(monitor), results, slow, **{"at": AT, "maintenance": (), **when}
    )


def test_the_other_regions_are_asked_about_the_very_slot() -> None:
    assert asked() == VerificationRequest(slot=SLOT, regions=tuple(OTHERS))
    assert asked(state=a_state(status=Status.VERIFYING, suspect_slot=SLOT)) is not None


@pytest.mark.parametrize(
    "settled",
    [
        {"monitor": a_monitor(strategy="all")},
        {"monitor": a_monitor(regions=(HERE,))},
        {"monitor": a_monitor(paused=True)},
        {"monitor": a_monitor(revision=2)},
        {"monitor": a_monitor(policy=Policy(quorum=2, quick_detection=False))},
        {"monitor": a_monitor(regions=tuple(OTHERS))},
        {"state": a_state(status=Status.DOWN)},
        {"state": a_state(status=Status.PENDING)},
        {"state": a_state(failing_regions=(HERE,))},
        {"state": a_state(watermark=SLOT)},
        {"maintenance": [Interval(SLOT, SLOT + timedelta(seconds=1))]},
        {"at": SLOT + MONITOR.interval + MONITOR.timeout},
        {"results": (a_result(MONITOR, SLOT, HERE),)},
        {"results": (a_result(MONITOR, SLOT, HERE, outcome=Outcome.FAILURE),)},
    ],
    ids="-".join,
)
def test_nobody_is_asked_where_a_failure_is_no_news_or_known_already(
    settled: dict[str, Any],
) -> None:
    assert asked(**settled) is None


def test_it_is_over_when_a_probe_of_the_slot_must_have_ended() -> None:
    end = SLOT + MONITOR.interval + MONITOR.timeout
    assert asked(at=end - timedelta(microseconds=1)) is not None
    assert asked(at=end) is None


def test_before_anything_was_decided_there_is_no_news_or_all_is_news() -> None:
    assert not is_worth_asking(None, SLOW)
    assert is_worth_asking(a_state(watermark=None), SLOW)


def test_nobody_is_asked_where_all_have_voted() -> None:
    seen = tuple(a_result(MONITOR, SLOT, each, purpose=Purpose.VERIFICATION) for each in OTHERS)
    assert asked(results=seen) is None


def test_who_has_voted_already_is_not_asked_again() -> None:
    seen = a_result(MONITOR, SLOT, OTHERS[0], purpose=Purpose.VERIFICATION)
    assert asked(results=(seen,)) == VerificationRequest(slot=SLOT, regions=(OTHERS[1],))
    elsewhere = replace(seen, slot=BEFORE)
    assert asked(results=(elsewhere,)) == VerificationRequest(slot=SLOT, regions=tuple(OTHERS))


def votes(*outcomes: Outcome) -> list[Result]:
    return [
        a_result(MONITOR, SLOT, region, outcome=outcome, purpose=Purpose.VERIFICATION)
        for region, outcome in zip(OTHERS, outcomes, strict=True)
    ]


def rules(results: list[Result]) -> list[Rule]:
    """Decide until nothing is left to decide; the rules that did."""
    state, found = a_state(), list[Rule]()
    while (change := decide(MONITOR, state, results, AT).change) is not None:
        taken = plan_transition(change, MONITOR, state, None, AT)
        state, found = taken.state, [*found, change.rule]
    return found


@pytest.mark.parametrize("first", Outcome)
@pytest.mark.parametrize("second", Outcome)
def test_early_votes_alone_and_before_a_late_success_move_nothing(
    first: Outcome, second: Outcome
) -> None:
    early = votes(first, second)
    assert rules(early) == []
    assert rules([*early, a_result(MONITOR, SLOT, HERE)]) == []
    assert rules([*early, a_result(MONITOR, SLOT, HERE, outcome=Outcome.UNKNOWN)]) == []


def test_a_late_failure_is_confirmed_or_dismissed_at_once() -> None:
    late = a_result(MONITOR, SLOT, HERE, outcome=Outcome.FAILURE)
    down = [*votes(Outcome.FAILURE, Outcome.SUCCESS), late]
    assert rules(down) == [Rule.SUSPECTED, Rule.QUORUM]
    blip = [*votes(Outcome.SUCCESS, Outcome.SUCCESS), late]
    assert rules(blip) == [Rule.SUSPECTED, Rule.DISMISSED]
