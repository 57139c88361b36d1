"""A region that fails where all others pass is not believed; anything else is."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.result import Outcome
from sentinelmesh.domain.trust import (
    DISTRUSTED_FROM,
    KEPT_SLOTS,
    LEAST_CONTRADICTED,
    MEMORY,
    TRUSTED_BELOW,
    RegionTrust,
    abstaining,
)
from tests.building import REGIONS, START, a_monitor, a_result, a_slot

EU, US, AP = REGIONS
P, F, U = Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN


def seen(sights: dict[str, str], trust: RegionTrust | None = None, at: float = 0) -> RegionTrust:
    """Note what regions saw: a letter for each monitor, . where a region has not looked."""
    trust = trust or RegionTrust()
    letters = {"P": P, "F": F, "u": U}
    for region, row in sights.items():
        for place, letter in enumerate(row):
            if letter in letters:
                slot = START + timedelta(seconds=at)
                trust.note(f"mon_{place}", region, slot, letters[letter])
    return trust


def distrusted(sights: dict[str, str]) -> set[str]:
    return set(seen(sights).distrusted(START))


def test_a_region_that_fails_alone_is_not_believed() -> None:
    assert distrusted({EU: "PPPPPPPP", US: "FFFFFFFF", AP: "PPPPPPPP"}) == {US}
    assert distrusted({EU: "PPPPPPPP", US: "FFFFPPFF", AP: "PPPPPPPP"}) == {US}


def test_an_abstention_neither_contradicts_nor_agrees() -> None:
    assert distrusted({EU: "P" * 8, US: "F" * 8, AP: "u" * 8}) == {US}


def test_it_takes_half_of_what_a_region_sees_and_a_fifth_to_believe_it_again() -> None:
    assert (DISTRUSTED_FROM, TRUSTED_BELOW, LEAST_CONTRADICTED) == (0.5, 0.2, 5)
    others = {EU: "P" * 10, AP: "P" * 10}
    assert distrusted({**others, US: "F" * 5 + "P" * 5}) == {US}
    assert distrusted({**others, US: "F" * 4 + "P" * 4}) == set()
    trust = seen({**others, US: "F" * 5 + "P" * 5})
    assert trust.distrusted(START) == {US}
    for failing, believed in ((2, False), (1, True)):
        seen({**others, US: "F" * failing + "P" * (10 - failing)}, trust, at=60 * (3 - failing))
        assert trust.distrusted(START) == (set() if believed else {US})


def test_two_that_fail_alike_are_no_liars() -> None:
    rows = {f"region-{number}": "P" * 8 for number in range(3)}
    assert distrusted({**rows, US: "F" * 8, EU: "F" * 8}) == set()


def test_what_a_region_saw_is_forgotten_after_ten_minutes() -> None:
    assert timedelta(minutes=10) == MEMORY
    trust = seen({EU: "P" * 8, US: "F" * 8, AP: "P" * 8})
    assert trust.distrusted(START + MEMORY) == {US}
    assert trust.distrusted(START + MEMORY + timedelta(seconds=1)) == set()


def test_real_outages_are_no_reason_for_distrust() -> None:
    assert distrusted({EU: "FFFFFFFF", US: "FFFFFFFF", AP: "FFFFFFFF"}) == set()
    assert distrusted({EU: "FFFFFFFF", US: "FFFFFFFF", AP: "PPPPPPPP"}) == set()


def test_a_few_monitors_prove_nothing() -> None:
    few = LEAST_CONTRADICTED - 1
    assert distrusted({EU: "P" * few, US: "F" * few}) == set()
    assert distrusted({EU: "P" * 20, US: "F" * 6 + "P" * 14}) == set()


def test_what_nobody_else_has_looked_at_proves_nothing() -> None:
    assert distrusted({EU: "........", US: "FFFFFFFF"}) == set()
    assert distrusted({EU: "uuuuuuuu", US: "FFFFFFFF"}) == set()


def test_where_most_regions_seem_sick_all_are_believed() -> None:
    """Half of the monitors fail from one region only, the other half from the other only."""
    assert distrusted({EU: "F" * 6 + "P" * 6, US: "P" * 6 + "F" * 6}) == set()


def test_a_region_that_looks_first_when_everything_breaks_is_believed() -> None:
    """The others looked before, and it worked."""
    trust = seen({EU: "P" * 10}, at=0)
    seen({AP: "P" * 10}, trust, at=60)
    seen({US: "F" * 10}, trust, at=120)
    assert trust.distrusted(START + timedelta(seconds=120)) == set()
    seen({EU: "P" * 10}, trust, at=180)
    assert trust.distrusted(START + timedelta(seconds=180)) == set(), "it was over by then"


def test_a_region_that_is_known_to_be_sick_stays_so_while_nobody_is_asked_again() -> None:
    trust = seen({EU: "P" * 10, US: "F" * 10})
    seen({US: "F" * 10}, trust, at=180)
    assert trust.distrusted(START + timedelta(seconds=180)) == {US}


def test_it_stays_so_however_many_slots_pass_and_until_it_sees_things_work() -> None:
    """While it fails nobody else is asked about the slots in which it is its turn."""
    trust = seen({EU: "P" * 10, US: "F" * 10})
    for turn in range(1, 4 * KEPT_SLOTS):
        region, letter = ((EU, "P"), (AP, "P"), (US, "F"))[turn % 3]
        seen({region: letter * 10}, trust, at=10 * turn)
        assert trust.distrusted(START + timedelta(seconds=10 * turn)) == {US}
    seen({US: "P" * 10}, trust, at=10 * turn + 10)
    assert trust.distrusted(START + timedelta(seconds=10 * turn + 10)) == set()


def test_trust_comes_back_only_when_it_agrees_again() -> None:
    trust = seen({EU: "P" * 10, US: "F" * 10})
    assert trust.distrusted(START) == {US}
    seen({EU: "P" * 10, US: "P" * 6 + "F" * 4}, trust, at=60)
    assert trust.distrusted(START + timedelta(seconds=60)) == {US}
    seen({EU: "P" * 10, US: "P" * 9 + "F"}, trust, at=120)
    assert trust.distrusted(START + timedelta(seconds=120)) == set()


def test_what_is_old_is_forgotten() -> None:
    trust = seen({EU: "P" * 10, US: "F" * 10})
    assert trust.distrusted(START + MEMORY) == {US}
    assert trust.distrusted(START + MEMORY + timedelta(seconds=1)) == set()


@given(st.permutations(range(30)), st.data())
def test_the_order_of_results_does_not_matter(order: list[int], data: st.DataObject) -> None:
    sights = [
        (
            f"mon_{data.draw(st.integers(0, 9))}",
            REGIONS[data.draw(st.integers(0, 2))],
            START + timedelta(seconds=place % 3),
            data.draw(st.sampled_from(Outcome)),
        )
        for place in range(30)
    ]
    straight, mixed = RegionTrust(), RegionTrust()
    for sight in sights:
        straight.note(*sight)
    for place in order:
        mixed.note(*sights[place])
    assert straight.distrusted(START) == mixed.distrusted(START)


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
