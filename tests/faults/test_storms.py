"""Fault 31: many monitors fail in the same moment."""

from collections import Counter
from functools import partial

import pytest

from functions.alerter.notice import Notice
from functions.api import depending
from sentinelmesh.domain.alert import AlertKind, AlertState
from sentinelmesh.domain.common_cause import CauseKind
from tests.faults.story import ONE_OUTAGE, Story, Watched, down
from tests.simulation.providers import Delivery

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

HUNDRED = tuple(Watched(f"host-{place}.shop", (down(2, 6),), interval=60) for place in range(100))
# A refused mail comes again after a while: the group's row is one row of the outbox.
TROUBLED = {"provider": 0.3}


@pytest.mark.parametrize("faults", [{}, TROUBLED], ids=["calm", "troubled providers"])
def test_fault_31_a_hundred_monitors_that_fail_at_once_are_one_message_per_channel(
    faults: dict[str, float],
) -> None:
    story = Story(*HUNDRED, minutes=8, calm_minutes=40, hold_seconds=5)
    story.when(1, story.turn_to(**faults))
    story.keeps_its_promises()
    assert len(story.remains.incidents) == 100
    first: dict[tuple[str, str], Notice] = {}
    for each in story.providers.taken:
        first.setdefault((each.channel_id, each.notice.key), each.notice)
    told = Counter(notice.kind for notice in first.values())
    # Where ends are all that is wanted, those of a minute are one message, and the rest another.
    assert told[AlertKind.OPENED] <= ONE_OUTAGE[AlertKind.OPENED]
    assert told[AlertKind.RESOLVED] <= ONE_OUTAGE[AlertKind.RESOLVED] + 1
    begun = [notice for notice in first.values() if notice.kind is AlertKind.OPENED]
    for notice in begun:
        group = notice.content.group
        assert group is not None
        assert group.cause is not None
        assert (group.total, group.cause.kind, group.cause.value) == (
            100, CauseKind.ZONE, "shop.example",
        )  # fmt: skip
    assert begun
    assert {row.state for row in story.remains.alerts} <= {AlertState.SENT, AlertState.SUPPRESSED}
    members = {one.monitor_id for one in story.remains.alerts if one.group is not None}
    assert len(members) == 100


def test_what_depends_on_something_that_is_down_is_told_only_if_it_goes_on_failing() -> None:
    """The shops fall with their router, and one of them stays down."""
    router = Watched("router", (down(2, 6),))
    shops = [Watched(f"shop-{place}", (down(2.2, 6.2),)) for place in range(3)]
    story = Story(router, *shops, Watched("cart", (down(2.2, 20),)), minutes=10)
    for name in ("shop-0", "shop-1", "shop-2", "cart"):
        story.when(1, partial(_depend, story, name, "router"))
    story.keeps_its_promises()
    assert len(story.remains.incidents) == 5
    told = Counter((each.notice.content.monitor_name, each.notice.kind) for each in keyed(story))
    assert told == {
        ("router", AlertKind.OPENED): 1,
        ("router", AlertKind.RESOLVED): 1,
        ("cart", AlertKind.OPENED): 1,
        ("cart", AlertKind.RESOLVED): 1,
    }
    ended = next(each for each in keyed(story) if each.notice.kind is AlertKind.RESOLVED)
    assert ("Failing with it", "4 that depend on it") in ended.notice.facts()
    shop = story.incidents_of("shop-1")[0]
    rows = [row for row in story.remains.alerts if row.incident_id == shop.incident_id]
    answers = {row.answer for row in rows if row.kind is AlertKind.OPENED}
    assert all((answer and "router" in answer) or "over" in str(answer) for answer in answers)


def test_a_circle_of_dependencies_silences_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two edits in the same instant have made one: each check looked before the other's write."""
    monkeypatch.setattr(depending, "_ancestors", lambda *_: set())
    story = Story(Watched("chicken", (down(2, 12),)), Watched("egg", (down(2, 12),)), minutes=10)
    story.when(1, partial(_depend, story, "chicken", "egg"))
    story.when(1.2, partial(_depend, story, "egg", "chicken"))
    story.keeps_its_promises()
    told = {each.notice.content.monitor_name for each in keyed(story)}
    assert told & {"chicken", "egg"}


def keyed(story: Story) -> list[Delivery]:
    """Give what the mail channel took."""
    channels = story.remains.channels
    return [each for each in story.providers.taken if channels[each.channel_id].name == "email"]


def _depend(story: Story, child: str, parent: str) -> None:
    body = {"depends_on": [story.id_of(parent)]}
    story.people.ask("PATCH", f"/v1/monitors/{story.id_of(child)}", body)
