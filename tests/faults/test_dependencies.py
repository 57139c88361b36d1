"""Dependencies are edited while alerts wait for a parent: the present configuration counts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.alerter.dependencies import Parents
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.verification.monitor_state import State
from tests.faults.story import Story, Watched, after, down
from tests.simulation.oracle.invariants import violations

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

WITHIN = timedelta(seconds=30)
# Late in a long outage, at a moment that no look at a waiting row is near by chance.
EDITED = 17.13
FAMILY = (
    Watched("router", (down(2, 60),)),
    Watched("shop", (down(2.2, 60),)),
    Watched("switch"),
    Watched("firewall", (down(2, 60),)),
)


def edit(name: str, **body: Any) -> Callable[[Story], None]:
    def ask(story: Story) -> None:
        story.people.ask("PATCH", f"/v1/monitors/{story.id_of(name)}", body)

    return ask


def depend_on(name: str) -> Callable[[Story], None]:
    return lambda story: edit("shop", depends_on=[story.id_of(name)])(story)


def pause_router(story: Story) -> None:
    story.people.ask("POST", f"/v1/monitors/{story.id_of('router')}/pause", None)


def delete_router(story: Story) -> None:
    story.people.ask("DELETE", f"/v1/monitors/{story.id_of('router')}", None)


EDITS: dict[str, Callable[[Story], None]] = {
    "the child depends on nothing any more": edit("shop", depends_on=[]),
    "the child depends on something that works": depend_on("switch"),
    "the parent is paused": pause_router,
    "the parent is deleted": delete_router,
    "the parent notifies nobody any more": edit("router", channels=[]),
}


def family(act: Callable[[Story], None]) -> Story:
    """Have the router take the shop with it, and somebody edit one of them much later."""
    story = Story(*FAMILY, minutes=20, calm_minutes=5, hold_seconds=5)
    story.when(1, lambda: depend_on("router")(story))
    story.when(EDITED, lambda: act(story))
    return story


def announced(story: Story, name: str) -> dict[str, timedelta]:
    """Return when each channel heard that a monitor is down, from the edit on."""
    channels = story.remains.channels
    begun = [each for each in story.providers.taken if each.notice.kind is AlertKind.OPENED]
    return {
        channels[each.channel_id].name: each.at - after(EDITED)
        for each in begun
        if each.notice.content.monitor_name == name
    }


@pytest.mark.parametrize("act", EDITS.values(), ids=EDITS)
def test_a_child_that_waits_is_announced_within_half_a_minute_of_an_edit(
    act: Callable[[Story], None],
) -> None:
    story = family(act)
    story.keeps_its_promises()
    found = announced(story, "shop")
    assert found, "it was announced"
    assert all(timedelta() < each <= WITHIN for each in found.values()), found


def test_a_child_that_depends_on_something_else_that_is_down_waits_for_that() -> None:
    story = family(depend_on("firewall"))
    story.keeps_its_promises()
    assert announced(story, "shop") == {}


def test_an_alert_that_waits_for_a_former_parent_breaks_a_promise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oracle finds it when the parents are those of the beginning."""
    story = family(edit("shop", depends_on=[]))
    find = Parents._find_watched

    def find_former(parents: Parents, child: Monitor) -> list[tuple[Monitor, State]]:
        return find(parents, replace(child, depends_on=(story.id_of("router"),)))

    monkeypatch.setattr(Parents, "_find_watched", find_former)
    assert [each for each in story.run(violations) if "waits for router without" in each]


def test_a_stored_monitor_that_depends_on_itself_does_not_wait_for_itself() -> None:
    story = Story(Watched("shop", (down(2, 8),)), minutes=9, hold_seconds=0)

    def turn_on_itself() -> None:
        depends = {"L": [{"S": story.id_of("shop")}]}
        story.replace_item({**story.item_of("shop"), "depends_on": depends})

    story.when(1, turn_on_itself)
    story.keeps_its_promises()
    begun = [each for each in story.providers.taken if each.notice.kind is AlertKind.OPENED]
    assert begun
    assert all(each.at < after(2.5) for each in begun), [each.at - after(2) for each in begun]
