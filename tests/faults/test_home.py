"""Fault 12 from near: the tables at home cannot be read while everything else works."""

from datetime import datetime, timedelta

import pytest

from tests.faults.story import LEFT_OPEN, Story, Watched, after, down
from tests.integration.tables import HOME
from tests.simulation.tables import TableChange

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

AWAY = timedelta(minutes=5)
HOURLY = Watched("hourly", (down(1, 300),), interval=3600)


def _story(watched: Watched) -> tuple[Story, list[datetime]]:
    """Have tables go away for five minutes right after the first failure was written down."""
    story = Story(watched, minutes=80)
    back: list[datetime] = []

    def lose_home(change: TableChange) -> None:
        written = change.after or {}
        if back or story.hub.now < after(1) or written.get("outcome", {}).get("S") != "failure":
            return
        back.append(story.hub.now + AWAY)
        story.cloud.cut.add("*>tables")
        story.hub.at(back[0], lambda: story.cloud.cut.discard("*>tables"))

    story.cloud.table("results").listeners.append(lose_home)
    return story, back


@pytest.mark.parametrize("settings", [{}, {"regions": [HOME]}, {"strategy": "all"}])
def test_fault_12_what_broke_while_tables_were_away_is_reported_once_they_are_back(
    settings: dict[str, object],
) -> None:
    """Not an interval later: its failure waits in a queue until it can be decided about."""
    story, back = _story(Watched("hourly", HOURLY.troubles, interval=3600, settings=settings))
    story.keeps_its_promises()
    (incident,) = story.incidents_of("hourly")
    assert back
    assert incident.confirmed_at - back[0] < timedelta(minutes=2), (incident, back)
    assert incident.opened_at < back[0] - AWAY
    assert story.news_of("hourly") == LEFT_OPEN
    assert story.cloud.streams["results"].dropped == []
