"""Bugs of each kind, planted on purpose: the simulation finds every one within a few seeds.

A proof that never fails proves nothing. Each test breaks one rule of the mesh and asks for a
violation of the promise that this rule keeps.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.alerter.follow_ups import Followers
from sentinelmesh.domain.alerts import delivery_policy, routing
from sentinelmesh.domain.verification import decide
from sentinelmesh.domain.verification.round import rounds_of
from sentinelmesh.domain.verification.transition import TransitionPlan
from sentinelmesh.storage import alerts, outbox
from sentinelmesh.storage.transitions_writer import Ledger
from tests.simulation.faults import CALM, WORST
from tests.simulation.lives import live
from tests.simulation.mesh import Plan

MAX_SEEDS = 16
SMALL: dict[str, Any] = {"monitors": 6, "storm": timedelta(minutes=6)}
# Whatever has two invocations look at the same row at once.
DOUBLING = replace(CALM, duplicate=0.6, overlap=WORST.overlap, replay=WORST.replay, slow=WORST.slow)

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def finds(*promises: str, start: int = 1, **changes: Any) -> bool:
    """Live through seeds until one breaks one of these promises.

    Args:
        start: one of the first seeds that does so soon.
    """
    for seed in range(start, start + MAX_SEEDS):
        violations = live(Plan(seed=seed, **{**SMALL, **changes})).violations
        if {found.split(":")[0] for found in violations} & set(promises):
            return True
    return False


def test_an_outbox_row_that_gets_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    commit = Ledger.commit

    def forget_one(ledger: Ledger, step: TransitionPlan) -> None:
        commit(ledger, replace(step, alerts=step.alerts[:-1]))

    monkeypatch.setattr(Ledger, "commit", forget_one)
    assert finds("I4")


def test_an_alert_that_is_sent_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who look at a row at once both believe that it is theirs."""
    replacement, noted = outbox.replacement, outbox.note_notification

    def unconditional(make: Callable[..., Any]) -> Callable[..., Any]:
        def put(*arguments: Any) -> Any:
            made = make(*arguments)["Put"]
            return {"Put": {name: made[name] for name in ("TableName", "Item")}}

        return put

    monkeypatch.setattr(alerts, "replacement", unconditional(replacement))
    monkeypatch.setattr(alerts, "note_notification", unconditional(noted))
    assert finds("I5", start=2, weather=DOUBLING, monitors=8, storm=timedelta(minutes=8))


def test_a_reminder_or_a_fallback_that_gets_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Followers, "create", lambda _followers, _rows: None)
    assert finds("I5", start=4)


def test_an_outage_that_waits_for_the_morning_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_policy, "CAN_WAIT", frozenset({"outage"}))
    assert finds("I5", start=4)


def test_a_step_that_is_told_at_once_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = routing.recipients

    def at_once(*wanted: Any) -> Iterator[Any]:
        yield from ((channel, routing.AT_ONCE) for channel, _ in asked(*wanted))

    monkeypatch.setattr("sentinelmesh.domain.verification.transition.recipients", at_once)
    assert finds("I5")


def test_an_outage_declared_by_a_tie_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two regions is no majority."""
    monkeypatch.setattr(
        "sentinelmesh.domain.monitors.monitor.majority", lambda regions: (regions + 1) // 2
    )
    assert finds("I7", "I8")


def test_a_decision_that_depends_on_the_order_of_results_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The newest round alone is looked at: one that is overtaken by the next is never counted."""
    monkeypatch.setattr(decide, "rounds_of", lambda *seen: rounds_of(*seen)[-1:])
    assert finds("I6", "I8")


def test_a_verifier_that_forgets_what_it_has_decided_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the watermark, results that are delivered again are decided again."""
    monkeypatch.setattr(decide, "_first_that_counts", decide.window_start)
    assert finds("I6")
