"""Fault 12 from near: the tables at home cannot be read while everything else works."""

from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.verification.monitor_state import Rule
from tests.fake_aws.tables import TableChange
from tests.faults.story import LEFT_OPEN, Story, Watched, after, down
from tests.support.moto_mesh import HOME

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

AWAY = timedelta(minutes=5)
HOURLY = Watched("hourly", (down(1, 300),), interval=3600)


def _story(
    watched: Watched, outcome: str = "failure", minutes: float = 80, begins: float = 1
) -> tuple[Story, list[datetime]]:
    """Have tables go away for five minutes right after the first such result was written down."""
    story = Story(watched, minutes=minutes)
    back: list[datetime] = []

    def lose_home(change: TableChange) -> None:
        written = change.after or {}
        is_early = story.hub.now < after(begins)
        if back or is_early or written.get("outcome", {}).get("S") != outcome:
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


@pytest.mark.parametrize(
    ("settings", "minutes"),
    # Of strategy `all` the votes of other regions come back from the spool, a little later.
    [({}, 8), ({"regions": [HOME]}, 8), ({"strategy": "all"}, 8)],
)
def test_fault_12_what_worked_again_while_tables_were_away_is_reported_once_they_are_back(
    settings: dict[str, object], minutes: int
) -> None:
    """Not an interval later: other regions are asked about the present instead."""
    watched = Watched("hourly", (down(1, 65),), interval=3600, settings=settings)
    story, back = _story(watched, "success", minutes=150, begins=66)
    story.keeps_its_promises()
    (incident,) = story.incidents_of("hourly")
    assert back
    assert incident.resolved_at is not None
    (recovered,) = [row for row in story.ledger_of("hourly") if row.rule is Rule.RECOVERED]
    assert recovered.at - back[0] < timedelta(minutes=minutes), (recovered.at, back)
    assert incident.resolved_at < back[0] - AWAY
