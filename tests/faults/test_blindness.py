"""Fault 35: nobody can judge a monitor, or most of the mesh."""

from collections import Counter

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import IncidentState, Status
from tests.faults.story import LEFT_OPEN, Story, Watched, after, down
from tests.simulation.targets import Trouble
from tests.support.moto_mesh import PROBE_REGIONS

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

# One of the four channels asks for ends only: of all events it named none but that.
BOTH_ENDS = Counter({AlertKind.OPENED: 3, AlertKind.RESOLVED: 3})
BLOG, WIKI = Watched("blog", interval=60), Watched("wiki", interval=30)


def lost(begins: float, ends: float, code: str = "secrets_unavailable") -> Trouble:
    """Have all probes of a target abstain between two minutes of the story."""
    return Trouble(after(begins), after(ends), abstains=code)


@pytest.mark.parametrize(
    "code", ["secrets_unavailable", "request_invalid", "internal_error", "ipv6_unsupported"]
)
def test_fault_35_a_monitor_of_which_all_abstain_is_announced_with_the_reason(code: str) -> None:
    shop = Watched("shop", (lost(2, 22, code),), interval=60)
    story = Story(shop, BLOG, WIKI, minutes=24)
    story.keeps_its_promises()
    (unknown,) = story.incidents_of("shop")
    assert (unknown.severity, unknown.cause) == ("unknown", code)
    assert unknown.state is IncidentState.RESOLVED
    assert after(1) < unknown.opened_at <= after(3)
    assert after(12) < unknown.confirmed_at < after(18)
    assert story.news_of("shop") == BOTH_ENDS
    assert story.rules_of("shop") == ["first_pass", "blind", "judged_again"]
    assert story.incidents_of("blog") == story.incidents_of("wiki") == []


def test_fault_35_a_few_monitors_of_which_nothing_arrives_are_announced() -> None:
    story = Story(BLOG, WIKI, minutes=24)
    story.silence(2, 22, *PROBE_REGIONS)
    story.keeps_its_promises()
    for each in ("blog", "wiki"):
        assert [found.cause for found in story.incidents_of(each)] == ["no_results"]
        assert story.news_of(each) == BOTH_ENDS


def test_fault_35_a_blind_mesh_tells_nobody_but_of_those_that_stay_so_afterwards() -> None:
    every = [Watched(f"site-{number}", interval=60) for number in range(6)]
    left = Watched("left", (lost(2, 50),), interval=60)
    story = Story(*every, left, minutes=52)
    story.silence(2, 22, *PROBE_REGIONS)
    story.keeps_its_promises()
    for each in every:
        assert story.incidents_of(each.name) == []
    (unknown,) = story.incidents_of("left")
    assert unknown.cause == "secrets_unavailable"
    assert after(1) < unknown.opened_at <= after(3)
    assert after(30) < unknown.confirmed_at < after(40)
    assert story.news_of("left") == BOTH_ENDS


def test_fault_35_an_outage_stays_open_while_nobody_can_judge_it() -> None:
    shop = Watched("shop", (lost(8, 28), down(2, 900)), interval=60)
    story = Story(shop, BLOG, WIKI, minutes=32)
    story.keeps_its_promises()
    (outage,) = story.incidents_of("shop")
    assert (outage.severity, outage.state) == ("outage", IncidentState.OPEN)
    assert story.news_of("shop") == LEFT_OPEN
    assert story.rules_of("shop")[-2:] == ["blind", "judged_again"]
    assert {row.incident_id for row in story.ledger_of("shop")[-2:]} == {outage.incident_id}
    assert {row.to_status for row in story.ledger_of("shop")[-2:]} == {Status.DOWN}


def test_fault_35_a_short_time_in_which_nobody_can_judge_is_nobodys_news() -> None:
    shop = Watched("shop", (lost(2, 11),), interval=60)
    story = Story(shop, BLOG, WIKI, minutes=14)
    story.keeps_its_promises()
    assert story.incidents_of("shop") == []


def test_fault_35_a_paused_monitor_is_not_announced() -> None:
    shop = Watched("shop", (lost(2, 40),), interval=60)
    story = Story(shop, BLOG, WIKI, minutes=24)
    story.when(5, lambda: story.people.ask("POST", f"/v1/monitors/{story.id_of('shop')}/pause", {}))
    story.keeps_its_promises()
    assert story.incidents_of("shop") == []
