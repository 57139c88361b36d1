"""Rules broken on purpose: the oracle of truth finds every one within a few lives.

It knows none of the rules, so none of these bugs could hide in it as well. The weather is calm and
two faults last; each bug has its own kind of targets where most of them would be left alone by it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.verifier import evaluation
from sentinelmesh import history
from sentinelmesh.domain.probing.region_trust import abstaining
from sentinelmesh.domain.probing.result import Outcome
from sentinelmesh.domain.uptime.rollup_builder import Facts
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification import decide_down, incident_lifecycle
from sentinelmesh.domain.verification.decide import decide
from sentinelmesh.domain.verification.quorum import Verdict
from sentinelmesh.recurrence import list_announced
from tests.simulation import targets
from tests.simulation.mesh import Simulation
from tests.simulation.oracle.ground_truth import FAR_FUTURE, MAX_DOUBT
from tests.simulation.oracle.truth_oracle import find_untruths
from tests.simulation.plans import draw_lasting
from tests.simulation.targets import Trouble

MAX_SEEDS = 20
SICK = timedelta(minutes=5)
SMALL: dict[str, Any] = {"is_lifelike": False, "monitors": 8, "storm": timedelta(minutes=7)}

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def is_found(
    untruth: str,
    start: int = 1,
    seeds: int = MAX_SEEDS,
    kind: type[Simulation] = Simulation,
    **changes: Any,
) -> bool:
    """Live through seeds until the truth contradicts one in these words.

    Args:
        start: one of the first seeds that finds it soon.
    """
    for seed in range(start, start + seeds):
        plan = replace(draw_lasting(seed), **{**SMALL, **changes})
        found = kind(plan).run(lambda life: list(find_untruths(life)))
        if any(untruth in each for each in found):
            return True
    return False


def alter_decisions(
    monkeypatch: pytest.MonkeyPatch,
    monitor: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
) -> None:
    """Have the verifier decide with another monitor, policy or state than the true one."""

    def misled(watched: Any, stands: Any, *rest: Any, **more: Any) -> Any:
        if watched is not None:
            rules = replace(watched.policy, **(policy or {}))
            watched = replace(watched, policy=rules, **(monitor or {}))
        return decide(watched, replace(stands, **(state or {})), *rest, **more)

    monkeypatch.setattr(evaluation, "decide", misled)


def test_contradicted_rounds_that_confirm_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One region away and one that cannot reach the target were an outage that never ended."""
    add = decide_down._Runs.add

    def confirm_all_the_same(run: Any, each: Any) -> None:
        before = run.broken
        add(run, each)
        if each.regions_with(Outcome.FAILURE) and each.verdict is not Verdict.DISMISSED:
            run.broken = run.unopposed = [*before, each]
            run.working = []

    monkeypatch.setattr(targets, "FATES", {"regional": 1.0})
    monkeypatch.setattr(decide_down._Runs, "add", confirm_all_the_same)
    assert is_found("false alarm", 2, regions=3)


def test_an_ignored_confirm_after_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    alter_decisions(monkeypatch, policy={"confirm_after": 1})
    assert is_found("false alarm", 2)


def test_an_ignored_grace_period_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    alter_decisions(monkeypatch, monitor={"grace_period_seconds": 0})
    assert is_found("grace period", 2)


def test_forgotten_regions_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A region that is known to fail would be verified again in each of its turns."""
    monkeypatch.setattr(targets, "FATES", {"regional": 1.0})
    alter_decisions(monkeypatch, state={"failing_regions": ()})
    assert is_found("was verified", lasting=False, regions=3)


def test_a_wrong_beginning_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incident_lifecycle, "began_at", lambda _monitor, vote: vote.slot)
    assert is_found("no probe failed")


def test_one_region_asked_in_place_of_all_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: dict[tuple[str, datetime], str] = {}

    def ask_one(monitor: Any, *rest: Any, **more: Any) -> Any:
        decision = decide(monitor, *rest, **more)
        asks = []
        for each in decision.asks:
            only = chosen.setdefault((monitor.id, each.slot), each.regions[0])
            asks += [replace(each, regions=(only,))] if only in each.regions else []
        return replace(decision, asks=tuple(asks))

    monkeypatch.setattr(targets, "FATES", {"down for good": 1.0})
    monkeypatch.setattr(evaluation, "decide", ask_one)
    assert is_found("no outage was open", 2, lasting=False, regions=5)


def test_windows_looked_up_without_the_newest_slot_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    def too_short(windows: Any, monitor: Any, within: Interval) -> Any:
        return list_announced(
            windows, monitor, Interval(within.start, within.end - 2 * monitor.interval)
        )

    monkeypatch.setattr(targets, "FATES", {"flapping": 1.0})
    monkeypatch.setattr(evaluation, "list_announced", too_short)
    assert is_found("maintenance", 9, whims=60)


class Healing(Simulation):
    """A life in which a region is sick early on, and much later everything breaks."""

    def _last(self) -> None:
        region = self.regions[-1]
        self.faults.sicken(region, offline=False)
        self.hub.after(SICK.total_seconds(), lambda: self.faults.cure(region))
        breaks = self.hub.now + SICK + MAX_DOUBT + timedelta(minutes=1)
        for target in self.targets.by_address.values():
            target.troubles = (Trouble(breaks, FAR_FUTURE),)


def test_a_region_that_is_never_trusted_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ever: set[str] = set()

    def distrust_for_ever(results: Any, distrusted: Any) -> Any:
        ever.update(distrusted)
        return abstaining(results, ever)

    monkeypatch.setattr(targets, "FATES", {"well": 1.0})
    plan: dict[str, Any] = {"regions": 2, "whims": 0, "storm": SICK + MAX_DOUBT}
    assert not is_found("I10", seeds=1, kind=Healing, **plan), "the mesh trusts it again"
    monkeypatch.setattr(evaluation, "abstaining", distrust_for_ever)
    assert is_found("I10", kind=Healing, **plan)


def test_downtime_counted_in_maintenance_is_found(monkeypatch: pytest.MonkeyPatch) -> None:

    def without_windows(**given: Any) -> Any:
        return Facts(**{**given, "maintenance": ()})

    monkeypatch.setattr(history, "Facts", without_windows)
    assert is_found("shows a downtime", 2, whims=40)
