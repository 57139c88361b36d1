"""Many outages of one moment are one message per channel, and their ends are one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.alerter.notice import Notice
from sentinelmesh.domain.alert import AlertKind, AlertState
from sentinelmesh.domain.common_cause import CauseKind
from sentinelmesh.errors import DeliveryFailed
from tests.building import a_channel
from tests.integration.alerter.alerting import AlertStage, an_alert_stage
from tests.integration.alerter.storming import Storm

BOTH = (AlertKind.OPENED, AlertKind.RESOLVED)


@pytest.fixture
def storm() -> Iterator[Storm]:
    with an_alert_stage(hold=timedelta(seconds=5)) as stage:
        stage.configure(a_channel())
        yield Storm(stage)


def titles(stage: AlertStage) -> list[str]:
    return [notice.title for notice in stage.keyless.taken]


def states(storm: Storm, *, members: bool = True) -> set[AlertState]:
    rows = storm.stage.rows.values()
    return {row.state for row in rows if row.is_group is not members}


def refuse(_notice: Notice) -> str:
    raise DeliveryFailed("HTTP 503 busy")


def test_one_outage_is_told_alone_after_a_few_seconds(storm: Storm) -> None:
    storm.begin(1)
    assert titles(storm.stage) == []
    storm.pass_by(7)
    assert titles(storm.stage) == ["DOWN: Shop 1"]
    storm.pass_by(60)
    storm.end(1)
    assert titles(storm.stage) == ["DOWN: Shop 1", "UP again: Shop 1 after 1 min 7 s"]
    assert all(row.group is None and row.finished for row in storm.stage.rows.values())


def test_two_outages_are_told_alone(storm: Storm) -> None:
    storm.begin(1)
    storm.pass_by(3)
    storm.begin(2)
    storm.pass_by(20)
    assert sorted(titles(storm.stage)) == ["DOWN: Shop 1", "DOWN: Shop 2"]


def test_a_dozen_outages_are_one_message_and_their_ends_another(storm: Storm) -> None:
    for number in range(12):
        storm.begin(number)
        storm.pass_by(0.3)
    storm.pass_by(120)
    (told,) = storm.stage.keyless.taken
    assert told.title == "DOWN: 12 monitors at the address 192.0.2.7"
    assert "All 12 are at the address 192.0.2.7." in told.sentence
    assert told.content.group is not None
    assert told.content.group.total == len(told.content.group.members) == 12
    assert states(storm) == {AlertState.SENT}
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
    for number in range(5):
        storm.begin(number)
    storm.pass_by(60)
    assert titles(storm.stage) == ["DOWN: 5 monitors at the address 192.0.2.7"] * 2


def test_who_comes_later_within_the_minute_is_told_with_others_or_alone(storm: Storm) -> None:
    for number in range(3):
        storm.begin(number)
    storm.pass_by(30)
    storm.begin(3)
    storm.pass_by(30)
    assert titles(storm.stage) == ["DOWN: 3 monitors at the address 192.0.2.7", "DOWN: Shop 3"]


def test_what_is_over_when_it_is_told_is_told_whole(storm: Storm) -> None:
    for number in range(4):
        storm.begin(number)
    storm.pass_by(2)
    for number in range(4):
        storm.end(number)
    storm.pass_by(120)
    assert titles(storm.stage) == [
        "UP again: 4 monitors at the address 192.0.2.7 were down for 2 s"
    ]
    assert states(storm) == {AlertState.SUPPRESSED, AlertState.SENT}
    assert all(row.finished for row in storm.stage.rows.values())


def test_those_that_last_are_named_and_the_last_end_is_told_too(storm: Storm) -> None:
    for number in range(4):
        storm.begin(number)
    storm.pass_by(30)
    for number in range(3):
        storm.end(number)
    storm.pass_by(90)
    partly = storm.stage.keyless.taken[1]
    assert partly.title == "3 of 4 monitors at the address 192.0.2.7 UP again"
    assert ("Still down", "Shop 3") in partly.facts()
    assert not partly.is_over
    storm.end(3)
    storm.pass_by(5)
    assert len(storm.stage.keyless.taken) == 3
    assert storm.stage.keyless.taken[2].is_over
    assert all(row.finished for row in storm.stage.rows.values())


def test_a_provider_that_was_away_hears_once_and_the_members_end_with_it(storm: Storm) -> None:
    storm.stage.keyless.answer = refuse
    for number in range(4):
        storm.begin(number)
    storm.pass_by(300)
    assert states(storm) == {AlertState.PENDING}
    storm.stage.keyless.answer = lambda _notice: "ok"
    storm.pass_by(2000)
    assert titles(storm.stage) == ["DOWN: 4 monitors at the address 192.0.2.7"]
    assert states(storm) == {AlertState.SENT}


def test_an_end_waits_for_no_beginning_that_was_never_told(storm: Storm) -> None:
    """The channel was off then and is on again when one of the four ends; the others last."""
    for number in range(4):
        storm.begin(number)
    storm.stage.reconfigure(a_channel(enabled=False, revision=2))
    storm.pass_by(60)
    storm.stage.reconfigure(a_channel(revision=3))
    storm.end(0)
    storm.pass_by(300)
    assert titles(storm.stage) == []
    assert all(row.finished for row in storm.stage.rows.values())


def test_a_dead_channel_has_its_fallback_told_once(storm: Storm) -> None:
    def gone(_notice: Notice) -> str:
        raise DeliveryFailed("HTTP 404", permanent=True)

    storm.stage.reconfigure(a_channel(fallback="ch_2", revision=2))
    storm.stage.configure(a_channel(id="ch_2", kind="webhook"))
    storm.stage.keyless.answer = gone
    for number in range(4):
        storm.begin(number)
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
    for number in range(4):
        storm.begin(number)
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
    for number in range(3):
        storm.begin(number)
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
    storm.begin(1)
    storm.acknowledge(1)
    storm.stage.alerter().deliverer.followers.acknowledged(storm.incidents[1].incident_id)
    storm.collect()
    storm.pass_by(30)
    assert titles(storm.stage) == ["DOWN: Shop 1", "Acknowledged: Shop 1"]
