"""Many outages of one moment are one message per channel, and their ends are one."""

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.incidents.common_cause import CauseKind
from sentinelmesh.errors import DeliveryFailed
from tests.integration.alerter.storming import Storm, states, storm_of, titles
from tests.support.builders import a_channel

BOTH = (AlertKind.OPENED, AlertKind.RESOLVED)


def refuse(_notice: Notification) -> str:
    raise DeliveryFailed("HTTP 503 busy")


def test_an_outage_that_stands_alone_is_sent_at_once(storm: Storm) -> None:
    storm.begin(1)
    assert titles(storm.stage) == ["DOWN: Shop 1"]
    storm.pass_by(60)
    storm.end(1)
    assert titles(storm.stage) == ["DOWN: Shop 1", "UP again: Shop 1 after 1 min"]
    assert all(row.group is None and row.finished for row in storm.stage.rows.values())


def test_while_others_are_being_verified_it_waits_for_them_as_long_as_the_hold(
    storm: Storm,
) -> None:
    storm.suspect()
    storm.begin(1)
    storm.pass_by(4)
    assert titles(storm.stage) == []
    storm.pass_by(3)
    assert titles(storm.stage) == ["DOWN: Shop 1"]
    storm.pass_by(200)
    assert all(row.group is None and row.finished for row in storm.stage.rows.values())


def test_it_is_sent_as_soon_as_what_was_being_verified_works(storm: Storm) -> None:
    storm.suspect()
    storm.begin(1)
    storm.dismiss()
    storm.pass_by(2)
    assert titles(storm.stage) == ["DOWN: Shop 1"]


def test_lesser_news_wait_for_each_other_though_nothing_is_being_verified(storm: Storm) -> None:
    for number in range(3):
        storm.begin(number, severity="degraded")
    assert titles(storm.stage) == []
    storm.pass_by(7)
    assert titles(storm.stage) == ["DEGRADED: 3 monitors at the address 192.0.2.7"]


def test_an_old_suspicion_holds_nobody(storm: Storm) -> None:
    """It waits for the next slot of its monitor, which may be a day away."""
    storm.suspect()
    storm.pass_by(61)
    storm.begin(1)
    assert titles(storm.stage) == ["DOWN: Shop 1"]


def test_two_outages_are_told_alone(storm: Storm) -> None:
    storm_of(storm, 1)
    storm.pass_by(3)
    storm.begin(2)
    storm.pass_by(20)
    assert sorted(titles(storm.stage)) == ["DOWN: Shop 1", "DOWN: Shop 2"]


def test_from_the_third_of_a_minute_on_they_are_told_together(storm: Storm) -> None:
    """Nothing else was being verified when any of them failed."""
    for number in range(5):
        storm.begin(number)
        storm.pass_by(2)
    storm.pass_by(20)
    assert titles(storm.stage) == [
        "DOWN: Shop 0", "DOWN: Shop 1", "DOWN: 3 monitors at the address 192.0.2.7",
    ]  # fmt: skip


def test_a_dozen_outages_are_one_message_and_their_ends_another(storm: Storm) -> None:
    storm.suspect()
    for number in range(12):
        storm.begin(number)
        storm.pass_by(0.3)
    storm.pass_by(3)
    (told,) = storm.stage.keyless.taken
    assert told.title == "DOWN: 12 monitors at the address 192.0.2.7"
    assert told.sentence == (
        "12 monitors failed within 3 s, and more are being checked. "
        "All 12 are at the address 192.0.2.7."
    )
    assert ("Being checked", "1 more") in told.facts()
    assert told.content.group is not None
    assert told.content.group.total == len(told.content.group.members) == 12
    assert states(storm) == {AlertState.SENT}
    storm.pass_by(120)
    for number in range(12):
        storm.end(number)
    storm.pass_by(10)
    assert len(storm.stage.keyless.taken) == 2
    ended = storm.stage.keyless.taken[1]
    assert ended.title.startswith("UP again: 12 monitors at the address 192.0.2.7 after ")
    assert all(row.finished for row in storm.stage.rows.values())
    assert states(storm) == {AlertState.SENT}
    assert len(storm.stage.rows) == 26


def test_each_channel_hears_of_its_own(storm: Storm) -> None:
    storm.stage.configure(a_channel(id="ch_2"))
    storm.channels = ("ch_1", "ch_2")
    storm_of(storm, *range(5))
    storm.pass_by(60)
    assert titles(storm.stage) == ["DOWN: 5 monitors at the address 192.0.2.7"] * 2


def test_what_is_over_when_it_is_told_is_told_whole(storm: Storm) -> None:
    storm_of(storm, *range(4))
    storm.pass_by(2)
    for number in range(4):
        storm.end(number)
    storm.pass_by(120)
    assert titles(storm.stage) == [
        "UP again: 4 monitors at the address 192.0.2.7 were down for 2 s"
    ]
    assert states(storm) == {AlertState.SUPPRESSED, AlertState.SENT}
    assert all(row.finished for row in storm.stage.rows.values())


def test_a_provider_that_was_away_hears_once_and_the_members_end_with_it(storm: Storm) -> None:
    storm.stage.keyless.answer = refuse
    storm_of(storm, *range(4))
    storm.pass_by(300)
    assert states(storm) == {AlertState.PENDING}
    storm.stage.keyless.answer = lambda _notice: "ok"
    storm.pass_by(2000)
    assert titles(storm.stage) == ["DOWN: 4 monitors at the address 192.0.2.7"]
    assert states(storm) == {AlertState.SENT}


def test_an_end_waits_for_no_beginning_that_was_never_told(storm: Storm) -> None:
    """The channel was off then and is on again when one of the four ends; the others last."""
    storm_of(storm, *range(4))
    storm.stage.reconfigure(a_channel(enabled=False, revision=2))
    storm.pass_by(60)
    storm.stage.reconfigure(a_channel(revision=3))
    storm.end(0)
    storm.pass_by(300)
    assert titles(storm.stage) == []
    assert all(row.finished for row in storm.stage.rows.values())


def test_a_dead_channel_has_its_fallback_told_once(storm: Storm) -> None:
    def gone(_notice: Notification) -> str:
        raise DeliveryFailed("HTTP 404", permanent=True)

    storm.stage.reconfigure(a_channel(fallback="ch_2", revision=2))
    storm.stage.configure(a_channel(id="ch_2", kind="webhook"))
    storm.stage.keyless.answer = gone
    storm_of(storm, *range(4))
    storm.pass_by(40)
    (told,) = storm.stage.keyed.taken
    assert (told.title, told.instead_of) == ("DOWN: 4 monitors at the address 192.0.2.7", "Ops")
    assert states(storm) == {AlertState.DEAD}
    for number in range(4):
        storm.end(number)
    storm.pass_by(90)
    assert [notice.kind for notice in storm.stage.keyed.taken] == list(BOTH)


def test_reminders_are_the_groups_and_end_when_all_that_last_are_taken_care_of(
    storm: Storm,
) -> None:
    events = (*BOTH, AlertKind.ACKNOWLEDGED)
    storm.stage.reconfigure(a_channel(reminder_minutes=5, events=events, revision=2))
    storm_of(storm, *range(4))
    storm.pass_by(400)
    assert titles(storm.stage)[1:] == ["STILL DOWN: 4 monitors at the address 192.0.2.7"]
    storm.end(0)
    storm.pass_by(90)
    for number in (1, 2):
        storm.acknowledge(number)
        storm.stage.alerter().deliverer.followers.acknowledged(storm.incidents[number].incident_id)
    storm.collect()
    assert len(storm.stage.keyless.taken) == 3
    storm.acknowledge(3)
    for _ in range(2):
        storm.stage.alerter().deliverer.followers.acknowledged(storm.incidents[3].incident_id)
    storm.collect()
    assert titles(storm.stage)[3:] == ["Acknowledged: 4 monitors at the address 192.0.2.7"]
    storm.pass_by(1000)
    assert len(storm.stage.keyless.taken) == 4


def test_the_group_keeps_its_cause(storm: Storm) -> None:
    storm_of(storm, *range(3))
    storm.pass_by(40)
    (group,) = (row for row in storm.stage.rows.values() if row.is_group)
    assert group.content.group is not None
    assert group.content.group.cause is not None
    assert group.content.group.cause.kind is CauseKind.ADDRESS


def test_what_is_taken_care_of_while_it_waits_for_others_is_told_so_when_it_was_told(
    storm: Storm,
) -> None:
    events = (*BOTH, AlertKind.ACKNOWLEDGED)
    storm.stage.reconfigure(a_channel(events=events, revision=2))
    storm_of(storm, 1)
    storm.acknowledge(1)
    storm.stage.alerter().deliverer.followers.acknowledged(storm.incidents[1].incident_id)
    storm.collect()
    storm.pass_by(30)
    assert titles(storm.stage) == ["DOWN: Shop 1", "Acknowledged: Shop 1"]
