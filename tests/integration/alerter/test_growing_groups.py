"""What joins a group later is added to it, or told in one follow-up; and so are ends."""

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from tests.integration.alerter.storming import Storm, states, storm_of, titles
from tests.support.builders import a_channel

BOTH = (AlertKind.OPENED, AlertKind.RESOLVED)


def test_who_comes_later_is_told_in_one_follow_up_when_it_is_quiet(storm: Storm) -> None:
    storm_of(storm, 0, 1, 2)
    storm.pass_by(10)
    for number in (3, 4):
        storm.begin(number)
        storm.pass_by(6)
    assert titles(storm.stage) == ["DOWN: 3 monitors at the address 192.0.2.7"]
    storm.pass_by(15)
    assert titles(storm.stage)[1:] == ["DOWN (updated): 5 monitors at the address 192.0.2.7"]
    update = storm.stage.keyless.taken[1]
    assert "5 monitors failed within 16 s, 2 of them since the last message" in update.sentence
    assert dict(update.facts())["Monitors"].startswith("Shop 3, Shop 4, ")
    assert states(storm) == {AlertState.SENT}
    for number in range(5):
        storm.end(number)
    storm.pass_by(10)
    assert len(storm.stage.keyless.taken) == 3
    assert all(row.finished for row in storm.stage.rows.values())


def test_who_comes_in_an_endless_storm_is_told_within_its_time(storm: Storm) -> None:
    storm_of(storm, 0, 1, 2)
    for number in range(3, 18):
        storm.pass_by(5)
        storm.begin(number)
    storm.pass_by(2)
    assert titles(storm.stage) == [
        "DOWN: 4 monitors at the address 192.0.2.7",
        "DOWN: Shop 17",
        "DOWN (updated): 17 monitors at the address 192.0.2.7",
    ]
    assert states(storm) == {AlertState.SENT}


def test_a_degraded_straggler_prolongs_nothing(storm: Storm) -> None:
    storm_of(storm, 0, 1, 2)
    storm.pass_by(10)
    storm.begin(3)
    storm.pass_by(14)
    storm.begin(4, severity="degraded")
    storm.pass_by(8)
    assert titles(storm.stage)[1:] == [
        "4 DOWN, 1 DEGRADED (updated): 5 monitors at the address 192.0.2.7"
    ]


def test_where_messages_can_be_changed_who_comes_later_is_added_within_the_hold(
    storm: Storm,
) -> None:
    storm.stage.configure(a_channel(id="ch_2", kind="webhook"))
    storm.channels = ("ch_2",)
    storm_of(storm, 0, 1, 2)
    storm.pass_by(7)
    storm.begin(3)
    storm.pass_by(7)
    first, update = storm.stage.keyed.taken
    assert (first.is_update, update.is_update) == (False, True)
    assert (first.incident_id, first.key) != (update.incident_id, update.key)
    assert first.incident_id == update.incident_id
    assert update.content.group is not None
    assert (update.content.group.total, update.content.group.added) == (4, 1)
    assert states(storm) == {AlertState.SENT}


def test_who_failed_and_works_again_before_it_was_added_is_told_with_the_end(
    storm: Storm,
) -> None:
    storm_of(storm, 0, 1, 2)
    storm.pass_by(10)
    storm.begin(3)
    for number in range(4):
        storm.end(number)
    storm.pass_by(100)
    assert [each.kind for each in storm.stage.keyless.taken] == list(BOTH)
    assert titles(storm.stage)[1].startswith("UP again: 4 monitors")
    assert all(row.finished for row in storm.stage.rows.values())


def test_what_fails_when_a_group_is_over_is_none_of_it(storm: Storm) -> None:
    storm_of(storm, 0, 1, 2)
    storm.pass_by(7)
    for number in range(3):
        storm.end(number)
    storm.pass_by(2)
    storm.dismiss()
    storm.begin(3)
    storm.pass_by(16)
    assert titles(storm.stage)[2:] == ["DOWN: Shop 3"]


def test_the_first_ends_are_told_when_they_were_held_and_the_last_one_too(storm: Storm) -> None:
    storm_of(storm, *range(4))
    storm.pass_by(30)
    for number in range(3):
        storm.end(number)
    storm.pass_by(7)
    partly = storm.stage.keyless.taken[1]
    assert partly.title == "3 of 4 monitors at the address 192.0.2.7 UP again"
    assert ("Still down", "Shop 3") in partly.facts()
    assert not partly.is_over
    storm.pass_by(60)
    storm.end(3)
    storm.pass_by(5)
    assert len(storm.stage.keyless.taken) == 3
    assert storm.stage.keyless.taken[2].is_over
    assert all(row.finished for row in storm.stage.rows.values())


def test_ends_that_come_later_are_one_message_when_it_is_quiet(storm: Storm) -> None:
    storm_of(storm, *range(6))
    storm.pass_by(30)
    for number in range(5):
        storm.end(number)
        storm.pass_by(7)
    assert titles(storm.stage)[1:] == ["1 of 6 monitors at the address 192.0.2.7 UP again"]
    storm.pass_by(60)
    assert titles(storm.stage)[2:] == ["5 of 6 monitors at the address 192.0.2.7 UP again"]


def test_a_group_is_closed_when_the_last_of_it_ends_by_its_own_name(storm: Storm) -> None:
    storm.stage.configure(a_channel(id="ch_2", kind="webhook"))
    storm.channels = ("ch_1", "ch_2")
    storm_of(storm, 0, 1, 2)
    storm.pass_by(20)
    storm.flap(0)
    storm.end(1)
    storm.end(2)
    storm.pass_by(100)
    group = storm.stage.keyed.taken[0].incident_id
    assert not _heard_of(storm, group)[-1].is_over
    people = len(storm.stage.keyless.taken)
    storm.end(0, AlertKind.STABLE)
    storm.pass_by(20)
    last = _heard_of(storm, group)[-1]
    assert (last.kind, last.is_over) == (AlertKind.RESOLVED, True)
    assert last.title.startswith("UP again: 3 monitors")
    assert len(storm.stage.keyless.taken) == people + 1, "people hear of the monitor alone"


def test_a_group_that_was_closed_already_is_closed_once(storm: Storm) -> None:
    storm.stage.configure(a_channel(id="ch_2", kind="webhook"))
    storm.channels = ("ch_2",)
    storm_of(storm, 0, 1, 2)
    storm.pass_by(20)
    storm.flap(0)
    storm.end(1)
    storm.end(2)
    storm.end(0, AlertKind.STABLE)
    storm.pass_by(100)
    group = storm.stage.keyed.taken[0].incident_id
    assert [each.is_over for each in _heard_of(storm, group)[1:]] == [True]


def _heard_of(storm: Storm, incident_id: str) -> list[Notification]:
    return [each for each in storm.stage.keyed.taken if each.incident_id == incident_id]
