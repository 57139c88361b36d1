"""Fault 25: maintenance begins or ends during an incident."""

from datetime import timedelta

import pytest

from sentinelmesh.domain.values.instant import text
from tests.faults.story import ONE_OUTAGE, Story, Watched, after, down

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

SOON = timedelta(seconds=45)


def a_story(outage: tuple[float, float], window: tuple[float, float]) -> Story:
    """Have a shop that is down between two minutes, and maintenance of it between two others."""
    story = Story(Watched("shop", (down(*outage),)), minutes=11)
    starts_at, ends_at = (text(after(minutes)) for minutes in window)

    def announce() -> None:
        body = {
            "name": "Move",
            "starts_at": starts_at,
            "ends_at": ends_at,
            "monitors": [story.id_of("shop")],
        }
        story.people.announce(body)

    story.when(0.5, announce)
    story.keeps_its_promises()
    return story


def test_fault_25_what_breaks_and_is_repaired_during_maintenance_alerts_nobody() -> None:
    story = a_story(outage=(3, 6), window=(2, 8))
    assert any(each.error for each in story.results_of("shop")), "probing went on"
    assert story.rules_of("shop") == ["first_pass"]
    assert story.providers.taken == []


def test_fault_25_what_is_still_down_when_maintenance_ends_is_an_outage_from_then_on() -> None:
    story = a_story(outage=(2, 9), window=(1, 5))
    (incident,) = story.incidents_of("shop")
    assert after(5) <= incident.opened_at < after(5) + SOON
    assert min(each.at for each in story.providers.taken) >= after(5)
    assert story.news_of("shop") == ONE_OUTAGE


def test_fault_25_maintenance_that_begins_and_ends_during_an_outage_does_not_split_it() -> None:
    story = a_story(outage=(2, 9), window=(4, 6))
    (incident,) = story.incidents_of("shop")
    assert incident.opened_at < after(2) + SOON
    assert incident.resolved_at is not None
    assert after(9) <= incident.resolved_at < after(9) + SOON
    assert story.news_of("shop") == ONE_OUTAGE


def test_fault_25_an_outage_from_before_maintenance_ends_in_it_when_the_target_works() -> None:
    story = a_story(outage=(2, 5), window=(4, 8))
    (incident,) = story.incidents_of("shop")
    assert incident.resolved_at is not None
    assert after(5) <= incident.resolved_at < after(5) + SOON
    assert story.news_of("shop") == ONE_OUTAGE
