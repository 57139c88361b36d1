"""How a region is judged: by what came of its planned slots, with room for a slot on its way."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.probing.region_health import Planned, standing
from sentinelmesh.domain.probing.result import Outcome, Result
from tests.support.builders import START, a_monitor, a_result

MONITOR = a_monitor()


def results(outcome: Outcome | None, lateness_ms: int = 100) -> Result | None:
    if outcome is None:
        return None
    return a_result(MONITOR, START, "eu-west-1", outcome=outcome, lateness_ms=lateness_ms)


def planned(*found: Result | None) -> list[Planned]:
    return [Planned(region="eu-west-1", slot=START, result=each) for each in found]


LOST = results(None)
PASSED = results(Outcome.SUCCESS)
FAILED = results(Outcome.FAILURE)
ABSTAINED = results(Outcome.UNKNOWN)


def test_targets_that_fail_do_not_make_a_region_sick() -> None:
    assert standing(planned(FAILED, FAILED, FAILED)).health == "ok"


def test_one_slot_of_five_may_be_missing_or_without_a_view() -> None:
    assert standing(planned(LOST, *[PASSED] * 4)).health == "ok"
    assert standing(planned(LOST, LOST, *[PASSED] * 7)).health == "degraded"
    assert standing(planned(ABSTAINED, *[PASSED] * 4)).health == "ok"
    assert standing(planned(ABSTAINED, ABSTAINED, *[PASSED] * 7)).health == "degraded"


def test_lateness_counts_where_it_is_usual() -> None:
    late = results(Outcome.SUCCESS, 10_001)
    assert standing(planned(late, *[PASSED] * 30)).health == "ok"
    assert standing(planned(late, late, *[PASSED] * 10)).health == "degraded"


def test_five_of_a_hundred_may_be_late() -> None:
    late, timely = results(Outcome.SUCCESS, 10_001), results(Outcome.SUCCESS, 10_000)
    assert standing(planned(*[late] * 5, *[timely] * 96)).health == "ok"
    judged = standing(planned(*[late] * 6, *[timely] * 95))
    assert judged.health == "degraded"
    assert [judged.lateness(percent) for percent in (0, 94, 95, 100)] == [
        10_000,
        10_000,
        10_001,
        10_001,
    ]


def test_the_last_word_of_a_region_is_its_newest_result() -> None:
    older, newer = (
        a_result(MONITOR, START, "eu-west-1", started_at=START + timedelta(seconds=each))
        for each in (1, 2)
    )
    assert standing(planned(newer, older)).last_result_at == newer.started_at


@given(st.lists(st.sampled_from([LOST, PASSED, FAILED, ABSTAINED]), max_size=30))
def test_all_slots_are_accounted_for(found: list[Result | None]) -> None:
    judged = standing(planned(*found))
    assert judged.planned == len(found)
    assert judged.answered == sum(1 for each in found if each)
    assert judged.abstained == found.count(ABSTAINED)
    assert (judged.health == "unknown") == (not found)
    assert (judged.health == "down") == (bool(found) and not any(found))
