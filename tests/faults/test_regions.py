"""Faults 12 and 14 to 16: regions that see nothing, say nothing, or cannot reach home."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.probing.result import Outcome, Purpose
from tests.faults.story import LEFT_OPEN, ONE_OUTAGE, SHOP, Story, Watched, down
from tests.support.moto_mesh import HOME, PROBE_REGIONS

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

FAR = "ap-southeast-1"
WELL = (
    Watched("blog"),
    Watched("wiki", interval=60),
    Watched("docs", settings={"strategy": "all"}),
)
AFAR: dict[str, Any] = {"regions": [each for each in PROBE_REGIONS if each != HOME]}


def test_fault_12_results_two_hours_late_alert_nobody_for_the_past() -> None:
    """The probers' way home is cut: all they see waits in their spools."""
    troubles = (down(20, 60),)
    kinds: tuple[dict[str, Any], ...] = (
        AFAR,
        AFAR | {"strategy": "all"},
        {"regions": AFAR["regions"][:1]},
        {"regions": AFAR["regions"][1:]},
    )
    past = [
        Watched(f"past-{place}", troubles, interval=60, settings=kind)
        for place, kind in enumerate(kinds)
    ]
    present = Watched("present", (down(20, 900),), interval=60, settings=AFAR)
    story = Story(*past, present, minutes=130)
    story.cut_off(5, 125, *AFAR["regions"])
    story.keeps_its_promises()
    for each in past:
        results = story.results_of(each.name)
        late = {seen.slot for seen in results if seen.outcome is Outcome.FAILURE}
        assert len(late) == 40, "what was seen is recorded, however late"
        slots = sorted({seen.slot for seen in results if seen.purpose is Purpose.SCHEDULED})
        assert {second - first for first, second in pairwise(slots)} == {timedelta(seconds=60)}
        assert story.incidents_of(each.name) == []
        assert not story.news_of(each.name)
    (incident,) = story.incidents_of("present")
    assert incident.state is IncidentState.OPEN
    assert story.news_of("present") == LEFT_OPEN


def test_fault_14_a_region_that_reaches_nothing_abstains() -> None:
    story = Story(*WELL, minutes=8)
    story.blind(2, 6, FAR, offline=True)
    story.keeps_its_promises()
    for each in WELL:
        seen = [result for result in story.results_of(each.name) if result.region == FAR]
        assert any(result.error == "prober_offline" for result in seen)
        assert all(result.outcome is not Outcome.FAILURE for result in seen)
        assert story.rules_of(each.name) == ["first_pass"], "nobody even suspected anything"
    assert story.providers.taken == []


def test_fault_14_a_region_that_sees_everything_fail_is_outvoted() -> None:
    story = Story(*WELL, minutes=8)
    story.blind(2, 6, FAR, offline=False)
    named: list[tuple[str, ...]] = []
    story.when(
        5.9, lambda: named.extend(each.failing_regions for each in story.remains.states.values())
    )
    story.keeps_its_promises()
    assert named == [(FAR,)] * len(WELL)
    assert story.remains.incidents == []
    assert story.providers.taken == []
    asked = [each for each in story.results_of("blog") if each.purpose is Purpose.VERIFICATION]
    assert len({each.slot for each in asked}) == 1, "a long regional outage is verified once"


def test_fault_15_all_regions_that_reach_nothing_say_nothing_about_anybody() -> None:
    story = Story(*WELL, minutes=8)
    shown: list[str] = []
    story.blind(2, 6, *PROBE_REGIONS, offline=True)
    story.when(5.8, lambda: ask_for_status(story, "blog", shown))
    story.keeps_its_promises()
    assert shown == ["unknown"]
    assert all(story.rules_of(each.name) == ["first_pass"] for each in WELL)
    assert story.providers.taken == []


def ask_for_status(story: Story, name: str, shown: list[str]) -> None:
    path = f"/v1/monitors/{story.id_of(name)}"
    story.people.ask("GET", path, None, lambda body: shown.append(body["status"]))


@pytest.mark.parametrize("strategy", ["rotate", "all"])
def test_fault_16_without_a_silent_region_the_others_decide(strategy: str) -> None:
    settings = {"strategy": strategy}
    story = Story(
        Watched("shop", SHOP.troubles, settings=settings), Watched("blog", settings=settings)
    )
    story.silence(1, 8, FAR)
    story.keeps_its_promises()
    assert story.news_of("shop") == ONE_OUTAGE
    outage = next(row for row in story.ledger_of("shop") if row.to_status is Status.DOWN)
    assert outage.rule == "quorum"
    assert {vote.region for vote in outage.votes} == set(PROBE_REGIONS) - {FAR}
    assert story.incidents_of("blog") == []


def test_fault_16_even_one_region_alone_finds_a_lasting_outage() -> None:
    """No quorum can be reached: three rounds that failed and that nobody contradicts count."""
    story = Story()
    story.silence(1, 8, *AFAR["regions"])
    story.keeps_its_promises()
    assert story.news_of("shop") == ONE_OUTAGE
    assert "unverified" in story.rules_of("shop")
    assert story.incidents_of("blog") == []


@pytest.mark.parametrize("strategy", ["rotate", "all"])
def test_fault_16_one_region_away_and_another_that_cannot_reach_it_are_no_outage(
    strategy: str,
) -> None:
    """A third region sees it work: no quorum either way, but a regional problem."""
    near, far = HOME, AFAR["regions"][0]
    watched = [
        Watched(
            f"shop-{interval}",
            (down(2, 12, regions=frozenset({far})),),
            interval=interval,
            settings={"strategy": strategy},
        )
        for interval in (10, 30, 60)
    ]
    story = Story(*watched, minutes=14)
    story.silence(1, 13, FAR)
    named: list[tuple[str, ...]] = []
    story.when(
        11.9, lambda: named.extend(each.failing_regions for each in story.remains.states.values())
    )
    story.keeps_its_promises()
    assert {near, far, FAR} == set(PROBE_REGIONS)
    assert named == [(far,)] * len(watched)
    assert story.remains.incidents == []
    for each in watched:
        rules = story.rules_of(each.name)
        assert rules == ["first_pass", "suspected", "dismissed_unverified", "region_recovered"]


BURST = tuple(Watched(f"shop-{place}", (down(2, 20),)) for place in range(12))


def _delays(*lost: str) -> list[int]:
    """Have a dozen targets break at once; return the detection delays, in milliseconds."""
    story = Story(*BURST, minutes=6)
    story.cloud.cut.update(f"{HOME}>queues@{region}" for region in lost)
    story.keeps_its_promises()
    assert all(story.news_of(each.name) == LEFT_OPEN for each in BURST)
    return sorted(each.detection_delay_ms for each in story.remains.incidents)


def test_fault_16_a_region_whose_queue_hangs_delays_no_outage_by_more_than_seconds() -> None:
    whole, lost = _delays(), _delays(FAR)
    assert len(whole) == len(lost) == len(BURST)
    assert lost[len(lost) // 2] <= whole[len(whole) // 2] + 3_000
    assert lost[-1] <= whole[-1] + 3_000
