"""What a message says: short, true, and on one line where it has to be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.alerter.notification import (
    TEST_MARK,
    Notification,
    Tone,
    example_notice,
    notice_of,
)
from sentinelmesh.delivery.text_safety import one_line
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.delivery_action import Send
from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.probing.result import Outcome
from tests.support.alerts import a_vote, an_alert, an_incident, content_of, resolved
from tests.support.builders import START
from tests.unit.alerter.notices import (
    HOSTILE,
    a_group_notice,
    a_hostile_notice,
    a_notice,
    an_unknown_notice,
)


def facts(notice: Notification) -> dict[str, str]:
    return dict(notice.facts())


def test_somebody_who_wakes_up_reads_the_most_important_first() -> None:
    labels = [label for label, _ in a_notice().facts()]
    assert labels == [
        "Target",
        "Reason",
        "Down since",
        "Failing in",
        "Working in",
        "Detected after",
    ]


def test_an_end_says_how_long_it_lasted_instead_of_how_soon_it_was_seen() -> None:
    told = facts(a_notice(kind=AlertKind.RESOLVED))
    assert told["Up since"] == "2026-01-01 12:03:00 UTC"
    assert told["Duration"] == "3 min"
    assert "Detected after" not in told


def test_regions_that_did_not_answer_are_named() -> None:
    votes = (a_vote("eu-west-1", Outcome.UNKNOWN), a_vote("us-east-1", Outcome.UNKNOWN))
    told = facts(a_notice(content=content_of(an_incident(), votes=votes)))
    assert told["No answer from"] == "eu-west-1 and us-east-1"
    assert "Failing in" not in told


def test_reasons_that_differ_are_told_region_by_region() -> None:
    votes = (
        a_vote("eu-west-1", Outcome.FAILURE, detail="refused"),
        a_vote("us-east-1", Outcome.FAILURE, error="connect_timeout"),
    )
    told = facts(a_notice(content=content_of(an_incident(cause_detail="refused"), votes=votes)))
    assert told["Failing in"] == "eu-west-1 (refused) and us-east-1 (connect_timeout)"


def test_what_is_slow_is_not_called_down() -> None:
    slow = a_notice(content=content_of(an_incident(), severity="degraded"))
    assert slow.title == "DEGRADED: Shop"
    assert "Since" in facts(slow)
    over = a_notice(kind=AlertKind.RESOLVED)
    assert replace(over, content=replace(over.content, severity="regional")).title == (
        "Regional problem over: Shop after 3 min"
    )


def test_what_nobody_can_check_is_called_neither_down_nor_up() -> None:
    unknown = an_unknown_notice()
    assert unknown.title == "UNKNOWN: Shop"
    assert unknown.tone is Tone.WARNING
    told = facts(unknown)
    assert list(told) == ["Target", "Reason", "Unknown since", "No answer from"]
    assert told["Reason"] == "no such secret"
    again = an_unknown_notice(kind=AlertKind.RESOLVED)
    assert again.title == "Shop can be checked again: up"
    assert list(facts(again)) == [
        "Target", "Reason", "Unknown since", "Checked again at", "Duration", "Working in"
    ]  # fmt: skip
    late = replace(again, combined=True)
    assert late.title == "Shop can be checked again: up (could not for 3 min)"
    worse = replace(again, content=replace(again.content, superseded_by="outage"))
    assert worse.title == "Shop can be checked again: down"


def test_links_lead_to_the_incident_its_acknowledgement_and_the_runbook() -> None:
    content = content_of(an_incident(), runbook_url="https://wiki.example/a b?x=(1)|2")
    incident = f"https://up.example/incidents/{an_incident().incident_id}"
    assert a_notice(content=content).links() == [
        ("Open the incident", incident),
        ("Acknowledge", f"{incident}?acknowledge=1"),
        ("Runbook", "https://wiki.example/a%20b?x=%281%29%7C2"),
    ]
    over = a_notice(kind=AlertKind.RESOLVED).links()
    assert [label for label, _ in over] == ["Open the incident"]


def test_a_reason_without_a_sentence_is_its_code() -> None:
    content = content_of(an_incident(cause_detail=""))
    assert facts(a_notice(content=content))["Reason"] == "connect_refused"


def test_the_notice_of_a_row_carries_what_was_decided_about_it() -> None:
    row = an_alert(resolved(an_incident()), AlertKind.RESOLVED)
    send = Send(combined=True, overtaken=True, uncertain_attempts=1)
    notice = notice_of(row, START, "https://up.example", send)
    assert notice.key == f"{row.incident_id}.resolved.ch_1"
    assert (notice.combined, notice.overtaken, notice.repeat) == (True, True, True)
    assert notice.link == f"https://up.example/incidents/{row.incident_id}"
    assert notice_of(row, START, "", send).link is None


def test_the_key_of_a_message_is_the_same_for_every_attempt() -> None:
    row = an_alert()
    later = replace(row, attempts=9, answer="HTTP 503")
    keys = {notice_of(each, START, "", Send()).key for each in (row, later)}
    assert len(keys) == 1


def test_an_example_cannot_be_mistaken_for_an_outage() -> None:
    notice = example_notice("ch_1", START, "https://up.example")
    assert notice.mark == TEST_MARK
    assert notice.test
    assert "test" in notice.title
    assert not notice.is_over


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Shop", "Shop"),
        ("  Shop \t front\r\n\r\npage ", "Shop front page"),
        ("a\x00b\x1b[31mc\x7fd\x85e", "a b [31mc d e"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("\u2066a\u2069 \u200fb\ufeff", "a b"),
        ("a\u2028b\u2029c", "a b c"),
        ("half \udc80 pair", "half pair"),
        ("пример 例 😀 👩‍👩‍👧", "пример 例 😀 👩‍👩‍👧"),
        ("", ""),
    ],
)
def test_text_is_one_line_and_goes_one_way(written: str, read: str) -> None:
    assert one_line(written) == read


@given(st.text(st.characters()))
def test_one_line_is_one_line_whatever_was_written(written: str) -> None:
    read = one_line(written)
    assert len(read.splitlines()) <= 1
    assert read.encode().decode() == read
    assert one_line(read) == read


def test_everything_shown_of_a_hostile_target_is_one_line() -> None:
    for changes in ({}, {"kind": AlertKind.RESOLVED}):
        notice = a_hostile_notice(**changes)
        shown = [notice.title, notice.sentence, *(value for _, value in notice.facts())]
        assert all(len(each.splitlines()) == 1 for each in shown)
        assert all("\u202e" not in each for each in shown)
    assert "Shop Bcc: all@example.org" in a_hostile_notice().title
    assert HOSTILE["monitor_name"] == a_hostile_notice().content.monitor_name


def test_a_message_says_what_it_took_to_decide() -> None:
    content = content_of(an_incident(), policy=Policy(quorum=2))
    assert facts(a_notice(content=content))["Policy"] == (
        "Down when 2 regions fail in the same round; up again after 1 such round that works."
    )


def test_what_nobody_can_check_is_not_called_down_in_the_company_of_what_is() -> None:
    mixed = a_group_notice(5, unknown=2)
    assert mixed.title == "3 DOWN, 2 UNKNOWN: 5 monitors at the address 192.0.2.7"
    known = facts(mixed)
    assert known["Down"] == "Shop 0, Shop 1, Shop 2"
    assert known["Unknown"] == "Shop 3, Shop 4"
    assert "Monitors" not in known
    assert "Down since" not in known
    partly = facts(a_group_notice(5, unknown=2, over=1))
    assert partly["Still down"] == "Shop 1, Shop 2"
    assert partly["Still unknown"] == "Shop 3, Shop 4"
    left = facts(a_group_notice(5, unknown=2, over=3))
    assert "Still down" not in left
    assert left["Still unknown"] == "Shop 3, Shop 4"
    assert a_group_notice(5, unknown=2, over=5).title.startswith("UP again: 5 monitors")
    reminder = replace(mixed, kind=AlertKind.REMINDER)
    assert reminder.title.startswith("STILL 3 DOWN, 2 UNKNOWN: 5 monitors")
