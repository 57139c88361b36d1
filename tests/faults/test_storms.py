"""Fault 31: many monitors fail in the same moment."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from functions.alerter.notification import Notification
from functions.api.services import dependencies
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.incidents.common_cause import CauseKind
from tests.faults.story import ONE_OUTAGE, SHOP, Story, Watched, down
from tests.simulation.oracle.remains import told_of
from tests.simulation.providers import Delivery

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

HUNDRED = tuple(Watched(f"host-{place}.shop", (down(2, 6),), interval=60) for place in range(100))
# What the hold and the way of a message take at most.
WITHIN = timedelta(seconds=10)
# Channels whose messages can be changed.
CHANGEABLE = {"webhook", "ends"}
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
    first: dict[tuple[str, str], Notification] = {}
    for each in story.providers.taken:
        first.setdefault((each.channel_id, each.notice.key), each.notice)
    # Their slots are spread over a minute: those of the first ten seconds are the first message.
    told = Counter((each, notice.kind, notice.is_update) for (each, _), notice in first.items())
    updated = {key for key, each in story.remains.channels.items() if each.name in CHANGEABLE}
    for (channel, kind, is_update), count in told.items():
        most = {AlertKind.OPENED: 1, AlertKind.RESOLVED: 3}[kind]
        assert channel in updated or count <= most, (channel, kind, is_update)
    whole: dict[str, Notification] = {}
    for (channel, _), notice in first.items():
        group = notice.content.group
        if group is not None and group.total == len(HUNDRED):
            whole[channel] = notice
    assert len(whole) == ONE_OUTAGE[AlertKind.RESOLVED], "everybody hears of all"
    for notice in whole.values():
        assert notice.content.group is not None
        assert notice.content.group.cause is not None
        cause = notice.content.group.cause
        assert (cause.kind, cause.value) == (CauseKind.ZONE, "shop.example")
    assert {row.state for row in story.remains.alerts} <= {AlertState.SENT, AlertState.SUPPRESSED}
    members = {one.monitor_id for one in story.remains.alerts if one.group is not None}
    assert len(members) == 100


def test_a_hundred_that_fail_within_two_seconds_are_told_within_the_hold_and_five_more() -> None:
    """Nobody keeps anybody waiting, however many rows and invocations meet."""
    hundred = [
        replace(each, troubles=(down(1 + place / 3000, 1.9),), interval=10)
        for place, each in enumerate(HUNDRED)
    ]
    story = Story(*hundred, minutes=2, calm_minutes=3, hold_seconds=5)
    story.keeps_its_promises()
    confirmed = min(each.confirmed_at for each in story.remains.incidents)
    for channel, told in begun(story).items():
        assert told[0].at - confirmed <= WITHIN, channel
        assert len(told) <= 2, channel
        named = {name for each in told for name in told_of(each)}
        assert len(named & {each.incident_id for each in story.remains.incidents}) == 100
    assert len(begun(story)) == ONE_OUTAGE[AlertKind.OPENED]
    assert not [line for _, line in story.story if "StaleState" in line]


def test_an_outage_that_stands_alone_waits_for_nobody() -> None:
    story = Story(SHOP, Watched("blog"), minutes=4, calm_minutes=6, hold_seconds=5)
    story.keeps_its_promises()
    (incident,) = story.remains.incidents
    for channel, told in begun(story).items():
        (only,) = told
        assert only.at - incident.confirmed_at <= timedelta(seconds=1.5), channel
        assert only.notice.content.group is None


def test_a_storm_that_spreads_over_a_minute_is_told_at_its_beginning_and_once_more() -> None:
    """A degraded straggler prolongs nothing."""
    peers = [replace(each, troubles=(down(1, 4),)) for each in HUNDRED[:30]]
    story = Story(*peers, minutes=5, calm_minutes=8, hold_seconds=5)
    story.keeps_its_promises()
    confirmed = sorted(each.confirmed_at for each in story.remains.incidents)
    assert confirmed[-1] - confirmed[0] > timedelta(seconds=40), "they come one after the other"
    updated = {key for key, each in story.remains.channels.items() if each.name in CHANGEABLE}
    for channel, told in begun(story).items():
        groups = [each for each in told if each.notice.content.group is not None]
        assert groups[0].at - confirmed[0] <= WITHIN, channel
        assert len(told) <= 8 if channel in updated else len(told) <= 4, channel
        assert groups[-1].at - confirmed[-1] <= timedelta(seconds=25), channel


def test_a_group_that_has_ended_for_some_is_updated_by_who_joins_and_stays_open() -> None:
    troubles = [(2, 2.2)] * 4 + [(2, 20)] * 6 + [(2.15, 20)] * 2
    peers = [Watched(f"host-{place}", (down(*each),)) for place, each in enumerate(troubles)]
    story = Story(*peers, minutes=5, calm_minutes=6, hold_seconds=5)
    story.keeps_its_promises()
    told = [each.notice for each in keyed(story) if each.notice.content.group is not None]
    kinds = [(each.kind, each.is_update, each.is_partly_over) for each in told]
    assert kinds == [
        (AlertKind.OPENED, False, False),
        (AlertKind.RESOLVED, False, True),
        (AlertKind.OPENED, True, False),
    ]


def begun(story: Story) -> dict[str, list[Delivery]]:
    """Give, by channel, the messages that told of a beginning."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    for each in story.providers.taken:
        if each.notice.kind is AlertKind.OPENED:
            found[each.channel_id].append(each)
    return found


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
    monkeypatch.setattr(dependencies, "_ancestors", lambda *_: set())
    story = Story(Watched("chicken", (down(2, 12),)), Watched("egg", (down(2, 12),)), minutes=10)
    story.when(1, partial(_depend, story, "chicken", "egg"))
    story.when(1.2, partial(_depend, story, "egg", "chicken"))
    story.keeps_its_promises()
    told = {each.notice.content.monitor_name for each in keyed(story)}
    assert told & {"chicken", "egg"}


def keyed(story: Story) -> list[Delivery]:
    """Return what the mail channel took."""
    channels = story.remains.channels
    return [each for each in story.providers.taken if channels[each.channel_id].name == "email"]


def _depend(story: Story, child: str, parent: str) -> None:
    body = {"depends_on": [story.id_of(parent)]}
    story.people.ask("PATCH", f"/v1/monitors/{story.id_of(child)}", body)
