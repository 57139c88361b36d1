"""Many incidents as the one that they are to a channel: how it stands, and what is said of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.alert_group import (
    are_steps,
    build_row,
    content_of,
    content_of_end,
    incident_of,
    names_in,
)
from sentinelmesh.domain.incidents.common_cause import CauseKind
from sentinelmesh.domain.incidents.incident import Incident, IncidentState
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START
from tests.unit.domain.incidents.test_common_cause import a_member

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)

MEMBERS = [
    a_member(
        number,
        opened_at=START + number * SECOND,
        confirmed_at=START + (number + 2) * SECOND,
        tags=("all", f"only_{number}"),
    )
    for number in range(3)
]


def incidents(*changes: dict[str, Any]) -> dict[str, Incident]:
    """Return the incidents of the members; what is not said of one is as of an open one."""
    return {
        f"inc_{number}": replace(an_incident(), incident_id=f"inc_{number}", **each)
        for number, each in enumerate(changes)
    }


OPEN: dict[str, Any] = {}


def over(minutes: int, state: IncidentState = IncidentState.RESOLVED) -> dict[str, Any]:
    return {"state": state, "resolved_at": START + minutes * MINUTE}


def taken(minutes: int, by: str) -> dict[str, Any]:
    return {"acknowledged_at": START + minutes * MINUTE, "acknowledged_by": by}


def test_a_group_lasts_as_long_as_any_of_its_members() -> None:
    one = incident_of("grp_1", MEMBERS, incidents(over(5), OPEN, over(9)))
    assert (one.state, one.resolved_at) == (IncidentState.OPEN, None)
    none = incident_of("grp_1", MEMBERS, incidents(over(5), over(9), over(7)))
    assert (none.state, none.resolved_at) == (IncidentState.RESOLVED, START + 9 * MINUTE)
    assert none.duration_seconds == 9 * 60
    gone = incident_of("grp_1", MEMBERS, {})
    assert (gone.state, gone.resolved_at) == (IncidentState.CANCELLED, None)
    assert (one.incident_id, one.monitor_id, one.regions) == ("grp_1", "grp_1", ())


def test_it_is_taken_care_of_when_all_that_last_are() -> None:
    some = incident_of("grp_1", MEMBERS, incidents(taken(3, "ada"), OPEN, over(9)))
    assert (some.acknowledged_at, some.acknowledged_by) == (None, None)
    left = incidents(taken(3, "ada"), taken(5, "eve"), over(9))
    every = incident_of("grp_1", MEMBERS, left)
    assert (every.acknowledged_at, every.acknowledged_by) == (START + 5 * MINUTE, "ada")
    ended = incident_of("grp_1", MEMBERS, incidents(over(1), over(2), over(3)))
    assert (ended.acknowledged_at, ended.acknowledged_by) == (None, None)
    unnamed = incidents(taken(3, ""), taken(5, "eve"), over(9))
    assert incident_of("grp_1", MEMBERS, unnamed).acknowledged_by == "eve"


def test_it_flaps_when_all_that_last_do() -> None:
    flapping = {"flapping": True}
    assert incident_of("grp_1", MEMBERS, incidents(flapping, flapping, over(1))).flapping
    assert not incident_of("grp_1", MEMBERS, incidents(flapping, OPEN, over(1))).flapping
    assert not incident_of("grp_1", MEMBERS, incidents(over(1), over(1), over(1))).flapping


def test_what_is_said_begins_with_the_first_and_counts_reasons() -> None:
    members = [replace(each, cause="http_status") for each in MEMBERS[:2]] + MEMBERS[2:]
    said = content_of(members[::-1], incidents(over(5), OPEN, OPEN))
    assert (said.opened_at, said.confirmed_at) == (START, START + 2 * SECOND)
    assert said.detection_delay_ms == 2000
    assert (said.cause, said.cause_detail) == ("http_status", "http_status (2), cause_2 (1)")
    assert (said.monitor_name, said.target) == ("3 monitors", MEMBERS[0].target)
    assert said.tags == ("all",)
    assert said.sentence == "3 monitors failed within 2 s. 1 of them work again."
    assert said.group is not None
    assert (said.group.total, said.group.lasting, said.group.over) == (3, 2, ("inc_0",))
    assert said.group.down == ("Shop 2", "Shop 1")
    assert (said.resolved_at, said.duration_seconds) == (None, None)


def test_monitors_that_nobody_can_check_did_not_fail() -> None:
    members = [replace(each, severity="unknown") for each in MEMBERS]
    said = content_of(members, incidents(over(5), OPEN, OPEN))
    assert said.severity == "unknown"
    assert said.sentence == (
        "3 monitors could not be checked by any region. 1 of them can be checked again."
    )
    ended = content_of(members, incidents(over(5), over(6), over(7)))
    assert ended.sentence.endswith("All of them can be checked again.")
    mixed = content_of([*members[:2], MEMBERS[2]], incidents(OPEN, OPEN, OPEN))
    assert mixed.sentence == "3 monitors: 1 failed, 2 could not be checked by any region."


CANCELLED = IncidentState.CANCELLED


def test_a_group_of_which_nothing_recovered_is_closed_and_does_not_claim_to_work() -> None:
    ended = incidents(over(5, CANCELLED), over(6, CANCELLED), over(7, CANCELLED))
    end = content_of_end(MEMBERS, ended)
    assert end.closed_because == "The monitors were paused or deleted."
    assert end.sentence == "3 monitors failed within 2 s. All of them were paused or deleted."
    assert end.group is not None
    assert (end.group.closed, end.group.recovered, end.group.lasting) == (3, 0, 0)
    assert incident_of("grp_1", MEMBERS, ended).state is CANCELLED
    assert content_of(MEMBERS, ended).closed_because is None, "an update begins nothing to close"
    partly = content_of_end(MEMBERS, incidents(over(5, CANCELLED), OPEN, OPEN))
    assert partly.closed_because is None
    assert partly.sentence.endswith("1 of them was paused or deleted.")


def test_of_a_group_that_was_partly_closed_only_the_others_work_again() -> None:
    ended = incidents(over(5, CANCELLED), over(6), over(7))
    end = content_of_end(MEMBERS, ended)
    assert end.closed_because is None
    assert end.sentence == (
        "3 monitors failed within 2 s. 2 of them work again. 1 of them was paused or deleted."
    )
    assert end.group is not None
    assert (end.group.closed, end.group.recovered) == (1, 2)
    assert incident_of("grp_1", MEMBERS, ended).state is IncidentState.RESOLVED


def test_what_is_said_in_the_end_and_of_a_clock_that_was_ahead() -> None:
    said = content_of(MEMBERS, incidents(over(5), over(6), over(7)))
    assert said.sentence == "3 monitors failed within 2 s. All of them work again."
    assert (said.resolved_at, said.duration_seconds) == (START + 7 * MINUTE, 7 * 60)
    ahead = [replace(MEMBERS[0], confirmed_at=START - SECOND)]
    assert content_of(ahead, {}).detection_delay_ms == 0
    assert content_of(ahead, {}).resolved_at is None


def test_a_common_cause_is_where_they_are_and_why() -> None:
    members = [replace(each, target="https://one.example/") for each in MEMBERS]
    said = content_of(members, incidents(OPEN, OPEN, OPEN))
    assert said.group is not None
    assert said.group.cause is not None
    assert said.group.cause.kind is CauseKind.HOST
    assert (said.monitor_name, said.target) == ("3 monitors on the host one.example", "one.example")
    expected = "3 monitors failed within 2 s. All 3 are on the host one.example."
    assert said.sentence == expected


@pytest.mark.parametrize(
    ("severities", "worst"),
    [
        (("degraded", "outage", "regional"), "outage"),
        (("degraded", "regional", "degraded"), "regional"),
    ],
)
def test_a_group_is_as_grave_as_its_gravest(severities: tuple[str, ...], worst: str) -> None:
    pairs = zip(MEMBERS, severities, strict=True)
    members = [replace(each, severity=severity) for each, severity in pairs]
    assert content_of(members, {}).severity == worst


@pytest.mark.parametrize(
    ("runbooks", "shown"), [("aaa", "a"), ("aab", None), ((None, None, None), None)]
)
def test_a_runbook_is_shown_where_all_share_it(runbooks: Any, shown: str | None) -> None:
    members = [replace(each, runbook_url=url) for each, url in zip(MEMBERS, runbooks, strict=True)]
    assert content_of(members, {}).runbook_url == shown


def test_rows_of_a_group_go_to_the_channel_of_its_members() -> None:
    row = an_alert(channel_id="ch_7", channel_kind="email", group="grp_1")
    content = content_of(MEMBERS, {})
    told = build_row(row, 2, content, START)
    assert (told.incident_id, told.monitor_id, told.channel_id) == ("grp_1", "grp_1", "ch_7")
    assert (told.kind, told.number, told.due_at) == (AlertKind.OPENED, 2, START)
    assert (told.content, told.group) == (content, None)
    assert build_row(row, 0, content, START, is_step=True).unless_acknowledged
    assert not told.unless_acknowledged


def test_a_group_is_a_step_of_an_escalation_if_all_its_members_are() -> None:
    steps = [replace(each, is_step=True) for each in MEMBERS]
    assert are_steps(steps)
    assert not are_steps([*steps[:2], MEMBERS[2]])


def test_what_begins_is_an_update_if_its_group_was_told_of_before() -> None:
    row = an_alert(group="grp_1")
    content = content_of(MEMBERS, {})
    assert build_row(row, 1, content, START).is_update
    assert not build_row(row, 0, content, START).is_update
    assert not build_row(replace(row, kind=AlertKind.RESOLVED), 1, content, START).is_update
    assert not replace(row, number=1).is_update


def test_an_end_ends_the_rows_of_those_that_are_over_and_a_beginning_all() -> None:
    every = tuple(each.incident_id for each in MEMBERS)
    row = an_alert(group="grp_1")
    partly = build_row(row, 0, content_of(MEMBERS, incidents(over(5), OPEN, OPEN)), START)
    assert names_in(partly) == every
    assert names_in(replace(partly, kind=AlertKind.RESOLVED)) == ("inc_0",)
    assert names_in(row) == ()


def test_an_update_names_first_what_was_not_told_before() -> None:
    known = incidents(OPEN, OPEN, OPEN)
    said = content_of(MEMBERS, known, before={"inc_0", "inc_2"})
    assert said.group is not None
    assert said.group.incident_ids == ("inc_1", "inc_0", "inc_2")
    assert [each.incident_id for each in said.group.members] == ["inc_1", "inc_0", "inc_2"]
    assert said.group.added == 1
    assert said.sentence == "3 monitors failed within 2 s, 1 of them since the last message."
    first = content_of(MEMBERS, known).group
    assert first is not None
    assert first.added == 0


def test_a_message_says_that_more_are_being_checked() -> None:
    said = content_of(MEMBERS, incidents(OPEN, OPEN, OPEN), checking=4)
    assert said.group is not None
    assert said.group.checking == 4
    assert said.sentence == "3 monitors failed within 2 s, and more are being checked."


def test_of_what_failed_and_what_nobody_can_check_each_is_counted() -> None:
    members = [*MEMBERS[:2], replace(MEMBERS[2], severity="unknown")]
    said = content_of(members, incidents(OPEN, OPEN, OPEN))
    assert said.group is not None
    assert dict(said.group.severities) == {"outage": 2, "unknown": 1}
    assert said.sentence == (
        "3 monitors: 2 failed within 1 s, 1 could not be checked by any region."
    )
    ended = content_of(members, incidents(over(5), over(6), over(7)))
    assert ended.sentence.endswith("All of them work again.")
    alike = content_of(MEMBERS, incidents(OPEN, OPEN, OPEN))
    assert alike.group is not None
    assert not alike.group.severities
