"""Mails to readers: who gets which, in which order, and how often when things go wrong."""

from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from sentinelmesh.delivery.deadline import Deadline
from sentinelmesh.domain.alerts.bounces import PausedAddress, address_id
from sentinelmesh.domain.incidents.incident import Incident, IncidentState, Status
from sentinelmesh.storage.directory.paused_addresses import PausedAddressesRepository
from tests.integration.publisher.publishing import BASE, PAGE, PageStage
from tests.support.builders import START

TIMEOUT = ReadTimeoutError(endpoint_url="ses")
BEGAN, ENDED = "Shop status: Down: Web shop", "Shop status: Works again: Web shop"


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "SendEmail")


def resolve(stage: PageStage, incident: Incident) -> None:
    ended = replace(incident, state=IncidentState.RESOLVED, resolved_at=stage.now)
    stage.see(Status.UP, ended)


def test_an_outage_is_told_when_it_begins_and_when_it_ends(stage: PageStage) -> None:
    stage.subscribe("ann", "bob")
    stage.pass_time(minutes=1)
    incident = stage.break_down()
    for _ in range(3):
        stage.publish()
        stage.pass_time(minutes=1)
    resolve(stage, incident)
    for _ in range(3):
        stage.publish()
        stage.pass_time(minutes=1)
    told = stage.ses.told
    assert sorted(told[:2]) == [("ann@reader.example", BEGAN), ("bob@reader.example", BEGAN)]
    assert sorted(told[2:]) == [("ann@reader.example", ENDED), ("bob@reader.example", ENDED)]


def test_a_mail_says_what_happened_and_how_to_get_no_more(stage: PageStage) -> None:
    stage.subscribe("ann")
    stage.pass_time(minutes=1)
    stage.break_down(cause="10.0.0.7")
    stage.publish()
    (mail,) = stage.ses.taken
    content = mail["Content"]["Simple"]
    text, html = (content["Body"][part]["Data"] for part in ("Text", "Html"))
    assert "Web shop has been down since 1 Jan 2026, 12:01 UTC." in text
    assert f"{BASE}/status/shop" in text
    headers = {each["Name"]: each["Value"] for each in content["Headers"]}
    way_out = headers["List-Unsubscribe"].strip("<>")
    assert urlsplit(way_out).path.endswith("/secret-of-ann/end")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in (text, html):
        assert "10.0.0.7" not in part
        assert way_out.removesuffix("/end") in part
    assert parseaddr(mail["FromEmailAddress"])[1] == "alerts@mesh.example"


def test_a_post_is_mailed_with_hostile_text_made_harmless(stage: PageStage) -> None:
    stage.subscribe("ann")
    stage.post(title="Disk\r\nBcc: x", text="<script>x</script>\n\nSecond.", stage="identified")
    stage.publish()
    content = stage.ses.taken[0]["Content"]["Simple"]
    assert content["Subject"]["Data"] == "Shop status: Identified: Disk Bcc: x"
    assert "<script>" not in content["Body"]["Html"]["Data"]
    assert "<p>Second.</p>" in content["Body"]["Html"]["Data"]


def test_who_subscribes_later_is_not_told_of_what_was(stage: PageStage) -> None:
    stage.post()
    stage.pass_time(minutes=2)
    stage.subscribe("early")
    opt_in = stage.ask("late")
    stage.pass_time(minutes=1)
    stage.subscriptions.confirm(opt_in, stage.now)
    stage.ses.taken.clear()
    stage.post(id="post_2", title="Second", at=stage.now - timedelta(seconds=30))
    stage.publish()
    assert stage.ses.told == [("early@reader.example", "Shop status: Second")]


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "regional"},
        {"confirmed_at": START - timedelta(minutes=1)},
        {"state": IncidentState.CANCELLED},
    ],
)
def test_what_readers_need_not_know_is_not_mailed(
    stage: PageStage, changes: dict[str, object]
) -> None:
    stage.subscribe("ann")
    stage.pass_time(minutes=1)
    stage.see(Status.DOWN, replace(stage.break_down(), **changes))  # type: ignore[arg-type]
    stage.publish()
    assert stage.ses.told == []


def test_an_outage_that_ended_before_anybody_looked_is_one_mail(stage: PageStage) -> None:
    stage.subscribe("ann")
    stage.pass_time(minutes=1)
    incident = stage.break_down()
    stage.pass_time(seconds=20)
    resolve(stage, incident)
    stage.publish()
    assert stage.ses.told == [("ann@reader.example", ENDED)]


def test_paused_addresses_get_no_mail(stage: PageStage) -> None:
    stage.subscribe("ann", "bob")
    address = "ann@reader.example"
    paused = PausedAddress(
        id=address_id(address), address=address, reason="bounce", detail="x", paused_at=START
    )
    PausedAddressesRepository(stage.mesh.dynamodb, stage.mesh.tables["directory"]).pause(paused)
    stage.post()
    stage.publish()
    assert [to for to, _ in stage.ses.told] == ["bob@reader.example"]


def test_a_mesh_without_an_address_of_its_own_mails_nobody(stage: PageStage) -> None:
    stage.base = ""
    stage.subscribe("ann")
    stage.post()
    stage.publish()
    assert stage.ses.told == []
    assert "<form" not in stage.files()["status/shop"]


def test_a_confirmation_is_sent_once(stage: PageStage) -> None:
    opt_in = stage.ask("ann")
    for _ in range(2):
        stage.publish()
    assert stage.ses.told == [("ann@reader.example", "Confirm: mail from Shop status")]
    text = stage.ses.taken[0]["Content"]["Simple"]["Body"]["Text"]["Data"]
    link = f"{BASE}/v1/subscriptions/sp_1/{opt_in.subscriber_id}/secret-of-ann"
    assert link in text


def test_whoever_is_subscribed_already_is_not_asked(stage: PageStage) -> None:
    stage.subscribe("ann")
    stage.pass_time(hours=2)
    stage.ask("ann")
    stage.publish()
    assert stage.ses.told == []


def test_one_refused_address_does_not_keep_others_from_their_mail(stage: PageStage) -> None:
    stage.subscribe("ann", "bob", "eve")
    stage.post()
    stage.ses.before = [refused("MessageRejected")]
    stage.publish()
    assert len(stage.ses.told) == 2
    stage.pass_time(minutes=1)
    stage.publish()
    assert len(stage.ses.told) == 2


def test_a_throttled_sender_goes_on_where_it_stopped(stage: PageStage) -> None:
    stage.subscribe("ann", "bob", "eve")
    stage.post()
    incident_like = stage.post(id="post_2", title="Second", at=stage.now + timedelta(seconds=1))
    assert incident_like.due_at is not None
    stage.ses.before = [refused("TooManyRequestsException")]
    stage.publish()
    assert stage.ses.told == []
    stage.pass_time(minutes=1)
    stage.publish()
    subjects = [subject for _, subject in stage.ses.told]
    assert subjects == ["Shop status: Slow checkout"] * 3 + ["Shop status: Second"] * 3


def test_a_mail_of_which_nobody_knows_is_repeated_once_five_minutes_later(
    stage: PageStage,
) -> None:
    stage.subscribe("ann")
    stage.post()
    stage.ses.after = [TIMEOUT, TIMEOUT]
    stage.publish()
    stage.pass_time(minutes=4)
    stage.publish()
    assert len(stage.ses.told) == 1
    for _ in range(4):
        stage.pass_time(minutes=5)
        stage.publish()
    subjects = [subject for _, subject in stage.ses.told]
    assert subjects == ["Shop status: Slow checkout", "[repeat] Shop status: Slow checkout"]


def test_what_cannot_be_told_in_a_day_is_given_up(stage: PageStage) -> None:
    stage.subscribe("ann")
    stage.post()
    stage.ses.before = [refused("SendingPausedException")]
    stage.publish()
    stage.pass_time(hours=25)
    stage.publish()
    assert stage.ses.told == []
    (row,) = stage.news.list(PAGE.id, stage.now)
    assert row.due_at is None


def test_a_round_ends_in_time_and_the_next_one_goes_on(stage: PageStage) -> None:
    stage.subscribe("ann", "bob", "eve")
    stage.post()
    readings = iter([0.0, 0.0, 100.0])
    stage.publish(Deadline(ends_at=60.0, clock=lambda: next(readings, 100.0)))
    assert len(stage.ses.told) == 2
    stage.publish()
    assert len({to for to, _ in stage.ses.told}) == len(stage.ses.told) == 3


def test_two_processes_at_once_tell_nobody_twice(stage: PageStage) -> None:
    stage.subscribe("ann", "bob")
    post = stage.post()
    first, second = stage.publisher(), stage.publisher()
    kept = stage.news.list(PAGE.id, stage.now)
    first.mailing.tell(PAGE, kept, Deadline())
    second.mailing.tell(PAGE, [post], Deadline())
    assert len(stage.ses.told) == 2


def test_a_post_that_is_taken_back_is_told_to_nobody_more(stage: PageStage) -> None:
    stage.subscribe("ann", "bob")
    post = stage.post()
    stage.news.delete(PAGE.id, post.id)
    stage.publisher().mailing.tell(PAGE, [post], Deadline())
    assert stage.ses.told == []
