"""A region that fails where all others pass is not believed; anything else is."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.probing.region_trust import (
    DISTRUSTED_FROM,
    MAX_VERDICT_AGE,
    MIN_CONTRADICTED,
    TRUSTED_BELOW,
    TrustVerdict,
    WatchedMonitor,
    abstaining,
    can_distrust,
    judge_regions,
)
from sentinelmesh.domain.probing.result import Outcome
from tests.support.builders import REGIONS, START, a_monitor, a_result, a_slot

EU, US, AP = REGIONS
P, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN
NOBODY: frozenset[str] = frozenset()


def watched(
    count: int, *regions: str, first: int = 0, quorum: int = 2, paused: bool = False
) -> list[WatchedMonitor]:
    return [
        WatchedMonitor(id=f"mon_{number}", regions=regions or REGIONS, quorum=quorum, paused=paused)
        for number in range(first, first + count)
    ]


def failing(count: int, *regions: str, first: int = 0) -> dict[str, tuple[str, ...]]:
    return {f"mon_{number}": regions for number in range(first, first + count)}


def test_a_region_that_fails_alone_is_not_believed() -> None:
    assert judge_regions(watched(8), failing(8, US), NOBODY) == {US}
    assert judge_regions(watched(8), failing(5, US), NOBODY) == {US}


def test_it_takes_half_of_what_a_region_sees_and_a_fifth_to_believe_it_again() -> None:
    assert (DISTRUSTED_FROM, TRUSTED_BELOW, MIN_CONTRADICTED) == (0.5, 0.2, 5)
    assert judge_regions(watched(10), failing(5, US), NOBODY) == {US}
    assert judge_regions(watched(11), failing(5, US), NOBODY) == NOBODY
    assert judge_regions(watched(10), failing(2, US), frozenset({US})) == {US}
    assert judge_regions(watched(10), failing(1, US), frozenset({US})) == NOBODY


def test_a_few_monitors_prove_nothing() -> None:
    few = MIN_CONTRADICTED - 1
    assert judge_regions(watched(few), failing(few, US), NOBODY) == NOBODY
    assert not can_distrust(failing(few, US), NOBODY)
    assert can_distrust(failing(few + 1, US), NOBODY)
    assert can_distrust({}, frozenset({US})), "it may be believed again"


def test_two_that_fail_alike_are_no_liars() -> None:
    five = (*REGIONS, "eu-north-1", "sa-east-1")
    three = (US, EU, AP)
    assert judge_regions(watched(8, *five), failing(8, *three), NOBODY) == NOBODY
    assert judge_regions(watched(8, *five), failing(8, US, EU), NOBODY) == {US, EU}


def test_where_most_regions_seem_sick_all_are_believed() -> None:
    """Half of the monitors fail from one region only, the other half from the other only."""
    both = failing(6, EU) | failing(6, US, first=6)
    assert judge_regions(watched(12, EU, US), both, NOBODY) == NOBODY


def test_only_monitors_that_other_regions_also_watch_count() -> None:
    alone = watched(40, US, first=10)
    assert judge_regions([*watched(8), *alone], failing(8, US), NOBODY) == {US}
    assert judge_regions(alone, failing(40, US, first=10), NOBODY) == NOBODY


def test_monitors_for_which_one_failure_is_an_outage_do_not_count() -> None:
    """A region that fails for them is never seen to fail alone: they would only hide that it is."""
    hasty = watched(40, first=10, quorum=1)
    assert judge_regions([*watched(8), *hasty], failing(8, US), NOBODY) == {US}
    assert judge_regions(hasty, failing(40, US, first=10), NOBODY) == NOBODY


def test_paused_monitors_and_regions_that_watch_no_more_do_not_count() -> None:
    paused = watched(40, first=10, paused=True)
    assert judge_regions([*watched(8), *paused], failing(8, US), NOBODY) == {US}
    assert judge_regions(watched(8, EU, AP), failing(8, US), NOBODY) == NOBODY


def test_a_region_that_watches_few_monitors_of_a_large_mesh_is_judged_by_these() -> None:
    few, many = watched(6, US, EU), watched(9_000, EU, AP, first=6)
    assert judge_regions([*few, *many], failing(6, US), NOBODY) == {US}


def test_a_verdict_that_nobody_renews_is_in_force_for_five_minutes() -> None:
    verdict = TrustVerdict(judged_at=START, distrusted=frozenset({US}))
    assert verdict.distrusted_at(START + MAX_VERDICT_AGE) == {US}
    assert verdict.distrusted_at(START + MAX_VERDICT_AGE + timedelta(seconds=1)) == NOBODY


@given(st.permutations(range(12)), st.sets(st.sampled_from(REGIONS)))
def test_the_order_of_monitors_does_not_matter(order: list[int], before: set[str]) -> None:
    monitors, known = watched(12), failing(7, US) | failing(2, EU, first=7)
    mixed = [monitors[place] for place in order]
    last = frozenset(before)
    assert judge_regions(mixed, known, last) == judge_regions(monitors, known, last)


def test_failures_of_a_distrusted_region_abstain_and_what_it_sees_work_counts() -> None:
    monitor = a_monitor()
    slot = a_slot(monitor, 0)
    results = [
        a_result(monitor, slot, EU, outcome=F),
        a_result(monitor, slot, US, outcome=F),
        a_result(monitor, slot, AP),
    ]
    judged = abstaining(results, {US, AP})
    assert [each.outcome for each in judged] == [F, U, P]
    assert judged[1].error == "region_distrusted"
    assert judged[1].detail == (
        "not believed, for us-east-1 fails where other regions pass (nothing listens there)"
    )
    assert abstaining(results, ()) == results
