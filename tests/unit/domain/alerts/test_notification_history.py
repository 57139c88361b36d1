"""What a channel heard last about a monitor."""

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.notification_history import MAX_SUFFERING, NotificationHistory
from tests.support.alerts import an_alert
from tests.support.builders import START, an_incident

NOTHING = NotificationHistory(monitor_id="mon_1", channel_id="ch_1")
ROW = an_alert()
OTHER = an_incident(incident_id="inc_0")


@pytest.mark.parametrize("kind", [AlertKind.OPENED, AlertKind.FLAPPING])
def test_a_beginning_is_remembered_as_one(kind: AlertKind) -> None:
    told = NOTHING.told(an_alert(kind=kind), START)
    assert (told.opened_by, told.opened_at, told.version) == (ROW.incident_id, START, 1)
    assert (told.resolved_by, told.resolved_at) == (None, None)


def test_an_end_is_remembered_as_one_and_the_rest_only_counted() -> None:
    told = NOTHING.told(an_alert(kind=AlertKind.RESOLVED), START)
    assert (told.resolved_by, told.resolved_at, told.opened_by) == (ROW.incident_id, START, None)
    for kind in (AlertKind.ACKNOWLEDGED, AlertKind.REMINDER, AlertKind.STABLE):
        counted = NOTHING.told(an_alert(kind=kind), START)
        assert counted == NotificationHistory(monitor_id="mon_1", channel_id="ch_1", version=1)


@pytest.mark.parametrize("kind", [AlertKind.OPENED, AlertKind.RESOLVED])
def test_the_same_is_what_was_told_of_another_incident(kind: AlertKind) -> None:
    told = NOTHING.told(an_alert(OTHER, kind=kind), START)
    assert told.same_told_at(an_alert(kind=kind)) == START
    assert told.same_told_at(an_alert(OTHER, kind=kind)) is None, "a repetition of its own"
    other = {AlertKind.OPENED: AlertKind.RESOLVED, AlertKind.RESOLVED: AlertKind.OPENED}[kind]
    for another in (other, AlertKind.FLAPPING, AlertKind.STABLE, AlertKind.REMINDER):
        assert told.same_told_at(an_alert(kind=another)) is None


def test_as_many_suffer_as_an_item_has_room_for() -> None:
    full = NotificationHistory(
        monitor_id="mon_1",
        channel_id="ch_1",
        suffering_of="inc_1",
        suffering=tuple(f"inc_{count}" for count in range(MAX_SUFFERING - 1)),
    )
    last = full.suffers("inc_1", "inc_last")
    assert last.suffering_with("inc_1") == MAX_SUFFERING == 1000
    assert last.suffers("inc_1", "inc_one_too_many") is last


def test_rows_have_names_of_their_own_within_group_and_incident() -> None:
    assert (ROW.told_in, ROW.key) == ("opened#ch_1", "opened#ch_1")
    assert an_alert(part=2).told_in == "opened#ch_1#2"
    assert an_alert(number=2).key == "opened#ch_1#2"
    assert ROW.content.flips == 0
