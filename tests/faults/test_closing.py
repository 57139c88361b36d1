"""Fault 24: what a receiver keeps open is closed when nobody follows the incident any more."""

from collections.abc import Callable

import pytest

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind
from tests.faults.story import Story, Watched, down
from tests.simulation.providers import Delivery

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

BROKEN = Watched("shop", (down(2, 900),))
PEOPLE = {"email", "slack"}


def pause(story: Story) -> None:
    story.people.ask("POST", f"/v1/monitors/{story.id_of('shop')}/pause", {})


def delete(story: Story) -> None:
    story.people.ask("DELETE", f"/v1/monitors/{story.id_of('shop')}")


def take_channels_away(story: Story) -> None:
    story.people.ask("PATCH", f"/v1/monitors/{story.id_of('shop')}", {"channels": []})


def disable_channels(story: Story) -> None:
    for channel_id in story.people.channels:
        story.people.ask("PATCH", f"/v1/channels/{channel_id}", {"enabled": False})


def heard(story: Story) -> dict[str, list[tuple[AlertKind, str | None]]]:
    """Return what each kind of channel heard of the shop, with why it was closed."""
    found: dict[str, list[tuple[AlertKind, str | None]]] = {}
    monitor_id = story.id_of("shop")
    kinds = {row.channel_id: row.channel_kind for row in story.remains.alerts}
    for each in story.providers.taken:
        if each.notice.monitor_id == monitor_id:
            because = each.notice.content.closed_because
            found.setdefault(kinds[each.channel_id], []).append((each.notice.kind, because))
    return found


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (pause, "The monitor was paused."),
        (delete, "The monitor was deleted."),
        (take_channels_away, "The monitor does not alert this channel any more."),
        (disable_channels, "This channel was disabled."),
    ],
)
def test_fault_24_a_webhook_hears_why_its_incident_is_closed_and_people_hear_nothing(
    act: Callable[[Story], None], reason: str
) -> None:
    story = Story(BROKEN, minutes=7, calm_minutes=3)
    monitor_ids: list[str] = []
    story.when(1, lambda: monitor_ids.append(story.id_of("shop")))
    story.when(4, lambda: act(story))
    story.keeps_its_promises()
    told = heard(story)
    assert told["webhook"] == [(AlertKind.OPENED, None), (AlertKind.RESOLVED, reason)]
    for kind in PEOPLE:
        assert told[kind] == [(AlertKind.OPENED, None)]


def test_a_receiver_that_was_closed_hears_of_the_next_outage_again() -> None:
    story = Story(BROKEN, minutes=12, calm_minutes=3)

    def resume() -> None:
        story.people.ask("POST", f"/v1/monitors/{story.id_of('shop')}/resume", {})

    story.when(4, lambda: pause(story))
    story.when(10, resume)
    story.keeps_its_promises()
    kinds = [kind for kind, _ in heard(story)["webhook"]]
    assert kinds == [AlertKind.OPENED, AlertKind.RESOLVED, AlertKind.OPENED]


def test_fault_24_a_group_is_closed_once_all_its_monitors_are_paused() -> None:
    names = [f"shop-{number}" for number in range(6)]
    story = Story(
        *(Watched(name, (down(2, 900),)) for name in names),
        minutes=12,
        calm_minutes=3,
        hold_seconds=5,
    )

    def pause_all() -> None:
        for name in names:
            story.people.ask("POST", f"/v1/monitors/{story.id_of(name)}/pause", {})

    story.when(6, pause_all)
    story.keeps_its_promises()
    kinds = {row.channel_id: row.channel_kind for row in story.remains.alerts}
    told = [
        each.notice
        for each in story.providers.taken
        if kinds[each.channel_id] == "webhook" and AlertKind.OPENED in _heard_by(story, each)
    ]
    groups = {each.incident_id for each in told if each.content.group is not None}
    assert groups, "they were announced in one message"
    for group in groups:
        last = [each for each in told if each.incident_id == group][-1]
        assert last.kind is AlertKind.RESOLVED
        assert last.is_over
        assert last.title == "CLOSED: 6 monitors"
        assert last.content.closed_because == "The monitors were paused or deleted."
        assert "work" not in last.sentence


def a_storm() -> Story:
    """Build a story in which six monitors fail, are announced in one message, and stay down."""
    names = [f"shop-{number}" for number in range(6)]
    peers = [Watched(name, (down(2, 900),)) for name in names]
    return Story(*peers, minutes=10, calm_minutes=3, hold_seconds=5)


def group_of(story: Story) -> list[Notification]:
    """Return what the webhook was sent of the group, in order."""
    hooks = {row.channel_id for row in story.remains.alerts if row.channel_kind == "webhook"}
    return [
        each.notice
        for each in story.providers.taken
        if each.channel_id in hooks and each.notice.content.group is not None
    ]


def test_fault_24_a_group_is_closed_when_its_channel_is_disabled() -> None:
    story = a_storm()
    story.when(6, lambda: disable_channels(story))
    story.keeps_its_promises()
    *_, last = group_of(story)
    assert (last.kind, last.is_over) == (AlertKind.RESOLVED, True)
    assert last.title == "CLOSED: 6 monitors"
    assert last.content.closed_because == "This channel was disabled."


def test_fault_24_a_group_is_closed_only_when_none_of_its_monitors_alerts_the_channel() -> None:
    story = a_storm()

    def take_away(*numbers: int) -> None:
        for number in numbers:
            name = story.id_of(f"shop-{number}")
            story.people.ask("PATCH", f"/v1/monitors/{name}", {"channels": []})

    ends: list[int] = []
    story.when(5, lambda: take_away(0, 1, 2))
    story.when(7, lambda: ends.append(sum(each.is_over for each in group_of(story))))
    story.when(7, lambda: take_away(3, 4, 5))
    story.keeps_its_promises()
    assert ends == [0], "three of them alert it yet"
    *_, last = group_of(story)
    assert last.is_over
    assert last.content.closed_because == "The monitors do not alert this channel any more."


def _heard_by(story: Story, delivery: Delivery) -> set[AlertKind]:
    return {
        each.notice.kind for each in story.providers.taken if each.channel_id == delivery.channel_id
    }


def enable_channels(story: Story) -> None:
    for channel_id in story.people.channels:
        story.people.ask("PATCH", f"/v1/channels/{channel_id}", {"enabled": True})


@pytest.mark.parametrize("act", [disable_channels, take_channels_away])
@pytest.mark.parametrize("is_undone", [False, True])
def test_fault_24_a_receiver_is_closed_though_its_channel_is_lost_for_a_moment_only(
    act: Callable[[Story], None], *, is_undone: bool
) -> None:
    """No sweep sees the channel disabled while the incident is open."""
    story = Story(Watched("shop", (down(2, 5.1),)), minutes=7, calm_minutes=3)

    def undo() -> None:
        enable_channels(story)
        story.people.ask("PATCH", f"/v1/monitors/{story.id_of('shop')}", {"channels": None})

    story.when(5.05, lambda: act(story))
    if is_undone:
        story.when(5.8, undo)
    story.keeps_its_promises()
    told = heard(story)
    assert told["webhook"] == [(AlertKind.OPENED, None), (AlertKind.RESOLVED, None)]
    for kind in PEOPLE:
        assert told[kind] == [(AlertKind.OPENED, None)]


def test_fault_24_a_group_is_closed_though_its_channel_is_disabled_for_a_moment_only() -> None:
    names = [f"shop-{number}" for number in range(6)]
    peers = [Watched(name, (down(2, 6.1),)) for name in names]
    story = Story(*peers, minutes=10, calm_minutes=5, hold_seconds=5)
    story.when(6.05, lambda: disable_channels(story))
    story.when(6.8, lambda: enable_channels(story))
    story.keeps_its_promises()
    *_, last = group_of(story)
    assert (last.kind, last.is_over) == (AlertKind.RESOLVED, True)
    assert last.title.startswith("UP again: 6 monitors")


def test_fault_24_a_channel_is_deleted_only_once_its_receiver_keeps_nothing_open() -> None:
    story = Story(BROKEN, minutes=9, calm_minutes=3)
    left: list[int] = []

    def delete_channels() -> None:
        for channel_id in story.people.channels:
            story.people.ask("DELETE", f"/v1/channels/{channel_id}")

    def note() -> None:
        kept = story.cloud.table("directory").items.values()
        ids = {each["id"]["S"] for each in kept if each["kind"]["S"] == "channel"}
        left.append(len(ids & set(story.people.channels)))

    story.when(4, delete_channels)
    story.when(4.1, note)
    story.when(5, lambda: disable_channels(story))
    story.when(7, delete_channels)
    story.when(7.1, note)
    story.keeps_its_promises()
    assert left == [1, 0], "only the webhook keeps anything open"
    assert heard(story)["webhook"][-1] == (AlertKind.RESOLVED, "This channel was disabled.")
