"""Fault 24: a monitor is edited, paused or deleted while its checks and decisions are in flight."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.probing.result import Outcome, Purpose
from tests.fake_aws.tables import TableChange
from tests.faults.story import ONE_OUTAGE, Story, Watched, down
from tests.simulation.targets import Target

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

# It takes connections and never answers: its checks are in flight for five seconds.
SILENT = Watched("shop", (down(2, 900, silent=True),), interval=30)
NEW = "https://new.example/"


def a_story(*watched: Watched) -> Story:
    story = Story(*(watched or (SILENT,)))
    story.targets.by_address[NEW] = Target()
    return story


def once(story: Story, status: Status, seconds: float, act: Callable[[str], None]) -> None:
    """Have something happen so long after a monitor first gets a status."""
    done: list[str] = []

    def look(change: TableChange) -> None:
        row = change.after or {}
        if row["to_status"]["S"] == status and not done:
            done.append(row["monitor_id"]["S"])
            story.hub.after(seconds, lambda: act(f"/v1/monitors/{done[0]}"))

    story.cloud.table("transitions").listeners.append(look)


def edit(story: Story) -> Callable[[str], None]:
    """Move the monitor to a target that works."""
    return lambda path: story.people.move(path, SILENT.address, NEW)


def pause(story: Story) -> Callable[[str], None]:
    return lambda path: story.people.ask("POST", f"{path}/pause", {})


def delete(story: Story) -> Callable[[str], None]:
    return lambda path: story.people.ask("DELETE", path)


Whim = Callable[[Story], Callable[[str], None]]
# While the other regions' probes of the doubtful slot are on their way, under way, nearly done:
# where they were asked behind the failure, and where they were asked before it.
MOMENTS = [(False, 0.0), (False, 0.3), (False, 2.5), (False, 4.8), (True, 0.0), (True, 1.2)]


@pytest.mark.parametrize(("early", "seconds"), MOMENTS)
@pytest.mark.parametrize("whim", [edit, pause, delete], ids=["edited", "paused", "deleted"])
def test_fault_24_what_is_changed_while_a_failure_is_verified_alerts_nobody(
    whim: Whim, seconds: float, *, early: bool
) -> None:
    policy = {"verification": {"quick_detection": early}}
    story = a_story(replace(SILENT, settings=policy))
    once(story, Status.VERIFYING, seconds, whim(story))
    monitor_id = ""

    def remember() -> None:
        nonlocal monitor_id
        monitor_id = story.id_of("shop")

    story.when(1, remember)
    story.keeps_its_promises()
    asked = [
        each
        for each in story.remains.results[monitor_id]
        if each.revision == 1 and each.purpose is Purpose.VERIFICATION
    ]
    assert len(asked) == 2, "the votes of the old revision came all the same, and are kept"
    assert all(each.outcome is Outcome.FAILURE for each in asked)
    assert story.providers.taken == []
    assert story.remains.incidents == []


@pytest.mark.parametrize("whim", [pause, delete], ids=["paused", "deleted"])
def test_fault_24_an_outage_of_what_nobody_watches_any_more_ends_without_a_word_to_people(
    whim: Whim,
) -> None:
    story = a_story()
    once(story, Status.DOWN, 30, whim(story))
    story.keeps_its_promises()
    (incident,) = story.remains.incidents
    assert incident.state is IncidentState.CANCELLED
    # What keeps an alert open is told to close it.
    notices = [each.notice for each in story.providers.taken]
    heard_by_people = {each.kind for each in notices if each.content.closed_because is None}
    assert heard_by_people == {AlertKind.OPENED}


def test_fault_24_an_edit_during_an_outage_keeps_it_until_the_new_target_is_seen_to_work() -> None:
    story = a_story()
    once(story, Status.DOWN, 30, edit(story))
    story.keeps_its_promises()
    (incident,) = story.remains.incidents
    assert incident.state is IncidentState.RESOLVED
    assert story.news_of("shop") == ONE_OUTAGE


def test_fault_24_results_of_a_deleted_monitor_bring_nothing_back_to_life() -> None:
    """They come minutes late, from a spool, when nobody knows the monitor any more."""
    story = a_story(Watched("shop", (down(2, 900),), settings={"regions": ["us-east-1"]}))
    story.cut_off(1.9, 8, "us-east-1")
    story.when(4, lambda: delete(story)(f"/v1/monitors/{story.id_of('shop')}"))
    story.keeps_its_promises()
    (results,) = story.remains.results.values()
    late = [each for each in results if each.outcome is Outcome.FAILURE]
    assert len(late) > 10
    assert max(each.slot for each in late) - min(each.slot for each in late) > timedelta(minutes=1)
    assert story.remains.states == {}
    assert story.remains.incidents == []
    assert story.providers.taken == []
